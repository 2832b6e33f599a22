"""Datasets of several tables, with shapes, long, or derived: from made-up words and programs."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas
import pandas as pd
import pytest
import yaml
from frictionless import validate

from academy import paths
from academy.datasets import load_dataset, spool
from academy.datasets.descriptor import load_descriptor
from academy.datasets.inputs import ExportFolder
from academy.datasets.load import load_folder
from academy.datasets.refresh import Outcome, from_folder, install, refresh, workshop
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.verify import verify_folder

DAY = datetime.date(2026, 8, 29)


def field(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
    return {"name": name, "title": name, "type": kind, "description": f"Made up: {name}.", **more}


def words(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": "Made up",
        "description": "Made up for a test.",
        "homepage": "https://example.org",
        "oneRow": "one made-up thing",
        "sources": [{"title": "Nobody"}],
        "licenses": [{"name": "other-pd", "title": "Public Domain"}],
        "notIncluded": [],
        "knownFaults": [],
    } | more


POLES = words(
    "made-up-poles",
    inputs=[{"name": "raw", "export": "poles*"}],
    table={
        "file": "poles.csv",
        "primaryKey": ["pole_id"],
        "geometry": "point",
        "fields": [
            field("pole_id", "integer", constraints={"required": True, "unique": True}),
            field("kind", categories=[]),
            field("seen_on", "date", constraints={"minimum": datetime.date(2010, 1, 1)}),
            field("latitude", "number"),
            field("longitude", "number"),
            field("area_id", references="made-up-areas.area_id"),
        ],
    },
)
AREAS = words(
    "made-up-areas",
    inputs=[{"name": "raw", "export": "areas.geojson"}],
    period={"start": "2016-01-01", "end": "2016-12-31"},
    table={
        "file": "areas.geojson",
        "primaryKey": ["area_id"],
        "geometry": "polygon",
        "fields": [
            field("area_id", constraints={"required": True}),
            field("people", "integer"),
            field("is_wet", "boolean"),
            field("drawn_on", "date"),
        ],
    },
)
COUNTS = words(
    "made-up-counts",
    inputs=[
        {"name": "poles", "dataset": "made-up-poles", "columns": ["kind", "area_id"]},
        {"name": "areas", "dataset": "made-up-areas"},
    ],
    tables=[
        {
            "name": "by-kind",
            "file": "by-kind.csv",
            "primaryKey": ["kind"],
            "fields": [field("kind"), field("pole_count", "integer")],
        },
        {
            "name": "by-area",
            "file": "by-area.csv",
            "primaryKey": ["area_id"],
            "fields": [field("area_id"), field("pole_count", "integer")],
        },
    ],
)


def tidy_poles(raw: pd.DataFrame) -> Tidied:
    names = {name: (name,) for name in ("pole_id", "kind", "seen_on", "latitude", "longitude")}
    frame = choose_columns(raw, names | {"area_id": ("area_id",)})
    for name in ("pole_id", "latitude", "longitude"):
        frame[name] = pd.to_numeric(frame[name])
    frame["seen_on"] = pd.to_datetime(frame["seen_on"])
    return Tidied(frame.replace("", None), Ledger())


def tidy_areas(raw: Any) -> Tidied:
    wet = raw["wet"].astype("boolean")
    drawn = pd.to_datetime(raw["drawn"])
    people = raw["people"].astype("Int64")
    frame = raw.rename(columns={"id": "area_id"}).assign(people=people, is_wet=wet, drawn_on=drawn)
    return Tidied(frame, Ledger())


def tidy_counts(poles: pd.DataFrame, areas: Any) -> Tidied:
    assert list(poles.columns) == ["kind", "area_id"]
    assert isinstance(poles["kind"].dtype, pd.CategoricalDtype)
    assert isinstance(areas, geopandas.GeoDataFrame)
    by_kind = poles.groupby("kind", observed=True).size().rename("pole_count").reset_index()
    by_area = poles.groupby("area_id").size().reindex(areas["area_id"], fill_value=0)
    others = {"by-area": by_area.rename("pole_count").reset_index()}
    return Tidied(by_kind, Ledger(), others)


def program(tidy: Callable[..., Tidied], **more: Any) -> ModuleType:
    module = ModuleType("made up")

    def faults(_frame: pd.DataFrame, **_others: pd.DataFrame) -> dict[str, int]:
        return {}

    module.__dict__.update(
        tidy=tidy,
        measure_shown_faults=faults,
        PORTAL_COLUMNS={"pole_id": ("pole_id",)},
        OPTIONAL_COLUMNS=frozenset(),
        PERIOD_COLUMN=None,
        **more,
    )
    return module


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with three made-up datasets and a folder of their exports, which it returns."""
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path / "checkout")
    programs = {
        "made_up_poles": program(tidy_poles, PIECE_ROWS=40, PIECE_KEY=("pole_id",)),
        "made_up_areas": program(tidy_areas),
        "made_up_counts": program(tidy_counts),
    }
    programs["made_up_poles"].PERIOD_COLUMN = "seen_on"  # type: ignore[attr-defined]
    for name, module in programs.items():
        monkeypatch.setitem(sys.modules, f"academy.datasets.tidy.{name}", module)
    for template in (POLES, AREAS, COUNTS):
        write_words(template)
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "areas.geojson").write_text(
        '{"type": "FeatureCollection", "features": ['
        + ", ".join(
            f'{{"type": "Feature", "properties": {{"id": "{name}", "people": {people}, "wet": '
            f'{wet}, "drawn": "2016-08-12"}}, "geometry": {{"type": "Polygon", "coordinates": '
            f"[[[{west}, 30.4], [{west}, 30.5], [{west + 0.1}, 30.5], [{west + 0.1}, 30.4], "
            f"[{west}, 30.4]]]}}}}"
            for name, people, wet, west in (("N", 7, "true", -91.2), ("S", "null", "null", -91.1))
        )
        + "]}"
    )
    write_poles(exports, 100)
    return exports


