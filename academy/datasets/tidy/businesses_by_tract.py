"""Open businesses counted by census tract, from every row of the register."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from academy.datasets.geo import tract_of
from academy.datasets.privacy import suppress_small_cells
from academy.datasets.tidy.ledger import Ledger, Tidied

if TYPE_CHECKING:
    import geopandas as gpd

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
GROUPS = {"retail_count": "RETAIL TRADE", "food_and_lodging_count": "ACCOMMODATION & FOOD SERVICES"}
COUNTS = ("open_count", *GROUPS)


def tidy(businesses: pd.DataFrame, tracts: gpd.GeoDataFrame) -> Tidied:
    """Count the open accounts of each tract.

    Parameters
    ----------
    businesses
        All rows of the table ``businesses``.
    tracts
        The table ``census-tracts``.
    """
    ledger = Ledger()
    placed = businesses.assign(
        tract_id=tract_of(businesses["latitude"], businesses["longitude"], tracts)
    )
    counted = count_by_tract(drop_rows_outside(placed, ledger), tracts)
    return Tidied(counted, ledger)


def drop_rows_outside(placed: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A point in no tract is not counted."""
    outside = placed["tract_id"].isna()
    ledger.withhold(int(outside.sum()), "the point lies in no census tract of the parish")
    return placed[~outside]


def count_by_tract(placed: pd.DataFrame, tracts: gpd.GeoDataFrame) -> pd.DataFrame:
    """Count the open businesses of every tract, also of one without any."""
    is_open = placed[placed["status"].eq("open")]
    counts = {"open_count": is_open["tract_id"].value_counts()}
    for name, group in GROUPS.items():
        counts[name] = is_open.loc[is_open["industry_group"].eq(group), "tract_id"].value_counts()
    every = pd.DataFrame(counts, index=pd.Index(sorted(tracts["tract_id"]), name="tract_id"))
    return hide_small_counts(every.fillna(0).astype("Int64").reset_index())


def hide_small_counts(table: pd.DataFrame) -> pd.DataFrame:
    """Where fewer than ten are counted they may be known people: the number is not told.

    The register tells the total, so no tract is hidden alone.
    """
    hidden = {name: suppress_small_cells(table, name, within=[[]]) for name in COUNTS}
    return table.assign(**hidden)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the tracts of every fault that is left in the table."""
    return {"small_counts_hidden": int(frame[list(COUNTS)].isna().any(axis=1).sum())}
