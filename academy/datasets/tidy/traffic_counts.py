"""How many crashes were reported, by month and by hour: ``traffic-counts``, from all reports."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.counting import (
    complete_grid,
    count_rows,
    first_of_month,
    months_between,
    whole_months,
)
from academy.datasets.tidy.ledger import Ledger, Tidied

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "month"
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def tidy(crashes: pd.DataFrame) -> Tidied:
    """Count the tidy crash reports.

    Parameters
    ----------
    crashes
        Every row of ``traffic-incidents``.
    """
    by_month = count_by_month(crashes)
    return Tidied(by_month, Ledger(), others={"by-hour": count_by_hour(crashes)})


def count_by_month(crashes: pd.DataFrame) -> pd.DataFrame:
    """Count crashes by month and kind of road; a month at the rim of the data is marked."""
    moments = crashes["crash_at"].dt.tz_localize(None)
    first, last = moments.min(), moments.max()
    roads = sorted(crashes["road_kind"].dropna().astype(str).unique())
    grid = complete_grid({"month": months_between(first, last), "road_kind": roads})
    rows = crashes.assign(month=first_of_month(moments))
    counts = count_rows(rows, grid, "crash_count")
    return counts.assign(is_whole_month=whole_months(counts["month"], first, last))


def count_by_hour(crashes: pd.DataFrame) -> pd.DataFrame:
    """Count crashes by year, day of the week and hour of the day."""
    moments = crashes["crash_at"].dt
    rows = pd.DataFrame({"year": moments.year, "weekday": moments.day_name(), "hour": moments.hour})
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    grid = complete_grid({"year": years, "weekday": WEEKDAYS, "hour": range(24)})
    return count_rows(rows, grid, "crash_count")


def measure_shown_faults(frame: pd.DataFrame, **_others: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the tables."""
    early = frame["month"] < pd.Timestamp("2010-06-01")
    late = frame["month"].ge(pd.Timestamp("2016-08-01")) & frame["road_kind"].eq("INTERSTATE")
    return {
        "part_of_a_month": int((~frame["is_whole_month"]).sum()),
        "slow_start": int(early.sum()),
        "new_interstate_source": int(late.sum()),
    }
