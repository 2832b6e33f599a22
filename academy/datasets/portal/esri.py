"""Geometry of ArcGIS services as GeoJSON: the same places, in the words of the standard."""

from __future__ import annotations

import itertools
from typing import Any

Position = list[float]
Ring = list[Position]
Geometry = dict[str, Any]


def geojson(geometry: dict[str, Any] | None) -> Geometry | None:
    """Turn a geometry of an ArcGIS service (``f=json``) into GeoJSON.

    Parameters
    ----------
    geometry
        A point, multipoint, polyline or polygon, in longitude and latitude (``outSR=4326``).

    Returns
    -------
    dict or None
        None for a feature without a place.
    """
    if not geometry:
        return None
    for key, turn in _TURNS.items():
        if key in geometry:
            return turn(geometry)
    return None


def _point(geometry: dict[str, Any]) -> Geometry | None:
    longitude, latitude = geometry["x"], geometry.get("y")
    # A feature without a place comes with "NaN" or null for its coordinates.
    if not isinstance(longitude, int | float) or not isinstance(latitude, int | float):
        return None
    return {"type": "Point", "coordinates": [longitude, latitude]}


def _points(geometry: dict[str, Any]) -> Geometry | None:
    points = [_flat(position) for position in geometry["points"]]
    return {"type": "MultiPoint", "coordinates": points} if points else None


def _lines(geometry: dict[str, Any]) -> Geometry | None:
    lines = [[_flat(position) for position in path] for path in geometry["paths"]]
    return _one_or_many("LineString", lines)


def _polygons(geometry: dict[str, Any]) -> Geometry | None:
    """Rings that run with the clock are shells, the others holes in the shell that they lie in."""
    rings = [[_flat(position) for position in ring] for ring in geometry["rings"]]
    rings = [ring for ring in rings if len(ring) >= 4]
    shells = [ring for ring in rings if _area(ring) < 0]
    holes = [ring for ring in rings if _area(ring) >= 0]
    if not shells:
        shells, holes = holes, []
    polygons = [[shell[::-1] if _area(shell) < 0 else shell] for shell in shells]
    for hole in holes:
        home = next((polygon for polygon in polygons if _inside(hole[0], polygon[0])), None)
        if home is None:
            # A hole in nothing is a shell that was drawn the wrong way round.
            polygons.append([hole])
        else:
            home.append(hole[::-1])
    return _one_or_many("Polygon", polygons)


def _one_or_many(kind: str, parts: list[Any]) -> Geometry | None:
    if not parts:
        return None
    if len(parts) == 1:
        return {"type": kind, "coordinates": parts[0]}
    return {"type": f"Multi{kind}", "coordinates": parts}


def _flat(position: Position) -> Position:
    """Heights and measures are left out."""
    return position[:2]


def _area(ring: Ring) -> float:
    """Twice the signed area: below zero for a ring that runs with the clock."""
    return sum((x * next_y) - (next_x * y) for (x, y), (next_x, next_y) in itertools.pairwise(ring))


def _inside(position: Position, ring: Ring) -> bool:
    """Count how often a line to the east crosses the ring: an odd number means inside."""
    x, y = position
    crossings = 0
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossings += 1
    return crossings % 2 == 1


_TURNS = {"x": _point, "points": _points, "paths": _lines, "rings": _polygons}
