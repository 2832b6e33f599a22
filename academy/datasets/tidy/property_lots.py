"""From a subset of the portal's property lots to the Academy's table ``property-lots``."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.numbers import numbers
from academy.datasets.tidy.repairs import (
    blank_strangers,
    blanks_missing,
    coordinates,
    five_digit_zips,
)

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "zip_code": ("zip",),
    "lot_area_acres": ("lot area measurement", "lot_area_measurement"),
    "latitude": ("lat", "latitude"),
    "longitude": ("lng", "longitude"),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
COLUMNS = list(PORTAL_COLUMNS)


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's rows (as text), in their order of place."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS)
    for step in (places, blank_strangers, areas_in_acres):
        frame = step(frame, ledger)
    ordered = blanks_missing(frame[COLUMNS]).sort_values(
        ["latitude", "longitude", "lot_area_acres", "zip_code"], kind="stable"
    )
    return Tidied(ordered.reset_index(drop=True), ledger)


def places(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """Points become degrees, ZIP codes five digits."""
    return frame.assign(**coordinates(frame), zip_code=five_digit_zips(frame["zip_code"]))


def areas_in_acres(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The export names no unit; the portal's dictionary says acres. No lot has an area of 0."""
    areas = numbers(frame["lot_area_acres"])
    ledger.repair("area_without_unit", int(areas.notna().sum()))
    ledger.repair("area_is_zero", int(areas.le(0).sum()))
    return frame.assign(lot_area_acres=areas.where(areas > 0))


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the lots of every fault that is left in the table."""
    return {
        "repeated_rows": int(frame.duplicated().sum()),
        "very_large_lots": int(frame["lot_area_acres"].gt(100).sum()),
    }
