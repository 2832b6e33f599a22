"""From the library's gate counts to the Academy's table ``library-visits``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.library import (
    BRANCHES,
    long_table,
    repeats_the_year_before,
    totals_disagree,
    wide_table,
)

BOOKSHOP = "Recycled Reads"
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("year",),
    "month": ("month",),
    **BRANCHES,
    BOOKSHOP: ("recycled reads", "recycled_reads"),
    "total": ("gate count total", "gate_count_total"),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "month"
COLUMNS = ["month", "branch_name", "visits", "is_branch"]


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table: one row a branch and month, from the library's rows (as text).

    The library's own total is checked and left out: it is the sum of the branches in most months,
    and of the branches and Recycled Reads in others.
    """
    ledger = Ledger()
    wide = wide_table(raw, PORTAL_COLUMNS, ledger)
    ledger.repair("totals_disagree", totals_disagree(wide, list(BRANCHES)))
    long = long_table(wide, [*BRANCHES, BOOKSHOP], "visits")
    long["is_branch"] = long["branch_name"].ne(BOOKSHOP)
    return Tidied(long[COLUMNS], ledger)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    return {
        "zero_visits": int(frame["visits"].eq(0).sum()),
        "repeats_the_year_before": int(repeats_the_year_before(frame, "visits").sum()),
    }
