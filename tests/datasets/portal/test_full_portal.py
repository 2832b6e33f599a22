"""The exports beside the checkout, served as portals serve them, come back value for value."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from academy import paths
from academy.datasets.descriptor import Portal
from academy.datasets.portal.exports import read_whole
from academy.datasets.portal.pull import pulled
from portals.arcgis import layer_path
from portals.server import PortalServer, running
from portals.tables import Table, api_name, read_table

EXPORTS = paths.checkout().parent / "shared" / "portal"
# Larger ones are no different, and take long.
_MOST_BYTES = 3_500_000
TABLES = sorted(
    path.name for path in EXPORTS.glob("????-????_*.csv") if path.stat().st_size < _MOST_BYTES
)
SHAPES = sorted(path.name for path in EXPORTS.glob("*.geojson"))
ID = "aaaa-bbbb"


@pytest.mark.parametrize("name", TABLES)
def test_a_table_over_soda(name: str, tmp_path: Path) -> None:
    table = read_table(EXPORTS / name)
    wanted = {column: (column.lower(),) for column in table.columns}
    portal = Portal(id=ID, domain="data.example.org", title="Made up")
    with (
        running(PortalServer({ID: table}, row_cap=5_000)) as server,
        pulled(portal, wanted, (), tmp_path / ".pull", address=server.url) as result,
    ):
        came = read_whole(result.path)
    raw = read_whole(EXPORTS / name)
    assert list(came.columns) == [api_name(column) for column in raw.columns]
    assert came.to_numpy().tolist() == raw.to_numpy().tolist()


@pytest.mark.parametrize("name", SHAPES)
def test_shapes_over_a_feature_server(name: str, tmp_path: Path) -> None:
    table = read_table(EXPORTS / name)
    columns = [column for column in table.columns if column != "the_geom"]
    wanted = {column: (column.lower(),) for column in columns}
    with running(PortalServer({"shapes": table}, feature_cap=50)) as server:
        address = server.url + layer_path("shapes")
        portal = Portal(domain="gis.example.org", title="Made up", service="arcgis", layer=address)
        with pulled(portal, wanted, (), tmp_path / ".pull") as result:
            came = json.loads(result.path.read_text())["features"]
    assert [each["properties"] for each in came] == [
        {column: row[column] for column in columns} for row in table.rows
    ]
    for found, row in zip(came, table.rows, strict=True):
        assert positions(found["geometry"]) == positions(row["the_geom"])


def positions(geometry: dict[str, object] | None) -> set[tuple[float, ...]]:
    """All corners of a shape, whatever way its rings run; none of one without a place."""
    found: set[tuple[float, ...]] = set()

    def collect(part: object) -> None:
        assert isinstance(part, list)
        if part and isinstance(part[0], float | int):
            found.add(tuple(part[:2]))
        else:
            for each in part:
                collect(each)

    collect(geometry["coordinates"] if geometry else [])
    return found


def test_the_manifest_counts_the_same_rows() -> None:
    with (EXPORTS / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        counts = {row["file"]: int(row["rows"]) for row in csv.DictReader(file)}
    for name in TABLES:
        assert len(Table([], read_table(EXPORTS / name).rows).rows) == counts[name], name
