"""From the Census Bureau's parish outline to the Academy's table ``parish-boundary``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.shapes import choose_properties
from academy.errors import AcademyError

if TYPE_CHECKING:
    import geopandas as gpd

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "parish_id": ("geoid",),
    "parish_name": ("name",),
    "land_area_km2": ("aland",),
    "water_area_km2": ("awater",),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None


def tidy(raw: gpd.GeoDataFrame) -> Tidied:
    """Make the tidy table: one row, the parish.

    Parameters
    ----------
    raw
        The one feature, in degrees (EPSG:4326).

    Raises
    ------
    AcademyError
        When there is not exactly one outline.
    """
    ledger = Ledger()
    if len(raw) != 1:
        raise AcademyError(
            f"One outline of the parish is expected; found: {len(raw)}.",
            kept="The table that is there stays as it is.",
            next_step="Look at the export: it may hold other parishes, or none.",
        )
    frame = areas_in_km2(choose_properties(raw, PORTAL_COLUMNS), ledger)
    return Tidied(frame, ledger)


def areas_in_km2(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """The file gives areas in square metres."""
    ledger.repair("areas_in_square_metres", len(frame))
    areas = {name: frame[name] / 1e6 for name in ("land_area_km2", "water_area_km2")}
    return frame.assign(**areas)


def measure_shown_faults(frame: gpd.GeoDataFrame) -> dict[str, int]:  # noqa: ARG001
    """Nothing that is wrong with the outline can be counted by rows."""
    return {}
