"""From the library's Wi-Fi counts to the Academy's table ``library-wifi-sessions``."""

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

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("year",),
    "month": ("month",),
    **BRANCHES,
    "total": ("wifi usage total", "wifi_usage_total"),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "month"


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table: one row a branch and month, from the library's rows (as text)."""
    ledger = Ledger()
    wide = wide_table(raw, PORTAL_COLUMNS, ledger)
    ledger.repair("totals_disagree", totals_disagree(wide, list(BRANCHES)))
    return Tidied(long_table(wide, list(BRANCHES), "wifi_sessions"), ledger)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    copied = repeats_the_year_before(frame, "wifi_sessions")
    return {"repeats_the_year_before": int(copied.sum())}
