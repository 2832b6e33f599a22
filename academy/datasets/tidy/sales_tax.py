"""From the portal's sales tax collections to the Academy's table ``sales-tax``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.numbers import months, whole_numbers
from academy.datasets.tidy.repairs import row_names

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("year",),
    "month": ("month",),
    "city_other_sales_tax_usd": ("city tax collections (non-vehicle sales)", "city_less_vehicle"),
    "city_vehicle_sales_tax_usd": ("city vehicle sales tax collections", "city_vehicle"),
    "city_sales_tax_usd": ("city total tax collections", "city_total"),
    "parish_other_sales_tax_usd": (
        "parish tax collections (non-vehicle sales taxes)",
        "parish_less_vehicle",
    ),
    "parish_vehicle_sales_tax_usd": ("parish vehicle tax collections", "parish_vehicle"),
    "parish_sales_tax_usd": ("parish total tax collections", "parish_total"),
    "other_sales_tax_usd": ("city-parish total (non-vehicle sales taxes)", "monthly_less_vehicle"),
    "vehicle_sales_tax_usd": ("city-parish vehicle sales tax collections", "monthly_vehicle"),
    "total_sales_tax_usd": ("city-parish total tax collections", "monthly_total"),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "month"
COLUMNS = list(PORTAL_COLUMNS)[1:]
AMOUNTS = COLUMNS[1:]
# A total and its two parts.
SUMS = (
    ("city_sales_tax_usd", "city_other_sales_tax_usd", "city_vehicle_sales_tax_usd"),
    ("parish_sales_tax_usd", "parish_other_sales_tax_usd", "parish_vehicle_sales_tax_usd"),
    ("other_sales_tax_usd", "city_other_sales_tax_usd", "parish_other_sales_tax_usd"),
    ("vehicle_sales_tax_usd", "city_vehicle_sales_tax_usd", "parish_vehicle_sales_tax_usd"),
    ("total_sales_tax_usd", "other_sales_tax_usd", "vehicle_sales_tax_usd"),
    ("total_sales_tax_usd", "city_sales_tax_usd", "parish_sales_tax_usd"),
)


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table, oldest month first, from the portal's rows (as text)."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS).reset_index(drop=True)
    for step in (months_as_dates, drop_repeated_months, amounts_in_dollars):
        frame = step(frame, ledger)
    return Tidied(frame[COLUMNS].sort_values("month").reset_index(drop=True), ledger)


def months_as_dates(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A year and ``06-June`` become the first day of the month."""
    ledger.repair("month_as_text", len(frame))
    return frame.assign(month=months(frame["year"], frame["month"]))


def drop_repeated_months(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A month that stands twice is kept once."""
    repeated = frame.duplicated("month")
    ledger.drop(row_names(frame, repeated), "the month stands there already")
    return frame[~repeated]


def amounts_in_dollars(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """Amounts are whole dollars."""
    return frame.assign(**{name: whole_numbers(frame[name]) for name in AMOUNTS})


def totals_disagree(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which months have a total that is not the sum of its two parts."""
    wrong = pd.Series(False, index=frame.index)
    for total, one, other in SUMS:
        wrong |= (frame[one] + frame[other] != frame[total]).fillna(False).astype(bool)
    return wrong


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the months of every fault that is left in the table."""
    return {"totals_disagree": int(totals_disagree(frame).sum())}
