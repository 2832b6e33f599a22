"""From a portal to a file: all of it or nothing, gone on with after a stop, alone."""

from __future__ import annotations

import csv
import datetime
import errno
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from academy.datasets.descriptor import Portal
from academy.datasets.portal import pull as pull_module
from academy.datasets.portal.pull import Pulled, pull, pulled
from academy.datasets.portal.soda import SodaSource
from academy.datasets.portal.source import ChangedError
from academy.datasets.portal.transport import Transport
from academy.errors import AcademyError
from portals.arcgis import layer_path
from portals.server import PortalServer
from portals.tables import Table, read_table

ID = "7ixm-mnvx"
PORTAL = Portal(id=ID, domain="data.brla.gov", title="Made up")
WANTED = {"request_id": ("id",), "closed_at": ("closeddate",)}
DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "datasets" / ".pull-made-up"


def take(portal: PortalServer, folder: Path, **options: Any) -> tuple[Pulled, list[list[str]]]:
    with pulled(PORTAL, WANTED, (), folder, address=portal.url, **options) as result:
        return result, lines_of(result.path)


def lines_of(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file))


def test_all_rows_come_with_the_chosen_columns_only(portal: PortalServer, folder: Path) -> None:
    portal.tables[ID].rows[3]["closeddate"] = 'with "marks", and\na line'
    seen: list[tuple[int, int]] = []
    result, lines = take(portal, folder, progress=lambda done, total: seen.append((done, total)))
    assert result.rows == 25
    assert result.columns == ["id", "closeddate"]
    assert result.path == folder / f"{ID}.csv"
    assert lines[0] == ["id", "closeddate"]
    assert [line[0] for line in lines[1:]] == [str(n) for n in range(25)]
    assert lines[4] == ["3", 'with "marks", and\na line']
    assert seen == [(25, 25)]
    assert not folder.exists(), "what was pulled is removed when the work on it is done"


def test_the_day_is_the_portals(portal: PortalServer, folder: Path) -> None:
    before = datetime.datetime.now(tz=pull_module.PORTAL_ZONE).date()
    result, _ = take(portal, folder)
    assert before <= result.taken <= datetime.datetime.now(tz=pull_module.PORTAL_ZONE).date()


def test_nobody_else_may_read_what_was_pulled(portal: PortalServer, folder: Path) -> None:
    with pulled(PORTAL, WANTED, (), folder, address=portal.url) as result:
        assert folder.stat().st_mode & 0o777 == 0o700
        assert result.path.stat().st_mode & 0o077 == 0


def test_it_goes_on_after_the_last_whole_page(
    portal: PortalServer, transport: Transport, folder: Path
) -> None:
    folder.mkdir(parents=True)
    source = SodaSource(transport, ID, page_rows=10)
    portal.faults = ["", "", "error inside 400"]
    with pytest.raises(AcademyError, match="a dict came"):
        pull(source, ["id"], folder)
    # A stop in the middle of writing leaves half a row and half a number.
    with (folder / "rows.csv").open("ab") as file:
        file.write(b"20\n2")
    with (folder / "row-numbers").open("ab") as file:
        file.write(b"\1\2\3")
    portal.requests.clear()
    result = pull(source, ["id"], folder)
    assert [query["$offset"] for query in portal.requests] == ["19"]
    assert result.path.read_text().split() == ["id", *[str(n) for n in range(25)]]


@pytest.mark.parametrize("change", ["rows", "columns", "cut file", "no journal", "bad journal"])
def test_it_begins_anew_where_it_can_not_go_on(
    portal: PortalServer, transport: Transport, folder: Path, change: str
) -> None:
    folder.mkdir(parents=True)
    source = SodaSource(transport, ID, page_rows=10)
    portal.faults = ["", "", "error inside 400"]
    with pytest.raises(AcademyError, match="a dict came"):
        pull(source, ["id"], folder)
    columns = ["id"]
    if change == "rows":
        portal.tables[ID].insert(0, {"id": "99"})
    elif change == "columns":
        columns = ["id", "closeddate"]
    elif change == "cut file":
        os.truncate(folder / "rows.csv", 5)
    elif change == "no journal":
        (folder / "journal.json").unlink()
    else:
        (folder / "journal.json").write_text('{"half a jour')
    portal.requests.clear()
    result = pull(source, columns, folder)
    assert portal.requests[0]["$offset"] == "0"
    assert result.rows == len(portal.tables[ID].rows)
    assert len(result.path.read_text().split()) == result.rows + 1


