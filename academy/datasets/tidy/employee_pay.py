"""From the portal's salaries to the Academy's table ``employee-pay``, step by step.

The live portal has names, and the export a number that links a person's years: neither is ever
asked for. Days of hiring and leaving become years, as a day and a job title point at one person.
"""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.numbers import money, whole_numbers
from academy.datasets.tidy.repairs import blanks_missing, dates, row_names, single_spaces

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("year",),
    "department_number": ("department number", "department_number"),
    "department_name": ("department name", "department_name"),
    "job_code": ("job code", "job_code"),
    "job_title": ("job title", "job_title"),
    "hire_year": ("current hire date", "current_hire_date"),
    "end_year": ("employment end date", "employment_end_date"),
    "employment_status": ("employment status", "employment_status"),
    "base_pay_usd": ("base pay", "base_pay"),
    "overtime_hours": ("total ot hours", "total_ot_hours"),
    "overtime_pay_usd": ("total ot pay", "total_ot_pay"),
    "severance_pay_usd": ("severance pay", "severance_pay"),
    "gross_pay_usd": ("gross pay", "gross_pay"),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "year"
COLUMNS = [*list(PORTAL_COLUMNS)[:12], "other_pay_usd", "gross_pay_usd"]
PAY = [name for name in PORTAL_COLUMNS if name.endswith("_pay_usd")]
STATUSES = {"A": "active", "I": "inactive"}


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's rows (as text)."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS).reset_index(drop=True)
    for step in STEPS:
        frame = step(frame, ledger)
    ordered = blanks_missing(frame)[COLUMNS].sort_values(COLUMNS, kind="stable")
    return Tidied(ordered.reset_index(drop=True), ledger)


def drop_rows_without_year(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Pay without a year can't be compared with any other."""
    known = frame["year"].str.fullmatch(r"\d{4}")
    ledger.drop(row_names(frame, ~known), "it has no year")
    kept = frame[known]
    return kept.assign(year=whole_numbers(kept["year"]))


def days_become_years(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The day on which somebody was hired or left is not told, only the year."""
    ledger.repair("days_become_years", int(frame["hire_year"].ne("").sum()))
    years = {name: dates(frame[name]).dt.year.astype("Int64") for name in ("hire_year", "end_year")}
    return frame.assign(**years)


def amounts_in_dollars(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Amounts are rounded to whole dollars; what no column here tells is in other pay."""
    exact = {name: money(frame[name]) for name in PAY}
    told = exact["base_pay_usd"] + exact["overtime_pay_usd"] + exact["severance_pay_usd"]
    exact["other_pay_usd"] = exact["gross_pay_usd"] - told
    ledger.repair("cents_rounded", len(frame))
    dollars = {name: amount.round().astype("Int64") for name, amount in exact.items()}
    return frame.assign(**dollars)


def hours_of_no_record(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A year with 0 hours for everybody, beside overtime that was paid, has no hours at all."""
    hours = money(frame["overtime_hours"])
    unrecorded = hours.groupby(frame["year"]).transform("max").eq(0)
    paid = frame["overtime_pay_usd"].gt(0).groupby(frame["year"]).transform("any")
    missing = (unrecorded & paid).astype(bool)
    ledger.repair("overtime_hours_missing", int(missing.sum()))
    return frame.assign(overtime_hours=hours.mask(missing))


def statuses_in_words(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A and I become active and inactive; titles lose blanks that stand twice."""
    known = frame["employment_status"].isin(STATUSES)
    ledger.repair("status_as_letter", int(known.sum()))
    return frame.assign(
        employment_status=frame["employment_status"].replace(STATUSES),
        job_title=single_spaces(frame["job_title"]),
        department_name=single_spaces(frame["department_name"]),
    )


STEPS = (
    drop_rows_without_year,
    days_become_years,
    amounts_in_dollars,
    hours_of_no_record,
    statuses_in_words,
)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    titles = frame.groupby("job_code", observed=True)["job_title"].transform("nunique")
    codes = frame.groupby("job_title", observed=True)["job_code"].transform("nunique")
    hours, overtime = frame["overtime_hours"], frame["overtime_pay_usd"]
    return {
        "base_pay_below_zero": int(frame["base_pay_usd"].lt(0).sum()),
        "overtime_without_hours": int((hours.eq(0) & overtime.gt(0)).sum()),
        "code_with_two_titles": int(titles.gt(1).sum()),
        "title_with_two_codes": int(codes.gt(1).sum()),
        "active_with_end_year": int(
            (frame["employment_status"].eq("active") & frame["end_year"].notna()).sum()
        ),
        "same_row_again": int(frame.duplicated().sum()),
    }
