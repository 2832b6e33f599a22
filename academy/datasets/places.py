"""Check places: points inside the parish, shapes whole, properties of the type they should have."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from academy.datasets.geo import PARISH_BOUNDS, read_features, shapes_of
from academy.datasets.schema import Resource

# A problem in words, the row that has it, and the value found there.
Fault = tuple[str, int, str]
_KINDS = {
    "point": {"Point"},
    "line": {"LineString", "MultiLineString"},
    "polygon": {"Polygon", "MultiPolygon"},
}
_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}


def point_faults(columns: Mapping[str, Sequence[str]], rows: Sequence[int]) -> Iterator[Fault]:
    """Yield the points that lack a coordinate or lie outside the box around the parish."""
    pairs = zip(rows, columns["latitude"], columns["longitude"], strict=True)
    for row, latitude, longitude in pairs:
        if bool(latitude) != bool(longitude):
            yield "A point has one coordinate only", row, latitude or longitude
        elif latitude and not _inside(latitude, longitude):
            yield "The point lies outside the parish", row, f"{latitude}, {longitude}"


def _inside(latitude: str, longitude: str) -> bool:
    west, south, east, north = PARISH_BOUNDS
    try:
        return south <= float(latitude) <= north and west <= float(longitude) <= east
    except ValueError:
        # The column's own check tells that it is no number.
        return True


def columns_and_faults(
    content: bytes, resource: Resource
) -> tuple[dict[str, Sequence[str]], list[Fault]]:
    """Return the properties of a GeoJSON file as texts, and what is wrong with its features.

    Raises
    ------
    ValueError
        When it is not a collection of features.
    """
    properties, geometries = read_features(content)
    faults = list(_property_faults(properties, resource))
    faults += list(_shape_faults(geometries, resource.geometry))
    columns: dict[str, Sequence[str]] = {
        field.name: [_as_text(each.get(field.name)) for each in properties]
        for field in resource.fields
    }
    return columns, faults


def _property_faults(properties: list[dict[str, Any]], resource: Resource) -> Iterator[Fault]:
    expected = [field.name for field in resource.fields]
    types = {field.name: _JSON_TYPES.get(field.type, (str,)) for field in resource.fields}
    for row, each in enumerate(properties, start=1):
        if list(each) != expected:
            yield "The properties are not those of the descriptor", row, ", ".join(each)
        for name, value in each.items():
            if name in types and value is not None and not _has_type(value, types[name]):
                yield f"{name} has another type in JSON than it should", row, _as_text(value)


def _has_type(value: Any, wanted: tuple[type, ...]) -> bool:
    return isinstance(value, wanted) and (bool in wanted or not isinstance(value, bool))


def _as_text(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value)


def _shape_faults(geometries: list[Any], geometry: str | None) -> Iterator[Fault]:
    import shapely

    kinds = _KINDS[geometry or "polygon"]
    try:
        shapes = shapes_of(geometries)
    except (shapely.errors.GEOSException, TypeError) as error:
        yield f"The shapes can't be read: {error}", 1, ""
        return
    for row, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty:
            yield "The feature has no shape", row, ""
        elif shape.geom_type not in kinds:
            yield f"The shape is none of {', '.join(sorted(kinds))}", row, shape.geom_type
        elif not shape.is_valid:
            yield "The shape is not valid", row, shapely.is_valid_reason(shape)
        elif not _box_inside(shape.bounds):
            yield "The shape reaches outside the parish", row, str(shape.bounds)


def _box_inside(box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = PARISH_BOUNDS
    return west <= box[0] and south <= box[1] and box[2] <= east and box[3] <= north
