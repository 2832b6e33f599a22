"""Steps that the geographic tables share: choose properties, mend shapes, make them lighter."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from academy.errors import AcademyError

if TYPE_CHECKING:
    import geopandas as gpd

    from academy.datasets.tidy.ledger import Ledger

# The parish's official plane: Louisiana South (NAD 83), in feet; areas and lengths come out true
# to a few parts in ten thousand. UTM zone 15 north is its like in metres.
PLANE = "EPSG:32615"
DEGREES = "EPSG:4326"


def choose_properties(
    raw: gpd.GeoDataFrame,
    portal_columns: Mapping[str, tuple[str, ...]],
    optional: Collection[str] = (),
) -> gpd.GeoDataFrame:
    """Take the columns of a table and its shapes, under the table's names; types stay.

    Parameters
    ----------
    raw
        The features as they were read, with their properties.
    portal_columns
        Our name, and the spellings (lower case) that the portal has for it.
    optional
        Those of our names that may be missing; they are then left out.

    Raises
    ------
    AcademyError
        When a property that is needed is not there.
    """
    found = {str(name).lower(): name for name in raw.columns}
    chosen: dict[str, str] = {}
    missing = []
    for ours, theirs in portal_columns.items():
        name = next((found[candidate] for candidate in theirs if candidate in found), None)
        if name is not None:
            chosen[name] = ours
        elif ours not in optional:
            missing.append(" or ".join(theirs))
    if missing:
        raise AcademyError(
            f"The shapes lack these properties: {', '.join(missing)} "
            f"(found: {', '.join(map(str, raw.columns))}).",
            kept="The table that is there stays as it is.",
            next_step="If the portal renamed one, add its new name to PORTAL_COLUMNS.",
        )
    return raw[[*chosen, "geometry"]].rename(columns=chosen)


def drop_shapeless(frame: gpd.GeoDataFrame, key: str, ledger: Ledger) -> gpd.GeoDataFrame:
    """A feature without a shape, or with an empty one, covers nothing: it is left out."""
    shapeless = frame.geometry.isna() | frame.geometry.is_empty
    ledger.drop(frame.loc[shapeless, key], "the feature has no shape")
    return frame[~shapeless]


def mend_shapes(frame: gpd.GeoDataFrame, fault: str, ledger: Ledger) -> gpd.GeoDataFrame:
    """Polygons whose rings cross themselves are made valid, without moving a corner."""
    broken = ~frame.geometry.is_valid
    ledger.repair(fault, int(broken.sum()))
    return frame.set_geometry(frame.geometry.buffer(0).where(broken, frame.geometry))


def simplify_metres(frame: gpd.GeoDataFrame, tolerance_m: float) -> gpd.GeoDataFrame:
    """Leave out corners that lie within so many metres of the line without them.

    Measured on the plane, not in degrees: a degree of longitude is shorter here than one of
    latitude. Shapes stay valid, and none vanishes.
    """
    light = frame.geometry.to_crs(PLANE).simplify(tolerance_m, preserve_topology=True)
    return frame.set_geometry(light.to_crs(DEGREES))