def test_a_row_that_comes_between_two_pages_makes_it_read_again(
    portal: PortalServer, transport: Transport, folder: Path
) -> None:
    folder.mkdir(parents=True)
    table = portal.tables[ID]
    portal.faults = ["", lambda: table.insert(5, {"id": "99"})]
    result = pull(SodaSource(transport, ID, page_rows=10), ["id"], folder)
    numbers = result.path.read_text().split()[1:]
    assert sorted(map(int, numbers)) == [*range(25), 99]


def test_one_in_and_one_out_at_the_same_place_is_seen_by_the_time_of_change(
    portal: PortalServer, transport: Transport, folder: Path
) -> None:
    folder.mkdir(parents=True)
    table = portal.tables[ID]

    def exchange() -> None:
        table.remove(2)
        table.insert(3, {"id": "99"})

    portal.faults = ["", exchange]
    result = pull(SodaSource(transport, ID, page_rows=10), ["id"], folder)
    numbers = sorted(map(int, result.path.read_text().split()[1:]))
    assert numbers == sorted([*range(2), *range(3, 25), 99])


def test_a_portal_that_never_rests_is_given_up(
    portal: PortalServer, transport: Transport, folder: Path
) -> None:
    folder.mkdir(parents=True)
    table = portal.tables[ID]
    portal.faults = [lambda: table.insert(0, {"id": "99"})] * 100
    with pytest.raises(ChangedError, match="rows were added or taken away while it was read"):
        pull(SodaSource(transport, ID, page_rows=10), ["id"], folder)
    assert [query["$offset"] for query in portal.requests].count("0") == 3
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("miscount", "words"),
    [
        (3, r"No rows came after the first 25, and more were expected"),
        (-3, r"counted 22 rows before and 22 after, 25 came, and 25 of them are different"),
    ],
)
def test_a_portal_whose_count_is_wrong(
    portal: PortalServer, transport: Transport, folder: Path, miscount: int, words: str
) -> None:
    folder.mkdir(parents=True)
    portal.miscount = miscount
    with pytest.raises(AcademyError, match=words):
        pull(SodaSource(transport, ID), ["id"], folder)


def test_a_row_that_comes_twice_is_seen(
    portal: PortalServer, transport: Transport, folder: Path
) -> None:
    folder.mkdir(parents=True)
    portal.tables[ID].numbers[7] = portal.tables[ID].numbers[22]
    with pytest.raises(ChangedError, match=r"25 came, and 24 of them are different rows"):
        pull(SodaSource(transport, ID, page_rows=10), ["id"], folder)


def test_a_renamed_column_is_told_with_its_likely_new_name(
    portal: PortalServer, folder: Path
) -> None:
    portal.tables[ID].rename("closeddate", "closed_date")
    with pytest.raises(
        AcademyError, match=r"no column closeddate \(perhaps now 'closed_date'\).*it has: id, clo"
    ):
        take(portal, folder)
    assert portal.requests == [], "no row was asked for"


def test_an_optional_column_need_not_be_there(portal: PortalServer, folder: Path) -> None:
    portal.tables[ID].columns.remove("closeddate")
    with pulled(PORTAL, WANTED, {"closed_at"}, folder, address=portal.url) as result:
        assert result.columns == ["id"]


def test_an_empty_dataset_gives_a_header(portal: PortalServer, folder: Path) -> None:
    portal.tables[ID] = Table(["id", "closeddate"], [])
    result, lines = take(portal, folder)
    assert (result.rows, lines) == (0, [["id", "closeddate"]])


