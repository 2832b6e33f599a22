"""What a refresh says, and when it stops, where a new table differs from the one that is there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from academy import paths
from academy.datasets.compiler import Compiled
from academy.datasets.descriptor import Descriptor
from academy.datasets.drift import Drift, compare, refuse_drift
from academy.datasets.summary import summarise
from academy.datasets.usage import notebooks_that_name
from academy.errors import FindingsError

Change = Callable[[dict[str, Any]], None]

ROWS = [
    ("1", "open", "2024-01-01T08:00:00-06:00", "5"),
    ("2", "open", "2024-02-01T08:00:00-06:00", "7.5"),
    ("3", "closed", "2024-03-01T08:00:00-06:00", ""),
    ("4", "closed", "2024-04-01T08:00:00-05:00", "9"),
]


def described(rows: list[tuple[str, ...]], **changes: Any) -> dict[str, Any]:
    fields = [
        {"name": "request_id", "type": "integer"},
        {"name": "status", "type": "string", "categories": sorted({row[1] for row in rows})},
        {"name": "opened_at", "type": "datetime", "timezone": "America/Chicago"},
        {"name": "wait_days", "type": "number", "unit": "day"},
    ]
    for each in fields:
        each |= {"title": each["name"], "description": "Made up."}
    return {
        "name": "requests",
        "path": "requests.csv",
        "bytes": 1,
        "hash": "sha256:" + "0" * 64,
        "rows": len(rows),
        "schema": {"fields": fields, "primaryKey": ["request_id"]},
    } | changes


def package(*resources: dict[str, Any]) -> Descriptor:
    return Descriptor.model_validate(
        {
            "name": "requests",
            "title": "Made up",
            "description": "Made up.",
            "homepage": "https://example.org",
            "sources": [{"title": "Nobody"}],
            "licenses": [{"name": "other-pd", "title": "Public Domain"}],
            "oneRow": "one request",
            "taken": "2026-08-29",
            "sourceRows": 10,
            "howItWasCut": "Made up.",
            "madeFrom": [{"title": "made up", "hash": "sha256:" + "0" * 64}],
            "notIncluded": ["Everything."],
            "knownFaults": [],
            "droppedRows": [],
            "resources": list(resources),
        }
    )


def table(
    rows: list[tuple[str, ...]], header: str = "request_id,status,opened_at,wait_days"
) -> bytes:
    return ("\n".join([header, *[",".join(row) for row in rows]]) + "\n").encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The dataset that is there."""
    folder = tmp_path / "requests"
    folder.mkdir()
    (folder / "requests.csv").write_bytes(table(ROWS))
    (folder / "datapackage.json").write_text(package(described(ROWS)).to_json())
    return folder


def compared(folder: Path, rows: list[tuple[str, ...]], change: Change | None = None) -> Drift:
    resource = described(rows)
    header = "request_id,status,opened_at,wait_days"
    if change:
        change(resource)
        header = ",".join(each["name"] for each in resource["schema"]["fields"])
    return compare(folder, package(resource), {"requests.csv": table(rows, header)})


def lines(drift: Drift) -> list[str]:
    return [line.strip() for line in drift.report().splitlines()]


def test_the_same_table_is_no_drift(folder: Path) -> None:
    drift = compared(folder, ROWS)
    assert (drift.changes, drift.report()) == ([], "")


def test_a_first_table_is_no_drift(tmp_path: Path) -> None:
    assert compared(tmp_path / "nothing", ROWS).changes == []


def test_growth_is_news_with_its_ranges_and_categories(folder: Path) -> None:
    more = [*ROWS, ("1500000", "lost", "2024-05-02T23:00:00-05:00", "12")]
    drift = compared(folder, more)
    assert drift.stops == []
    assert lines(drift) == [
        "news   requests: It had 4 rows, and has 5 (+25.0%).",
        "news   requests, column request_id: The values went from 1 to 4, "
        "and go from 1 to 1,500,000.",
        "news   requests, column status: New categories: lost (1 row).",
        "news   requests, column opened_at: The values went from 2024-01-01 to 2024-04-01, "
        "and go from 2024-01-01 to 2024-05-02.",
        "news   requests, column wait_days: The values went from 5 to 9, and go from 5 to 12.",
    ]


def test_categories_that_are_gone_are_told_with_their_rows(folder: Path) -> None:
    drift = compared(folder, [(n, "closed", day, days) for n, _, day, days in ROWS])
    assert lines(drift) == [
        "news   requests, column status: Categories that are gone: open (2 rows)."
    ]


def test_a_column_that_becomes_blank_is_told(folder: Path) -> None:
    drift = compared(folder, [(*row[:3], "") for row in ROWS])
    assert lines(drift) == [
        "news   requests, column wait_days: The values went from 5 to 9, "
        "and go nowhere (all blank).",
        "news   requests, column wait_days: 25.0% of the rows were blank, and 100.0% are.",
    ]


def _lose(resource: dict[str, Any]) -> None:
    del resource["schema"]["fields"][3]


def _rename(resource: dict[str, Any]) -> None:
    resource["schema"]["fields"][2]["name"] = "opened_on"


