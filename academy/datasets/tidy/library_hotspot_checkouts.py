"""From the library's hotspot loans to the Academy's table ``library-hotspot-checkouts``."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.library import BRANCHES, long_table, totals_disagree, wide_table

PLACES = {**BRANCHES, "South": ("south",), "Outreach": ("outreach",)}
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("year",),
    "month": ("month",),
    **PLACES,
    "total": ("hotspot checkout total", "hotspot_checkout_total"),
}
# The branch called South is in the later exports only.
OPTIONAL_COLUMNS = frozenset({"South"})
PERIOD_COLUMN = "month"


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table: one row a place and month, from the library's rows (as text).

    A place without a number in a month has no row: it lent none because it was not there.
    """
    ledger = Ledger()
    wide = wide_table(raw, PORTAL_COLUMNS, ledger, OPTIONAL_COLUMNS)
    ledger.repair("totals_disagree", totals_disagree(wide, list(PLACES)))
    ledger.repair("not_there_yet", int(wide[list(PLACES)].isna().sum().sum()))
    return Tidied(long_table(wide, list(PLACES), "hotspot_checkouts"), ledger)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    return {"zero_checkouts": int(frame["hotspot_checkouts"].eq(0).sum())}
