"""From the estimated flood area of August 2016 to the Academy's table ``flood-2016``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.shapes import (
    DEGREES,
    PLANE,
    choose_properties,
    drop_shapeless,
    mend_shapes,
    simplify_metres,
)

if TYPE_CHECKING:
    import geopandas as gpd

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {"area_id": ("fid", "objectid")}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
TOLERANCE_M = 10
# A tenth of a metre: corners that share a place still do when they are written with 6 decimals.
GRID_DEGREES = 1e-6


def tidy(raw: gpd.GeoDataFrame) -> Tidied:
    """Make the tidy table from the features of the map service.

    Parameters
    ----------
    raw
        One feature a flooded area, polygons in degrees (EPSG:4326).
    """
    ledger = Ledger()
    frame = choose_properties(raw, PORTAL_COLUMNS)
    for step in (whole_ids, shapeless, mended, areas, lighter_outlines):
        frame = step(frame, ledger)
    ordered = frame[["area_id", "area_km2", "geometry"]].sort_values("area_id")
    return Tidied(ordered.reset_index(drop=True), ledger)


def whole_ids(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:  # noqa: ARG001
    """The map's number of an area is a whole number."""
    return frame.assign(area_id=frame["area_id"].astype("int64"))


def shapeless(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """An area without a shape covers nothing."""
    return drop_shapeless(frame, "area_id", ledger)


def mended(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Outlines that cross themselves are made valid, or nothing could be laid over them."""
    return mend_shapes(frame, "outlines_crossed_themselves", ledger)


def areas(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:  # noqa: ARG001
    """Measure every area on the plane, before corners are left out of it."""
    return frame.assign(area_km2=(frame.geometry.to_crs(PLANE).area / 1e6).round(4))


def lighter_outlines(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Corners within ten metres of the outline are left out, and the rest stays valid."""
    ledger.repair("outlines_simplified", len(frame))
    light = simplify_metres(frame, TOLERANCE_M)
    snapped = light.geometry.set_precision(GRID_DEGREES)
    return light.set_geometry(snapped.set_crs(DEGREES, allow_override=True))


def measure_shown_faults(frame: gpd.GeoDataFrame) -> dict[str, int]:
    """Count the areas of every fault that is left in the table."""
    return {"areas_smaller_than_a_hectare": int(frame["area_km2"].lt(0.01).sum())}
