"""The printable page of the resident track: its ten requests stand so in the shelf's table."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from academy.paths import embedded_datasets, shipped_courses
from tests.chromium import find

PAGE = shipped_courses() / "resident" / "paper" / "ten-requests.html"
COLUMNS = {
    "created": "created_at",
    "kind": "request_type",
    "group": "parent_type",
    "block": "block_address",
    "town": "city_name",
    "closed": "closed_at",
}


class _Requests(HTMLParser):
    """Reads the cells of the ten requests, their times, and the list of their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[dict[str, str]] = []
        self.moments: list[dict[str, str]] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self._into: str | None = None
        self._skip = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.addresses += [given[name] for name in ("src", "href") if name in given]
        if tag == "td" and "data-column" in given:
            self._begin_cell(given["data-column"])
        elif tag == "time" and self._into:
            self.moments[-1][self._into] = given["datetime"]
        elif tag == "ol" and given.get("class") == "ids":
            self._into = "ids"
        self._skip = given.get("class") == "label"

    def _begin_cell(self, column: str) -> None:
        if column == "created":
            self.rows.append({})
            self.moments.append({})
        self._into = column
        self.rows[-1][column] = ""

    def handle_endtag(self, tag: str) -> None:
        self._skip = False
        if tag in ("td", "ol"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._skip or self._into is None:
            return
        if self._into == "ids":
            self.ids += data.split()
        else:
            self.rows[-1][self._into] += data


@pytest.fixture(scope="module")
def page() -> _Requests:
    reader = _Requests()
    reader.feed(PAGE.read_text("utf-8"))
    return reader


@pytest.fixture(scope="module")
def shelf() -> dict[str, dict[str, str]]:
    file = embedded_datasets() / "service-requests" / "service-requests.csv"
    with file.open(encoding="utf-8", newline="") as table:
        return {row["request_id"]: row for row in csv.DictReader(table)}


def in_words(moment: str) -> str:
    if not moment:
        return "not closed"
    when = datetime.fromisoformat(moment)
    half = "a.m." if when.hour < 12 else "p.m."
    return f"{when.day} {when:%B %Y}, {when.hour % 12 or 12}:{when:%M} {half}"


def test_there_are_ten_requests_with_their_numbers(page: _Requests) -> None:
    assert len(page.rows) == len(set(page.ids)) == 10


@pytest.mark.parametrize("place", range(10))
def test_each_request_stands_so_in_the_table(
    place: int, page: _Requests, shelf: dict[str, dict[str, str]]
) -> None:
    recorded = shelf[page.ids[place]]
    expected = {shown: recorded[column] for shown, column in COLUMNS.items()}
    moments = {shown: expected[shown] for shown in ("created", "closed") if expected[shown]}
    for shown in ("created", "closed"):
        expected[shown] = in_words(expected[shown])
    assert page.rows[place] == expected
    assert page.moments[place] == moments


def test_requests_are_shown_by_block(page: _Requests) -> None:
    assert all(re.match(r"\d*00 BLK ", row["block"]) for row in page.rows)


def test_the_page_needs_nothing_from_outside(page: _Requests) -> None:
    text = PAGE.read_text("utf-8")
    assert page.addresses == []
    assert not re.search(r"https?:|//|url\(|@import", text.replace("<!DOCTYPE", ""))


def test_the_page_says_when_its_requests_were_taken() -> None:
    assert "taken on 29 August 2026" in PAGE.read_text("utf-8")


@pytest.mark.integration
def test_it_prints_to_two_pages(tmp_path: Path) -> None:
    chromium = find()
    if chromium is None or shutil.which(chromium) is None:
        pytest.skip("no Chromium here")
    printed = tmp_path / "paper.pdf"
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'u'}"]
    command = [chromium, *options, f"--print-to-pdf={printed}", PAGE.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed.read_bytes())) == 2
