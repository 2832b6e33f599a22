"""Pay counted by year and job, from every row of the salaries; jobs of few people are pooled."""

from __future__ import annotations

import pandas as pd

from academy.datasets.privacy import SMALLEST_CELL
from academy.datasets.tidy.ledger import Ledger, Tidied

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "year"
KEY = ["year", "job_title"]
POOLED = "ALL JOBS WITH FEWER THAN 10 PEOPLE"


def tidy(pay: pd.DataFrame) -> Tidied:
    """Summarise pay by year and job title.

    Parameters
    ----------
    pay
        All rows of the table ``employee-pay``.
    """
    ledger = Ledger()
    pooled = pool_small_jobs(pay, ledger)
    return Tidied(summarise(pooled), ledger)


def pool_small_jobs(pay: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A median over fewer than ten people would tell what one of them earns: they are pooled.

    They go into one row a year, so that the sums over all rows stay what the city paid.
    """
    plain = pay.assign(job_title=pay["job_title"].astype("str"))
    people = plain.groupby(KEY)["job_title"].transform("size")
    small = people < SMALLEST_CELL
    ledger.repair("small_jobs_pooled", len(plain.loc[small, KEY].drop_duplicates()))
    return plain.assign(job_title=plain["job_title"].mask(small, POOLED))


def summarise(pay: pd.DataFrame) -> pd.DataFrame:
    """One row a year and job: how many people, what was paid, and the middle of it."""
    numbers = pay.assign(
        is_active=pay["employment_status"].eq("active"), with_overtime=pay["overtime_pay_usd"] > 0
    )
    by_job = numbers.groupby(KEY, observed=True)
    table = pd.DataFrame(
        {
            "employee_count": by_job.size(),
            "active_count": by_job["is_active"].sum(),
            "with_overtime_count": by_job["with_overtime"].sum(),
            "median_base_pay_usd": by_job["base_pay_usd"].median().round(),
            "median_gross_pay_usd": by_job["gross_pay_usd"].median().round(),
            "total_overtime_pay_usd": by_job["overtime_pay_usd"].sum(),
            "total_gross_pay_usd": by_job["gross_pay_usd"].sum(),
        }
    )
    return hide_small_counts(table.astype("Int64").reset_index())


def hide_small_counts(table: pd.DataFrame) -> pd.DataFrame:
    """How many of a job's people are active, or had overtime, is hidden where it is 1 to 9.

    So is a count that leaves 1 to 9 of them over, and the overtime of so few.
    """
    shown = table.copy()
    for part in ("active_count", "with_overtime_count"):
        rest = table["employee_count"] - table[part]
        few = _few(table[part]) | _few(rest)
        shown[part] = table[part].mask(few)
    few_paid = _few(table["with_overtime_count"])
    shown["total_overtime_pay_usd"] = table["total_overtime_pay_usd"].mask(few_paid)
    return shown


def _few(count: pd.Series[int]) -> pd.Series[bool]:
    return count.between(1, SMALLEST_CELL - 1)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    hidden = frame[["active_count", "with_overtime_count"]].isna().any(axis=1)
    return {"small_counts_hidden": int(hidden.sum())}