def _retype(resource: dict[str, Any]) -> None:
    resource["schema"]["fields"][3]["type"] = "string"


def _another_unit(resource: dict[str, Any]) -> None:
    resource["schema"]["fields"][3]["unit"] = "hour"


def _no_list(resource: dict[str, Any]) -> None:
    del resource["schema"]["fields"][1]["categories"]


def _another_key(resource: dict[str, Any]) -> None:
    resource["schema"]["primaryKey"] = ["request_id", "status"]


def _another_table(resource: dict[str, Any]) -> None:
    resource["name"] = "requests-by-day"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_lose, "requests, column wait_days: The column is gone."),
        (_rename, "opened_at: The column is gone. Perhaps it is now opened_on, which is new."),
        (_retype, "wait_days: It was number in day, and is string in day."),
        (_another_unit, "wait_days: It was number in day, and is number in hour."),
        (_no_list, "status: It was categories, and is string."),
        (_another_key, "requests: The key was request_id, and is request_id, status."),
        (_another_table, "requests: The table is gone."),
    ],
)
def test_what_breaks_lessons_stops(folder: Path, change: Change, words: str) -> None:
    drift = compared(folder, [row[:3] for row in ROWS] if change is _lose else ROWS, change)
    assert len(drift.stops) == 1
    assert lines(drift)[0].startswith("STOPS")
    assert words in lines(drift)[0]


@pytest.mark.parametrize(("rows", "stops"), [(17, True), (18, False)])
def test_fewer_than_nine_in_ten_rows_stop(tmp_path: Path, rows: int, stops: bool) -> None:
    twenty = [(str(n), *ROWS[0][1:]) for n in range(20)]
    (tmp_path / "requests.csv").write_bytes(table(twenty))
    (tmp_path / "datapackage.json").write_text(package(described(twenty)).to_json())
    drift = compared(tmp_path, twenty[:rows])
    assert bool(drift.stops) == stops
    assert f"It had 20 rows, and has {rows}" in drift.report()


def test_a_sample_is_compared_by_the_rows_that_it_stands_for(folder: Path) -> None:
    sampling = {"everyNth": 2, "rowsBefore": 4}
    drift = compared(folder, ROWS[::2], lambda resource: resource.update(sampling=sampling))
    assert drift.stops == []
    assert "rows" not in {change.what for change in drift.changes}


def test_a_stop_is_raised_with_the_whole_report_unless_it_is_allowed(folder: Path) -> None:
    new = Compiled(package(described(ROWS[:1])), {"requests.csv": table(ROWS[:1])}, {}, None)  # type: ignore[arg-type]
    with pytest.raises(FindingsError) as caught:
        refuse_drift(folder, new, allow=False)
    text = str(caught.value)
    assert "It had 4 rows, and has 1 (-75.0%)" in text
    assert "Categories that are gone: closed (2 rows)" in text
    assert "stay as they are" in text
    assert "--allow-shrink" in text
    assert refuse_drift(folder, new, allow=True).stops


def test_an_old_table_that_can_not_be_read_is_told_and_not_in_the_way(folder: Path) -> None:
    (folder / "requests.csv").unlink()
    assert "could not be compared" in compared(folder, ROWS).report()
    (folder / "datapackage.json").write_text("{")
    drift = compared(folder, ROWS)
    assert drift.stops == []
    assert "nothing could be compared" in drift.report()


def test_the_report_as_json(folder: Path) -> None:
    data = json.loads(json.dumps(compared(folder, ROWS[:2]).as_dict()))
    assert data["name"] == "requests"
    assert {change["what"] for change in data["changes"]} >= {"rows", "categories", "range"}
    assert [change["stops"] for change in data["changes"] if change["what"] == "rows"] == [True]


def test_shapes_are_summed_up_by_their_properties() -> None:
    resource = described(ROWS, path="requests.geojson", format="geojson", geometry="polygon")
    resource |= {"mediatype": "application/geo+json"}
    names = [each["name"] for each in resource["schema"]["fields"]]
    features = [
        {"type": "Feature", "geometry": None, "properties": dict(zip(names, row, strict=True))}
        for row in ROWS
    ]
    features[0]["properties"]["wait_days"] = None
    content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    summary = summarise(content, package(resource).resources[0])
    assert summary.rows == 4
    assert summary.columns["status"].categories == {"open": 2, "closed": 2}
    assert (summary.columns["wait_days"].low, summary.columns["wait_days"].blanks) == (7.5, 2)


def test_the_notebooks_that_a_change_breaks_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    lessons = tmp_path / "courses" / "citizen" / "lessons"
    lessons.mkdir(parents=True)
    code = 'table = load_dataset("requests")\ntable["status"].value_counts()'
    for name, cell in (("01-a", code), ("02-b", code.replace("status", "statuses"))):
        cells = [
            {"cell_type": "code", "source": [cell]},
            {"cell_type": "markdown", "source": "status"},
        ]
        (lessons / f"{name}.ipynb").write_text(json.dumps({"cells": cells}))
    (lessons / "03-broken.ipynb").write_text("{")
    assert notebooks_that_name("requests", "status") == ["citizen/lessons/01-a.ipynb"]
    assert notebooks_that_name("another", "status") == []
