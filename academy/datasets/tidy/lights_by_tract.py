"""How many street light poles stand in each census tract: ``lights-by-tract``, from all poles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from academy.datasets.geo import tract_of
from academy.datasets.tidy.ledger import Ledger, Tidied

if TYPE_CHECKING:
    import geopandas

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
# Our column, and the word that the poles have for it.
PRESENCE = {"lit_pole_count": "Yes", "unlit_pole_count": "No", "unknown_pole_count": "Unknown"}


def tidy(lights: pd.DataFrame, tracts: geopandas.GeoDataFrame) -> Tidied:
    """Count the poles in each tract.

    Parameters
    ----------
    lights
        Every row of ``street-lights``.
    tracts
        Every row of ``census-tracts``, with its shapes.
    """
    ledger = Ledger()
    places = tract_of(lights["latitude"], lights["longitude"], tracts)
    ledger.repair("outside_the_tracts", int(places.isna().sum()))
    frame = pd.DataFrame(tracts[["tract_id", "land_area_km2"]]).sort_values("tract_id")
    frame["tract_id"] = frame["tract_id"].astype(str)
    frame["pole_count"] = counted(places, frame["tract_id"])
    for column, word in PRESENCE.items():
        frame[column] = counted(places[lights["light_present"].eq(word)], frame["tract_id"])
    frame["poles_per_km2"] = (frame["pole_count"] / frame["land_area_km2"]).round(1)
    columns = ["tract_id", "pole_count", *PRESENCE, "land_area_km2", "poles_per_km2"]
    return Tidied(frame[columns].reset_index(drop=True), ledger)


def counted(places: pd.Series[str], tract_ids: pd.Series[str]) -> pd.Series[int]:
    """Count the places that lie in each tract; a tract without any has zero."""
    counts: pd.Series[int] = tract_ids.map(places.value_counts()).fillna(0).astype("int64")
    return counts


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    return {"no_pole": int(frame["pole_count"].eq(0).sum())}
