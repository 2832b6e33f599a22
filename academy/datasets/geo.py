"""Places: the box around the parish, the tract of a point, and GeoJSON files in and out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from academy.errors import AcademyError

if TYPE_CHECKING:
    import geopandas
    import pandas as pd

    from academy.datasets.schema import Resource

CRS = "EPSG:4326"
# West, south, east, north, in degrees: a little larger than East Baton Rouge Parish on each side.
PARISH_BOUNDS = (-91.4, 30.2, -90.8, 30.8)
# A millionth of a degree is 11 cm here.
DECIMALS = 6


def inside_bounds(
    latitude: pd.Series[float],
    longitude: pd.Series[float],
    bounds: tuple[float, float, float, float] = PARISH_BOUNDS,
) -> pd.Series[bool]:
    """Tell which points lie in a box around the parish; a missing one does not.

    Parameters
    ----------
    latitude, longitude
        Degrees.
    bounds
        West, south, east and north, in degrees.
    """
    west, south, east, north = bounds
    inside: pd.Series[bool] = latitude.between(south, north) & longitude.between(west, east)
    return inside


def with_points(frame: pd.DataFrame) -> geopandas.GeoDataFrame:
    """Give a table a point for each row, from its columns latitude and longitude."""
    import geopandas

    points = geopandas.points_from_xy(frame["longitude"], frame["latitude"], crs=CRS)
    missing = (frame["longitude"].isna() | frame["latitude"].isna()).to_numpy()
    points[missing] = None
    return geopandas.GeoDataFrame(frame, geometry=points)


def tract_of(
    latitude: pd.Series[float], longitude: pd.Series[float], tracts: geopandas.GeoDataFrame
) -> pd.Series[str]:
    """Return the ``tract_id`` that each point lies in; missing where it lies in none.

    A point on the line between two tracts is given to the one with the smaller number.
    """
    import geopandas

    points = geopandas.GeoSeries.from_xy(longitude, latitude, index=latitude.index, crs=CRS)
    known = points[latitude.notna() & longitude.notna()]
    shapes = tracts[["tract_id", "geometry"]]
    pairs = geopandas.GeoDataFrame(geometry=known).sjoin(shapes, predicate="intersects")
    first = pairs["tract_id"].astype("str").groupby(level=0).min()
    found: pd.Series[str] = first.reindex(latitude.index).astype("str")
    return found


def to_geojson(frame: geopandas.GeoDataFrame, names: list[str]) -> bytes:
    """Write a table of shapes: one feature a line, coordinates to a millionth of a degree."""
    import shapely

    rounded = shapely.transform(frame.geometry.to_numpy(), lambda points: points.round(DECIMALS))
    shapes = ["null" if each is None else each for each in _as_texts(rounded)]
    columns = [_plain(frame[name]) for name in names]
    lines = [
        f'{{"type": "Feature", "properties": {_properties(names, values)}, "geometry": {shape}}}'
        for shape, *values in zip(shapes, *columns, strict=True)
    ]
    body = ",\n".join(lines)
    return f'{{"type": "FeatureCollection", "features": [\n{body}\n]}}\n'.encode()


def _as_texts(shapes: Any) -> list[str | None]:
    """GeoJSON texts, with rings in the direction that RFC 7946 asks for."""
    import shapely

    texts: list[str | None] = shapely.to_geojson(shapely.orient_polygons(shapes)).tolist()
    return texts


def _properties(names: list[str], values: list[Any]) -> str:
    return json.dumps(dict(zip(names, values, strict=True)), ensure_ascii=False)


def read_features(content: bytes) -> tuple[list[dict[str, Any]], list[Any]]:
    """Return the properties and the geometries (as GeoJSON objects) of a GeoJSON file.

    Raises
    ------
    ValueError
        When the text is not a collection of features.
    """
    data = json.loads(content)
    if not isinstance(data, dict) or data.get("type") != "FeatureCollection":
        raise ValueError("it is not a GeoJSON FeatureCollection")
    features = data.get("features")
    if not isinstance(features, list) or not all(isinstance(each, dict) for each in features):
        raise ValueError("its features are not a list of features")
    return [each.get("properties") or {} for each in features], [
        each.get("geometry") for each in features
    ]


def shapes_of(geometries: list[Any]) -> Any:
    """Make shapely's shapes of GeoJSON geometries; None stays None."""
    import shapely

    return shapely.from_geojson([None if each is None else json.dumps(each) for each in geometries])


def read_geojson_export(content: bytes, where: str) -> geopandas.GeoDataFrame:
    """Read a portal's GeoJSON, with the properties as JSON has them.

    Raises
    ------
    AcademyError
        When it can't be read.
    """
    import geopandas
    import pandas as pd
    import shapely

    try:
        properties, geometries = read_features(content)
        shapes = shapes_of(geometries)
    except (ValueError, shapely.errors.GEOSException) as error:
        raise AcademyError(
            f"The export can't be read as GeoJSON: {error}.",
            where=where,
            kept="The table that is there stays as it is.",
            next_step="Export the dataset from the portal again.",
        ) from None
    return geopandas.GeoDataFrame(pd.DataFrame(properties), geometry=shapes, crs=CRS)


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Values as JSON has them: text, numbers, true and false, null, ISO 8601 for times."""
    import pandas as pd

    missing = column.isna()
    if pd.api.types.is_datetime64_any_dtype(column):
        column = column.map(lambda moment: moment.isoformat(), na_action="ignore")
    values = column.astype(object).where(~missing, None).tolist()
    return [value.item() if hasattr(value, "item") else value for value in values]


def frame_of_features(content: bytes, resource: Resource) -> tuple[pd.DataFrame, Any]:
    """Return the properties of our own GeoJSON as text columns, and the shapes."""
    import pandas as pd

    properties, geometries = read_features(content)
    names = [field.name for field in resource.fields]
    return pd.DataFrame(properties, columns=names), shapes_of(geometries)