def test_a_second_pull_of_the_same_dataset_is_refused(portal: PortalServer, folder: Path) -> None:
    with pulled(PORTAL, WANTED, (), folder, address=portal.url) as result:
        content = result.path.read_bytes()
        with pytest.raises(AcademyError, match="Another refresh of this dataset is at work"):
            take(portal, folder)
        assert result.path.read_bytes() == content
    take(portal, folder)


def test_work_that_fails_keeps_the_rows_for_the_next_time(
    portal: PortalServer, folder: Path
) -> None:
    with (
        pytest.raises(RuntimeError),
        pulled(PORTAL, WANTED, (), folder, address=portal.url),
    ):
        raise RuntimeError
    portal.requests.clear()
    result, _ = take(portal, folder)
    assert (result.rows, portal.requests) == (25, [])


def test_a_disk_without_room_is_told_and_gets_its_room_back(
    portal: PortalServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AcademyError, match=r"No space left on device.*What had come was removed"):
        take(portal, folder)
    assert list(folder.iterdir()) == []


def test_a_disk_with_too_little_room_is_told_before_it_is_full(
    portal: PortalServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(folder.parent.parent.parent)._replace(free=40)
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage)
    with pytest.raises(AcademyError, match=r"0 MB free.*for 25 rows.*Make room"):
        take(portal, folder)
    assert list(folder.iterdir()) == []


def test_a_dataset_with_lines_comes_as_geojson(portal: PortalServer, folder: Path) -> None:
    line = {"type": "LineString", "coordinates": [[-91.1, 30.4], [-91.2, 30.5]]}
    rows = [{"route_name": f"Route {n}", "the_geom": line} for n in range(3)]
    portal.tables[ID] = Table(["route_name", "the_geom"], rows, {"the_geom": "line"})
    wanted = {"route_name": ("route_name",)}
    with pulled(PORTAL, wanted, (), folder, address=portal.url) as result:
        collection = json.loads(result.path.read_text())
    assert result.path.name == f"{ID}.geojson"
    assert [each["properties"] for each in collection["features"]] == [
        {"route_name": f"Route {n}"} for n in range(3)
    ]
    assert {json.dumps(each["geometry"]) for each in collection["features"]} == {json.dumps(line)}


def test_a_layer_of_a_map_service_comes_as_geojson(portal: PortalServer, folder: Path) -> None:
    beside = Portal(
        domain="gis.example.org",
        title="Flood area",
        service="arcgis",
        layer=portal.url + layer_path("flood"),
    )
    square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]
    rows = [
        {"SOURCE": f"made up {n}", "the_geom": {"type": "Polygon", "coordinates": [square]}}
        for n in range(5)
    ]
    portal.tables["flood"] = Table(["SOURCE", "the_geom"], rows, {"the_geom": "polygon"})
    with pulled(beside, {"source": ("source",)}, (), folder) as result:
        collection = json.loads(result.path.read_text())
    assert result.path.name == "flood-area.geojson"
    assert len(collection["features"]) == 5
    assert collection["features"][4]["properties"] == {"SOURCE": "made up 4"}
    assert collection["features"][4]["geometry"] == rows[4]["the_geom"]


def test_a_dataset_that_names_no_place_to_pull_from(folder: Path) -> None:
    nowhere = Portal(domain="gis.example.org", title="Flood area", service="arcgis")
    with (
        pytest.raises(AcademyError, match=r"no layer of a map service.*--portal"),
        pulled(nowhere, WANTED, (), folder),
    ):
        pass
    unnumbered = Portal(domain="data.example.org", title="Flood area")
    with (
        pytest.raises(AcademyError, match=r"no number on a portal.*--from"),
        pulled(unnumbered, WANTED, (), folder),
    ):
        pass


def test_a_raw_file_served_by_the_portal_comes_back_value_for_value(
    portal: PortalServer, folder: Path
) -> None:
    path = DATA / "7ixm-mnvx_made_up_requests.csv"
    table = portal.tables[ID] = read_table(path)
    wanted = {name: (name,) for name in table.columns}
    with pulled(PORTAL, wanted, (), folder, address=portal.url) as result:
        assert lines_of(result.path)[1:] == lines_of(path)[1:]
