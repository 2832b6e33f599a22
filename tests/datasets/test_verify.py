"""Verification: every fault of a table, with its rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from academy import paths
from academy.datasets.compiler import Compiled
from academy.datasets.verify import table_findings, verify_folder


@pytest.fixture
def text(compiled: Compiled) -> str:
    return compiled.files["service-requests.csv"].decode()


def line(text: str, number: int, change: Callable[[list[str]], list[str]]) -> str:
    """Change one row of data, counted from 1."""
    lines = text.splitlines()
    lines[number] = ",".join(change(lines[number].split(",")))
    return "\n".join(lines) + "\n"


def put(place: int, value: str) -> Callable[[list[str]], list[str]]:
    return lambda values: [*values[:place], value, *values[place + 1 :]]


def found(text: str, compiled: Compiled) -> list[str]:
    return [str(finding) for finding in table_findings(text.encode(), compiled.descriptor)]


def test_the_embedded_tables_are_as_described() -> None:
    folders = [path.parent for path in paths.embedded_datasets().glob("*/datapackage.json")]
    assert folders
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
    assert len(findings) == 1
    assert words in findings[0]


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
    descriptor = compiled.descriptor.model_copy(update={"resources": [changed]})
    (finding,) = table_findings(text.encode(), descriptor)
    assert "The key (status, city_name) repeats an earlier row's" in str(finding)
    assert "rows 2, 3, " in str(finding)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: data.replace(b"request_id", b"id", 1), "The header should be request_id, "),
        (lambda data: b"\xef\xbb\xbf" + data, "byte-order mark"),
        (lambda data: data.replace(b",", b";"), "The header should be"),
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
