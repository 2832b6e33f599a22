"""What a layer of an ArcGIS FeatureServer answers (``f=json``)."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

from portals.tables import Table

if TYPE_CHECKING:
    from portals.server import PortalServer

_KINDS = {
    "point": "esriGeometryPoint",
    "line": "esriGeometryPolyline",
    "multiline": "esriGeometryPolyline",
    "polygon": "esriGeometryPolygon",
    "multipolygon": "esriGeometryPolygon",
}
OBJECT_ID = "OBJECTID"


def layer_path(dataset: str) -> str:
    """Where the layer of a dataset lies on the server."""
    return f"/arcgis/rest/services/{dataset}/FeatureServer/0"


def answer(portal: PortalServer, path: str, query: dict[str, str]) -> tuple[Any, bool]:
    """Return what is sent, and whether it is features."""
    found = re.fullmatch(r"/arcgis/rest/services/([^/]+)/FeatureServer/0(/query)?/?", path)
    table = portal.tables.get(found[1]) if found else None
    if found is None or table is None:
        return {"error": {"code": 404, "message": "Service not found"}}, False
    if not found[2]:
        return _layer(portal, table), False
    if query.get("returnIdsOnly") == "true":
        # A layer without features says null here.
        return {"objectIdFieldName": OBJECT_ID, "objectIds": table.numbers or None}, False
    if query.get("returnCountOnly") == "true":
        return {"count": len(table.numbers) + portal.miscount}, False
    return _features(portal, table, query), True


def _layer(portal: PortalServer, table: Table) -> dict[str, Any]:
    fields = [{"name": OBJECT_ID, "type": "esriFieldTypeOID"}]
    fields += [
        {"name": name, "type": table.kinds.get(name, "esriFieldTypeString")}
        for name in table.columns
        if name != "the_geom"
    ]
    return {
        "fields": fields,
        "objectIdField": OBJECT_ID,
        "geometryType": _KINDS.get(table.kinds.get("the_geom", "")),
        "maxRecordCount": portal.feature_cap,
        "editingInfo": {"lastEditDate": table.updated * 1000},
    }


def _features(portal: PortalServer, table: Table, query: dict[str, str]) -> dict[str, Any]:
    asked = {int(number) for number in query["objectIds"].split(",")}
    names = query["outFields"].split(",")
    found = [
        _feature(number, row, names, with_shape=query.get("returnGeometry") == "true")
        for number, row in zip(table.numbers, table.rows, strict=True)
        if number in asked
    ]
    more = len(found) > portal.feature_cap
    answer: dict[str, Any] = {"objectIdFieldName": OBJECT_ID, "features": found}
    if more:
        answer |= {"features": found[: portal.feature_cap], "exceededTransferLimit": True}
    return answer


def _feature(
    number: int, row: dict[str, Any], names: list[str], *, with_shape: bool
) -> dict[str, Any]:
    values = {OBJECT_ID: number} | row
    feature: dict[str, Any] = {"attributes": {name: values.get(name) for name in names}}
    if with_shape:
        feature["geometry"] = esri(row.get("the_geom"))
    return feature


def esri(geometry: dict[str, Any] | None) -> dict[str, Any] | None:
    """GeoJSON as these services write it: shells run with the clock, holes against it."""
    if geometry is None:
        return None
    places = geometry["coordinates"]
    if geometry["type"] == "Point":
        return {"x": places[0], "y": places[1]}
    if geometry["type"].endswith("LineString"):
        return {"paths": places if geometry["type"].startswith("Multi") else [places]}
    polygons = places if geometry["type"].startswith("Multi") else [places]
    return {"rings": [_turned(ring, n == 0) for rings in polygons for n, ring in enumerate(rings)]}


def _turned(ring: list[list[float]], with_the_clock: bool) -> list[list[float]]:
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(ring))
    return ring if (area < 0) == with_the_clock else ring[::-1]
