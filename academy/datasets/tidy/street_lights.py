"""From the portal's street lights to the Academy's table ``street-lights``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import blank_strangers, blanks_missing, coordinates, row_names

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "pole_type": ("pole type", "poletype"),
    "light_present": ("light present", "lightprese"),
    "side_of_road": ("side of road", "sideofroad"),
    "elevation_ft": ("elevation",),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
COLUMNS = list(PORTAL_COLUMNS)
KEY = ["latitude", "longitude"]


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's poles, as text under the portal's names.

    The portal gives a pole no number: its place is what names it.
    """
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    frame = frame.assign(**coordinates(frame))
    frame = blank_strangers(frame, ledger)
    for step in (drop_unplaced, drop_repeats, elevation_in_feet):
        frame = step(frame, ledger)
    ordered = blanks_missing(frame).sort_values(KEY)
    return Tidied(ordered[COLUMNS].reset_index(drop=True), ledger)


def drop_unplaced(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A pole without a place in the parish can't be told from others: it is left out."""
    unplaced = frame["latitude"].isna() | frame["longitude"].isna()
    ledger.drop(row_names(frame, unplaced), "it has no place in the parish")
    return frame[~unplaced]


def drop_repeats(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Two poles can't stand on the same 11 cm: the first is kept."""
    repeated = frame.duplicated(KEY)
    ledger.drop(row_names(frame, repeated), "a pole stands on that spot already")
    return frame[~repeated]


def elevation_in_feet(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """Heights become numbers; one that can't be read is missing."""
    return frame.assign(elevation_ft=pd.to_numeric(frame["elevation_ft"], errors="coerce"))


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    return {
        "light_unknown": int(frame["light_present"].eq("Unknown").sum()),
        "no_light": int(frame["light_present"].eq("No").sum()),
        "below_the_sea": int(frame["elevation_ft"].lt(0).sum()),
    }