def write_words(template: dict[str, Any]) -> None:
    path = paths.embedded_datasets() / template["name"] / "package.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(template, sort_keys=False))


def write_poles(exports: Path, rows: int, **more: str) -> None:
    """Number backwards, so that a table that was not sorted shows it."""
    lines = ["pole_id,kind,seen_on,latitude,longitude,area_id"]
    for number in range(rows, 0, -1):
        place = "," if number % 10 == 0 else f"30.{400 + number % 90},-91.15"
        lines.append(f"{number},0{number % 3},2016-01-{1 + number % 28:02},{place},N")
    (exports / "poles.csv").write_text("\n".join(lines) + "\n")


def run(exports: Path, *names: str, embed: bool = False) -> Outcome:
    return refresh(list(names), from_folder(ExportFolder(exports, DAY)), embed=embed)


def test_everything_is_made_in_the_order_of_its_inputs(shelf: Path) -> None:
    outcome = run(shelf)
    assert outcome.failed == {}
    names = [renewed.compiled.descriptor.name for renewed in outcome.renewed]
    assert names == ["made-up-areas", "made-up-poles", "made-up-counts"]
    for renewed in outcome.renewed:
        assert verify_folder(renewed.folder) == []
    left = [path.name for path in paths.refreshed_datasets().glob(".*") if path.is_dir()]
    assert left == []


def test_a_long_table_is_made_in_pieces_and_is_sorted(shelf: Path) -> None:
    with workshop(from_folder(ExportFolder(shelf, DAY))) as shop:
        compiled = shop.compile("made-up-poles")
        assert compiled.tables["made-up-poles"].is_long
        assert isinstance(compiled.files["poles.csv"], Path)
        install(compiled)
    table = load_dataset("made-up-poles")
    assert table["pole_id"].tolist() == list(range(1, 101))
    assert table["kind"].cat.categories.tolist() == ["00", "01", "02"]
    period = compiled.descriptor.period
    assert period is not None
    assert (str(period.start), str(period.end)) == ("2016-01-01", "2016-01-28")


