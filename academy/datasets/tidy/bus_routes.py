"""From the portal's bus routes to the Academy's table ``bus-routes``, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.shapes import (
    PLANE,
    choose_properties,
    drop_shapeless,
    simplify_metres,
)

if TYPE_CHECKING:
    import geopandas as gpd

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "route_number": ("route_number",),
    "route_name": ("route_name",),
    "service_type": ("service_type",),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
# On a street map a line five metres off is still on its street.
TOLERANCE_M = 5


def tidy(raw: gpd.GeoDataFrame) -> Tidied:
    """Make the tidy table from the portal's features.

    Parameters
    ----------
    raw
        One feature a route, lines in degrees (EPSG:4326).
    """
    ledger = Ledger()
    frame = choose_properties(raw, PORTAL_COLUMNS)
    for step in (strip_texts, drop_unnumbered, shapeless, lengths, lighter_lines):
        frame = step(frame, ledger)
    columns = [*PORTAL_COLUMNS, "line_length_km", "geometry"]
    return Tidied(frame[columns].reset_index(drop=True), ledger)


def strip_texts(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:  # noqa: ARG001
    """Numbers and names are texts without blanks around them."""
    texts = {name: frame[name].fillna("").astype(str).str.strip() for name in PORTAL_COLUMNS}
    return frame.assign(**texts)


def drop_unnumbered(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """A route is known by its number; routes stand in the order of their numbers."""
    numbered = frame["route_number"].str.fullmatch(r"\d+")
    ledger.drop(frame.loc[~numbered, "route_name"], "the route has no number")
    kept = frame[numbered]
    return kept.iloc[kept["route_number"].astype(int).argsort(kind="stable")]


def shapeless(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """A route without a line can't be put on a map."""
    return drop_shapeless(frame, "route_number", ledger)


def lengths(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:  # noqa: ARG001
    """Measure every line on the plane, before corners are left out of it."""
    kilometres = frame.geometry.to_crs(PLANE).length / 1000
    return frame.assign(line_length_km=kilometres.round(2))


def lighter_lines(frame: gpd.GeoDataFrame, ledger: Ledger) -> gpd.GeoDataFrame:
    """Corners that lie within five metres of the line are left out."""
    ledger.repair("lines_simplified", len(frame))
    return simplify_metres(frame, TOLERANCE_M)


def measure_shown_faults(frame: gpd.GeoDataFrame) -> dict[str, int]:
    """Count the routes of every fault that is left in the table."""
    return {"route_repeats": int(frame["route_number"].duplicated().sum())}
