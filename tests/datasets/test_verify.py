"""Verification: every fault of a table, with its rows."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from academy import paths
from academy.datasets import blocks
from academy.datasets.compiler import Compiled
from academy.datasets.template import template_names
from academy.datasets.verify import table_findings, verify_folder


@pytest.fixture
def text(compiled: Compiled) -> str:
    content = compiled.files["service-requests.csv"]
    assert isinstance(content, bytes)
    return content.decode()


def line(text: str, number: int, change: Callable[[list[str]], list[str]]) -> str:
    """Change one row of data, counted from 1."""
    lines = text.splitlines()
    lines[number] = ",".join(change(lines[number].split(",")))
    return "\n".join(lines) + "\n"


def put(place: int, value: str) -> Callable[[list[str]], list[str]]:
    return lambda values: [*values[:place], value, *values[place + 1 :]]


def found(text: str, compiled: Compiled) -> list[str]:
    return [str(finding) for finding in table_findings(text.encode(), compiled.descriptor.resource)]


def test_the_embedded_tables_are_as_described() -> None:
    folders = [path.parent for path in paths.embedded_datasets().glob("*/datapackage.json")]
    assert len(folders) == len(template_names())
    for folder in folders:
        assert verify_folder(folder) == []


def test_a_sound_folder_has_no_finding(folder: Path) -> None:
    assert verify_folder(folder) == []


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (0, "abc", "row 3: request_id is not a whole number (found 'abc')."),
        (0, "0", "row 3: request_id is less than 1 (found '0')."),
        (0, "", "row 3: request_id is blank, and must not be."),
        (0, "101", "row 3: request_id repeats a value of an earlier row, and must not"),
        (1, "CLOSD", "row 3: status is none of its 3 categories (found 'CLOSD')."),
        (2, "2014-06-01 10:00", "row 3: created_at is not a time with its offset"),
        (3, "yesterday", "row 3: closed_at is not a time with its offset"),
        (6, "9012 MADE UP AVE", "row 3: block_address does not match its pattern"),
        (11, "fifty", "row 3: division_code is not a whole number"),
    ],
)
def test_a_bad_value_is_told_with_its_row(
    text: str, compiled: Compiled, place: int, value: str, words: str
) -> None:
    findings = found(line(text, 3, put(place, value)), compiled)
    assert words in findings[0]
    assert all("row 3" in finding for finding in findings)


def test_many_bad_rows_are_one_finding(text: str, compiled: Compiled) -> None:
    for number in range(1, 9):
        text = line(text, number, put(1, "CLOSD"))
    (finding,) = found(text, compiled)
    assert "rows 1, 2, 3, 4, 5 and 3 more" in finding


def test_different_faults_are_all_told(text: str, compiled: Compiled) -> None:
    spoilt = line(line(text, 2, put(1, "CLOSD")), 5, lambda values: values[:-1])
    spoilt = spoilt + spoilt.splitlines()[1] + "\n"
    findings = " / ".join(found(spoilt, compiled))
    assert "There should be 36 rows, and there are 37." in findings
    assert "row 5: A row should have 12 values, and has 1" in findings
    assert "row 2: status" in findings
    assert "row 37: request_id repeats" in findings


def test_the_key_is_checked_where_no_field_is_unique(compiled: Compiled, text: str) -> None:
    resource = compiled.descriptor.resource
    schema = resource.table_schema.model_copy(update={"primary_key": ["status", "city_name"]})
    changed = resource.model_copy(update={"table_schema": schema})
    (finding,) = table_findings(text.encode(), changed)
    assert "The key (status, city_name) repeats an earlier row's" in str(finding)
    assert "rows 2, 3, " in str(finding)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.replace(b"request_id", b"id", 1), "The header should be request_id, "),
        (lambda data: b"\xef\xbb\xbf" + data, "byte-order mark"),
        (lambda data: data.replace(b",", b";"), "and here semicolons do"),
        (lambda data: b"", "The header should be"),
        (lambda data: data.replace(b"MADE UP", b"MAD\xc9 UP"), "line 4: The file is not UTF-8"),
        (lambda data: data + b'"101"x,CLOSED\n', "can't be read as CSV"),
    ],
)
def test_a_file_that_is_not_our_csv(
    folder: Path, change: Callable[[bytes], bytes], words: str
) -> None:
    path = folder / "service-requests.csv"
    path.write_bytes(change(path.read_bytes()))
    findings = verify_folder(folder)
    assert "not the one that its descriptor describes" in findings[0].problem
    assert words in str(findings[1])


def test_a_changed_value_is_told_even_where_it_is_allowed(folder: Path) -> None:
    path = folder / "service-requests.csv"
    path.write_text(path.read_text().replace("OPEN", "CLOSED", 1))
    (finding,) = verify_folder(folder)
    assert finding.problem.count("sha256:") == 2


def test_missing_files_are_findings(folder: Path) -> None:
    (folder / "service-requests.csv").unlink()
    assert "not there" in verify_folder(folder)[0].problem
    (folder / "datapackage.json").unlink()
    assert "must hold a datapackage.json" in verify_folder(folder)[0].problem


def test_a_giant_cell_is_a_finding_and_is_not_printed(folder: Path) -> None:
    path = folder / "service-requests.csv"
    path.write_bytes(path.read_bytes() + b"x" * 10_000_000 + b"\n")
    findings = verify_folder(folder)
    assert len(findings) >= 2
    assert len(str(findings)) < 2000


def test_mixed_line_ends_are_told_with_their_lines(text: str, compiled: Compiled) -> None:
    lines = text.splitlines()
    spoilt = "\n".join([*lines[:3], lines[3] + "\r", *lines[4:]]) + "\n"
    (finding,) = found(spoilt, compiled)
    assert "a carriage return" in finding
    assert "line 4" in finding


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        (5, "=cmd|' /C calc'!A0", "begins like a formula"),
        (9, "call 225-555-0142", "telephone number"),
        (7, "someone@example.org", "e-mail address"),
        (7, "x" * 10_001, "street_name has more than 10,000 characters"),
    ],
)
def test_what_must_not_be_published_is_told_with_its_row(
    text: str, compiled: Compiled, place: int, value: str, words: str
) -> None:
    findings = " / ".join(found(line(text, 3, put(place, value)), compiled))
    assert words in findings
    assert "row 3" in findings
    assert len(findings) < 1000


def test_a_quoted_line_break_does_not_shift_the_row_numbers(text: str, compiled: Compiled) -> None:
    spoilt = line(line(text, 2, put(7, '"MADE\nUP"')), 9, put(1, "CLOSD"))
    (finding,) = [each for each in found(spoilt, compiled) if "status" in each]
    assert "row 8" in finding or "row 9" in finding


def copied(name: str, folder: Path) -> Path:
    shutil.copytree(paths.embedded_datasets() / name, folder / name)
    return folder / name


def test_points_outside_the_parish_are_told(tmp_path: Path) -> None:
    folder = copied("traffic-signals", tmp_path)
    path = folder / "traffic-signals.csv"
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    north, east = rows[0].index("latitude"), rows[0].index("longitude")
    rows[3][north], rows[3][east] = rows[3][east], rows[3][north]
    rows[5][east] = ""
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    findings = " / ".join(map(str, verify_folder(folder)))
    assert "latitude is less than" in findings
    assert "The point lies outside the parish" in findings
    assert "row 3" in findings
    assert "A point has one coordinate only" in findings
    assert "row 5" in findings


Spoil = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda one: one.update(geometry=None), "row 2: The feature has no shape"),
        (
            lambda one: one.update(geometry={"type": "Point", "coordinates": [-91.1, 30.4]}),
            "row 2: The shape is none of MultiPolygon, Polygon (found 'Point')",
        ),
        (
            lambda one: one.update(
                geometry={
                    "type": "Polygon",
                    "coordinates": [
                        [[-91.1, 30.4], [-91.0, 30.5], [-91.0, 30.4], [-91.1, 30.5], [-91.1, 30.4]]
                    ],
                }
            ),
            "row 2: The shape is not valid",
        ),
        (
            lambda one: one.update(
                geometry={
                    "type": "Polygon",
                    "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]],
                }
            ),
            "row 2: The shape reaches outside the parish",
        ),
        (lambda one: one["properties"].update(population="many"), "has another type in JSON"),
        (lambda one: one["properties"].pop("tract_id"), "The properties are not those"),
        (lambda one: one["properties"].update(tract_id="22033000100"), "repeats"),
    ],
)
def test_spoilt_shapes_are_told_with_their_row(tmp_path: Path, spoil: Spoil, words: str) -> None:
    folder = copied("census-tracts", tmp_path)
    path = folder / "census-tracts.geojson"
    data = json.loads(path.read_text())
    spoil(data["features"][1])
    path.write_text(json.dumps(data))
    findings = " / ".join(map(str, verify_folder(folder)))
    assert words in findings
    assert "row 2" in findings


@pytest.mark.parametrize("content", [b"", b"[]", b'{"type": "FeatureCollection"}', b"\xff\xfe"])
def test_a_file_that_is_no_geojson(tmp_path: Path, content: bytes) -> None:
    folder = copied("parish-boundary", tmp_path)
    (folder / "parish-boundary.geojson").write_bytes(content)
    assert "can't be read as GeoJSON" in str(verify_folder(folder)[-1])


@pytest.mark.parametrize("block_rows", [1, 7, 20_000])
def test_the_same_is_found_in_blocks_of_any_size(
    text: str, compiled: Compiled, block_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that was good, or a row that was whole, in one block says nothing of the next."""
    whole = found(text, compiled)
    bad = line(text, 3, put(1, "CLOSD"))
    bad = line(bad, 30, put(1, "CLOSD"))
    bad = line(bad, 31, put(0, "x"))
    bad = line(bad, 20, put(6, "12 PRETEND ST"))
    bad = line(bad, 25, lambda values: values[:-1])
    at_once = found(bad, compiled)
    monkeypatch.setattr(blocks, "_BLOCK_ROWS", block_rows)
    assert whole == found(text, compiled) == []
    assert sorted(found(bad, compiled)) == sorted(at_once)
    assert len(at_once) >= 4


def test_foreign_bytes_are_told_wherever_they_stand(
    text: str, compiled: Compiled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "_AT_ONCE", 10)
    (stranger,) = found(text.replace("BATON ROUGE", "BATÓN ROUGE", 1), compiled)
    assert "city_name is none of its 9 categories (found 'BATÓN ROUGE')" in stranger
    content = text.encode().replace(b"BATON", b"BAT\xd3N", 1)
    (finding,) = table_findings(content, compiled.descriptor.resource)
    assert finding.problem == "The file is not UTF-8 text."
    windows = text.replace("\n", "\r\n").encode()
    (ends,) = table_findings(windows, compiled.descriptor.resource)
    assert "hold a carriage return" in ends.problem