def test_points_and_shapes_come_as_geodataframes_with_their_types(shelf: Path) -> None:
    run(shelf)
    poles, areas = load_dataset("made-up-poles"), load_dataset("made-up-areas")
    assert isinstance(poles, geopandas.GeoDataFrame)
    assert isinstance(areas, geopandas.GeoDataFrame)
    assert str(poles.crs) == str(areas.crs) == "EPSG:4326"
    assert poles.geometry.isna().sum() == 10
    assert poles.geometry.iloc[0].x == -91.15
    assert areas.dtypes.astype(str).to_dict() == {
        "area_id": "str",
        "people": "Int64",
        "is_wet": "boolean",
        "drawn_on": "datetime64[us]",
        "geometry": "geometry",
    }
    assert areas["people"].isna().tolist() == [False, True]
    assert areas.bounds.round(1).iloc[0].tolist() == [-91.2, 30.4, -91.1, 30.5]


def test_several_tables_load_by_name_and_count_every_row(shelf: Path) -> None:
    run(shelf)
    assert load_dataset("made-up-counts")["pole_count"].tolist() == [33, 34, 33]
    by_area = load_dataset("made-up-counts", resource="by-area")
    assert dict(zip(by_area["area_id"], by_area["pole_count"], strict=True)) == {"N": 100, "S": 0}
    descriptor = load_descriptor(paths.refreshed_datasets() / "made-up-counts")
    assert descriptor.taken == "2026-08-29"
    assert descriptor.how_it_was_cut.startswith("Made from every row of made-up-poles")
    assert [(each.title, each.dataset) for each in descriptor.made_from] == [
        ("poles.csv", "made-up-poles"),
        ("areas.geojson", "made-up-areas"),
    ]


