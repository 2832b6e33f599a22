"""A layer of an ArcGIS FeatureServer, by object numbers, from a real HTTP server."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from academy.datasets.portal.arcgis import ArcgisSource
from academy.datasets.portal.esri import geojson
from academy.datasets.portal.source import ChangedError
from academy.datasets.portal.text import as_text, moment_text
from academy.datasets.portal.transport import Transport
from academy.errors import AcademyError
from portals.arcgis import esri, layer_path
from portals.server import PortalServer, running
from portals.tables import Table

POINT = {"type": "Point", "coordinates": [-91.1, 30.4]}


@pytest.fixture
def server() -> Iterator[PortalServer]:
    rows = [
        {"name": f"signal {n}", "made": 1_706_801_400_000 + n, "the_geom": POINT} for n in range(25)
    ]
    kinds = {"made": "esriFieldTypeDate", "the_geom": "point"}
    table = Table(["name", "made", "the_geom"], rows, kinds)
    with running(PortalServer({"signals": table})) as portal:
        yield portal


@pytest.fixture
def source(server: PortalServer, waits: list[float]) -> Iterator[ArcgisSource]:
    address = server.url + layer_path("signals")
    with Transport(address, sleep=waits.append, timeout=5) as transport:
        yield ArcgisSource(transport, page_rows=10)


def rows(source: ArcgisSource, columns: list[str] | None = None) -> list[dict[str, Any]]:
    pages = source.pages(columns or ["name"], 0, "")
    return [row for page in pages for row in page.rows]


def names(source: ArcgisSource) -> list[str]:
    return [row["name"] for row in rows(source)]


ALL = [f"signal {n}" for n in range(25)]


def test_what_it_offers(source: ArcgisSource) -> None:
    assert source.offered() == ["OBJECTID", "name", "made", "geometry"]
    assert source.shape_column() == "geometry"
    assert source.mark().rows == 25


def test_features_come_by_their_numbers_and_nothing_else_is_asked_for(
    source: ArcgisSource, server: PortalServer
) -> None:
    assert names(source) == ALL
    asked = [query["objectIds"].split(",") for query in server.requests]
    assert [len(numbers) for numbers in asked] == [10, 10, 5]
    assert {query["outFields"] for query in server.requests} == {"OBJECTID,name"}
    assert {query["returnGeometry"] for query in server.requests} == {"false"}


def test_dates_and_places(source: ArcgisSource) -> None:
    first = rows(source, ["name", "made", "geometry"])[0]
    assert first["made"] == "2024-02-01T15:30:00.000"
    assert first["geometry"] == POINT


@pytest.mark.parametrize("cap", [1, 3, 7])
def test_a_layer_that_gives_fewer_features_than_asked_for(
    source: ArcgisSource, server: PortalServer, cap: int
) -> None:
    assert source.offered()
    server.feature_cap = cap  # lower than its description says
    source.page_rows = 10
    assert names(source) == ALL


def test_the_limit_of_2_000_features_cuts_nothing_off(server: PortalServer) -> None:
    server.tables["many"] = Table(["name"], [{"name": str(n)} for n in range(4_500)])
    with Transport(server.url + layer_path("many")) as transport:
        found = ArcgisSource(transport, page_rows=10_000)
        sizes = [len(page.rows) for page in found.pages(["name"], 0, "")]
    assert sizes == [2_000, 2_000, 500]


@pytest.mark.parametrize(
    "fault", ["429", "503", "html", "cut", "cut inside", "error inside 500", "short"]
)
def test_a_page_that_fails_once_is_asked_for_again(
    source: ArcgisSource, server: PortalServer, fault: str
) -> None:
    server.faults = ["", fault]
    assert names(source) == ALL


def test_a_refusal_inside_of_a_good_answer(
    source: ArcgisSource, server: PortalServer, waits: list[float]
) -> None:
    server.faults = ["error inside 400"]
    with pytest.raises(AcademyError, match="The service refused: 400 Unable to complete"):
        names(source)
    assert waits == []


def test_no_features_where_they_are_listed(source: ArcgisSource, server: PortalServer) -> None:
    server.faults = ["", *["empty"] * 5]
    with pytest.raises(ChangedError, match="Feature 11 was listed and can't be had"):
        names(source)


def test_a_feature_that_goes_while_reading(source: ArcgisSource, server: PortalServer) -> None:
    server.faults = [lambda: server.tables["signals"].remove(20)]
    with pytest.raises(ChangedError, match="Feature 21 was listed and can't be had"):
        names(source)


def test_the_mark_sees_every_change(source: ArcgisSource, server: PortalServer) -> None:
    before = source.mark()
    assert source.mark() == before
    server.tables["signals"].remove(3)
    server.tables["signals"].insert(3, {"name": "another"})
    after = source.mark()
    assert after.rows == before.rows
    assert after.version != before.version


def test_an_empty_layer(source: ArcgisSource, server: PortalServer) -> None:
    server.tables["signals"].rows.clear()
    server.tables["signals"].numbers.clear()
    assert source.mark().rows == 0
    assert names(source) == []


def test_an_address_that_is_no_layer(server: PortalServer, waits: list[float]) -> None:
    with (
        Transport(server.url + layer_path("nothing"), sleep=waits.append) as transport,
        pytest.raises(AcademyError, match=r"refused: 404 Service not found.*ends with Feat"),
    ):
        ArcgisSource(transport).offered()
    assert waits == []


SQUARE = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0], [0.0, 0.0]]
HOLE = [[1.0, 1.0], [1.0, 2.0], [2.0, 2.0], [2.0, 1.0], [1.0, 1.0]]
FAR = [[9.0, 9.0], [9.5, 9.0], [9.5, 9.5], [9.0, 9.0]]


@pytest.mark.parametrize(
    "geometry",
    [
        POINT,
        {"type": "LineString", "coordinates": [[0.0, 0.0], [1.0, 1.0]]},
        {
            "type": "MultiLineString",
            "coordinates": [[[0.0, 0.0], [1.0, 1.0]], [[5.0, 5.0], [6.0, 6.0]]],
        },
        {"type": "Polygon", "coordinates": [SQUARE]},
        {"type": "Polygon", "coordinates": [SQUARE, HOLE]},
        {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE], [FAR]]},
    ],
)
def test_shapes_keep_their_form(geometry: dict[str, Any]) -> None:
    assert geojson(esri(geometry)) == geometry


def test_shapes_that_are_not_there_or_odd() -> None:
    assert geojson(None) is None
    assert geojson({"x": "NaN", "y": "NaN"}) is None
    assert geojson({"x": None, "y": None}) is None
    assert geojson({"rings": []}) is None
    assert geojson({"points": [[1, 2, 3]]}) == {"type": "MultiPoint", "coordinates": [[1, 2]]}
    only_against_the_clock = geojson({"rings": [SQUARE]})
    assert only_against_the_clock == {"type": "Polygon", "coordinates": [SQUARE]}


def test_dates_before_1970_and_none() -> None:
    assert moment_text(-1) == "1969-12-31T23:59:59.999"
    assert moment_text(-2_208_988_800_000) == "1900-01-01T00:00:00.000"
    assert moment_text(None) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (12, "12"),
        (30.4, "30.4"),
        ("as it is ", "as it is "),
        (POINT, "POINT (-91.1 30.4)"),
        ({"latitude": "30.4", "longitude": "-91.1"}, "(30.4, -91.1)"),
        (
            {
                "latitude": "30.4",
                "longitude": "-91.1",
                "human_address": json.dumps(
                    {"address": "1 MADE UP ST", "city": "BAKER", "state": "LA", "zip": "70714"}
                ),
            },
            "1 MADE UP ST\nBAKER, LA 70714\n(30.4, -91.1)",
        ),
        ({"latitude": None, "longitude": None, "human_address": "not json"}, "not json"),
        ({"url": "https://data.brla.gov"}, "https://data.brla.gov"),
        ([1, 2], "[1, 2]"),
    ],
)
def test_values_are_the_texts_of_an_export(value: Any, text: str) -> None:
    assert as_text(value) == text


def test_numbers_that_are_not_finite_stay_text() -> None:
    assert as_text(math.inf) == "Infinity"