def test_an_embedded_table_is_a_stated_sample_and_counts_are_not(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MOST_EMBEDDED_ROWS", 30)
    outcome = run(shelf, embed=True)
    assert outcome.failed == {}
    folder = paths.embedded_datasets() / "made-up-poles"
    resource = load_descriptor(folder).resource
    assert resource.sampling is not None
    assert (resource.rows, resource.sampling.every_nth, resource.sampling.rows_before) == (
        25,
        4,
        100,
    )
    assert load_folder(folder)["pole_id"].tolist() == list(range(1, 101, 4))
    assert "every 4th row, 25 of 100 rows" in load_descriptor(folder).how_it_was_cut
    counts = load_folder(paths.embedded_datasets() / "made-up-counts")
    assert counts["pole_count"].sum() == 100
    assert verify_folder(folder) == []


def test_a_sample_keeps_the_rows_of_a_unit_together(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MOST_EMBEDDED_ROWS", 40)
    write_words(POLES | {"table": POLES["table"] | {"sampleUnit": "seen_on"}})
    assert run(shelf, "made-up-poles", embed=True).failed == {}
    table = load_folder(paths.embedded_datasets() / "made-up-poles")
    days = pd.Series(range(1, 101)).mod(28)
    assert len(table) <= 40
    for day in table["seen_on"].dt.day.unique():
        assert (table["seen_on"].dt.day == day).sum() == (days == day - 1).sum()


def test_a_derived_dataset_is_never_made_from_a_sample(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "MOST_EMBEDDED_ROWS", 30)
    run(shelf, embed=True)
    (counts,) = run(shelf, "made-up-counts", embed=True).renewed
    assert load_folder(counts.folder)["pole_count"].sum() == 100


def test_naming_a_source_renews_what_is_made_from_it(shelf: Path) -> None:
    run(shelf)
    write_poles(shelf, 95)
    names = [each.compiled.descriptor.name for each in run(shelf, "made-up-poles").renewed]
    assert names == ["made-up-poles", "made-up-counts"]
    assert load_dataset("made-up-counts")["pole_count"].sum() == 95


def test_a_derived_table_beside_another_source_is_found(shelf: Path) -> None:
    run(shelf)
    before = {
        path.name: path.read_bytes()
        for path in (paths.refreshed_datasets() / "made-up-counts").iterdir()
    }
    write_poles(shelf, 95)
    run(shelf, "made-up-poles")
    folder = paths.refreshed_datasets() / "made-up-counts"
    for name, content in before.items():
        (folder / name).write_bytes(content)
    (finding,) = verify_folder(folder)
    assert "other rows than the made-up-poles beside it" in finding.problem


def test_a_failure_stops_only_what_is_made_from_it(shelf: Path) -> None:
    (shelf / "poles.csv").write_text("pole_id,kind\n1,00\n")
    outcome = run(shelf)
    assert [each.compiled.descriptor.name for each in outcome.renewed] == ["made-up-areas"]
    assert set(outcome.failed) == {"made-up-poles", "made-up-counts"}
    assert "which could not be made" in str(outcome.failed["made-up-counts"])


def test_a_value_that_refers_to_nothing_is_told(shelf: Path) -> None:
    path = shelf / "poles.csv"
    path.write_text(path.read_text().replace(",N\n", ",X\n", 2))
    error = str(run(shelf, "made-up-poles").failed["made-up-poles"])
    assert "area_id is not in made-up-areas.area_id (found 'X')" in error


def test_a_repeated_key_in_two_pieces_is_told(shelf: Path) -> None:
    path = shelf / "poles.csv"
    path.write_text(path.read_text() + "100,00,2016-01-01,30.41,-91.15,N\n")
    error = str(run(shelf, "made-up-poles").failed["made-up-poles"])
    assert "pole_id repeats a value of an earlier row" in error
    assert "row 101" in error


def test_a_packed_export_gives_the_same_table(shelf: Path) -> None:
    import gzip

    run(shelf, "made-up-poles")
    before = (paths.refreshed_datasets() / "made-up-poles" / "poles.csv").read_bytes()
    path = shelf / "poles.csv"
    (shelf / "poles.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    assert run(shelf, "made-up-poles").failed == {}
    assert (paths.refreshed_datasets() / "made-up-poles" / "poles.csv").read_bytes() == before


def test_a_large_table_has_a_parquet_copy_with_the_same_values(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from academy.datasets import writing

    run(shelf)
    from_csv = load_dataset("made-up-poles")
    monkeypatch.setattr(writing, "COPY_FROM_BYTES", 1000)
    (poles, _) = run(shelf, "made-up-poles").renewed
    assert {path.name for path in poles.folder.iterdir()} >= {"poles.csv", "poles.parquet"}
    from_parquet = load_dataset("made-up-poles")
    pd.testing.assert_frame_equal(pd.DataFrame(from_parquet), pd.DataFrame(from_csv))
    (poles.folder / "poles.parquet").write_bytes(b"PAR1")
    (finding,) = verify_folder(poles.folder)
    assert "poles.parquet" in str(finding)


@pytest.mark.parametrize("name", ["made-up-areas", "made-up-poles", "made-up-counts"])
def test_frictionless_finds_the_packages_valid(shelf: Path, name: str) -> None:
    run(shelf)
    report = validate(str(paths.refreshed_datasets() / name / "datapackage.json"))
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"inputs": []}, "`inputs` must say what the dataset is made from"),
        ({"inputs": [{"name": "raw"}]}, "needs an export or a dataset, one of the two"),
        ({"table": None}, "either `table` or `tables` must be given"),
        ({"tables": [POLES["table"]]}, "either `table` or `tables` must be given"),
        ({"table": POLES["table"] | {"geometry": "polygon"}}, "stand in a .geojson file"),
        ({"table": POLES["table"] | {"file": "poles.xlsx"}}, "is a .csv or a .geojson"),
        ({"table": POLES["table"] | {"sampleUnit": "nothing"}}, "sampleUnit names no field"),
        ({"table": POLES["table"] | {"file": "../poles.csv"}}, "must lie inside"),
    ],
)
def test_contradictions_in_the_words_are_told(
    shelf: Path, change: dict[str, Any], problem: str
) -> None:
    write_words(POLES | change)
    error = str(run(shelf).failed["made-up-poles"])
    assert problem in error
    assert "package.yaml, line" in error


def test_datasets_that_are_made_from_each_other_are_refused(shelf: Path) -> None:
    from academy.errors import AcademyError

    write_words(AREAS | {"inputs": [{"name": "counts", "dataset": "made-up-counts"}]})
    with pytest.raises(AcademyError, match="from each other in a circle"):
        run(shelf)
