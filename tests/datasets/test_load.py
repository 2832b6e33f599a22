"""Loading: types from the descriptor, hashes checked, errors that help."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pytest

from academy.datasets import dataset_folders, list_datasets, load, load_dataset
from academy.datasets.descriptor import load_descriptor
from academy.datasets.load import load_folder
from academy.datasets.schema import Copy, Resource
from academy.datasets.switch import replace_folder
from academy.datasets.tables import read_table
from academy.errors import AcademyError

NAME = "service-requests"


def test_the_embedded_table_has_its_types() -> None:
    table = load_dataset(NAME)
    assert len(table) == 4134
    assert table["request_id"].dtype == "int64"
    assert table["request_id"].is_unique
    for column in ("created_at", "closed_at"):
        assert isinstance(table[column].dtype, pd.DatetimeTZDtype)
        assert str(table[column].dt.tz) == "America/Chicago"
    for column in ("status", "parent_type", "request_type", "city_name", "department_name"):
        assert isinstance(table[column].dtype, pd.CategoricalDtype), column
    assert table["division_code"].dtype == "Int64"
    assert table.loc[0, "block_address"] == "9000 BLK GREAT SMOKY AVE"
    assert table.loc[0, "street_name"] == "GREAT SMOKY AVE"


def test_the_faults_that_lessons_teach_are_in_the_table() -> None:
    table = load_dataset(NAME)
    assert table["closed_at"].isna().sum() == 82
    assert (table["closed_at"] < table["created_at"]).sum() == 77
    assert (table["block_address"] == "2 FALSE").sum() == 47
    assert table["block_address"].isna().sum() == 27
    assert table["parent_type"].isna().sum() == 1
    assert (table["parent_type"] == "GARBAGE").sum() == 2243
    assert (table["city_name"] == "BATON ROUGE").sum() == 3761


def test_pandas_alone_reads_the_file_as_learners_do() -> None:
    path = dataset_folders()[NAME] / "service-requests.csv"
    plain, typed = pd.read_csv(path), load_dataset(NAME)
    assert list(plain.columns) == list(typed.columns)
    created = pd.to_datetime(plain["created_at"], utc=True)
    assert (created == typed["created_at"]).all()
    assert plain["street_name"].value_counts().equals(typed["street_name"].value_counts())


def test_each_call_gives_a_table_of_its_own() -> None:
    first = load_dataset(NAME)
    first["status"] = "spoilt"
    assert load_dataset(NAME)["status"].ne("spoilt").all()


def test_a_changed_file_is_refused_with_both_hashes(folder: Path) -> None:
    assert len(load_folder(folder)) == 36
    path = folder / "service-requests.csv"
    path.write_text(path.read_text().replace("PRETEND", "INVENTED", 1))
    with pytest.raises(AcademyError) as caught:
        load_folder(folder)
    text = str(caught.value)
    assert text.count("sha256:") == 2
    for words in (str(path), "expected", "found", "was not loaded", "academy data refresh"):
        assert words in text


def test_a_file_that_is_gone(folder: Path) -> None:
    (folder / "service-requests.csv").unlink()
    with pytest.raises(AcademyError, match="names this file, and it is not there"):
        load_folder(folder)


def test_a_refresh_between_our_two_reads_is_no_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The descriptor was read, then a refresh put a new folder there, then the table is read."""
    embedded = dataset_folders()[NAME]
    renewed: dict[str, bytes | Path] = {path.name: path for path in embedded.iterdir()}
    read, refreshes = load.read_verified, [renewed]

    def read_after_a_refresh(path: Path, name: str, described: Resource | Copy) -> bytes:
        if refreshes:
            replace_folder(path.parent, refreshes.pop())
        return read(path, name, described)

    monkeypatch.setattr(load, "read_verified", read_after_a_refresh)
    assert len(load_folder(folder)) == 4134


def test_a_value_outside_its_categories_is_not_silently_lost(folder: Path) -> None:
    path = folder / "datapackage.json"
    path.write_text(path.read_text().replace('"IN PROGRESS",', ""))
    with pytest.raises(AcademyError, match="status holds 'IN PROGRESS', which is not a category"):
        load_folder(folder)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(AcademyError, match=r"Did you mean 'service-requests'\? There are:"):
        load_dataset("Service_Request")
    with pytest.raises(
        AcademyError, match=r"no dataset called 'zzz'. There are: .*service-requests"
    ):
        load_dataset("zzz")


@pytest.mark.parametrize("name", list_datasets())
def test_every_table_loads_with_the_types_and_rows_of_its_descriptor(name: str) -> None:
    for resource in load_descriptor(dataset_folders()[name]).resources:
        table = load_dataset(name, resource=resource.name)
        assert len(table) == resource.rows
        names = [field.name for field in resource.fields]
        assert list(table.columns) == names + (["geometry"] if resource.geometry else [])
        assert isinstance(table, geopandas.GeoDataFrame) == (resource.geometry is not None)
        for field in resource.fields:
            if field.categories is not None:
                assert table[field.name].cat.categories.tolist() == field.categories


@pytest.mark.parametrize("name", ["crime-incidents", "businesses", "traffic-incidents"])
def test_a_parquet_copy_gives_what_the_csv_gives(name: str) -> None:
    folder = dataset_folders()[name]
    resource = load_descriptor(folder).resource
    assert resource.copies
    from_csv = read_table((folder / resource.path).read_bytes(), "csv", resource, "")
    pd.testing.assert_frame_equal(pd.DataFrame(load_dataset(name)), pd.DataFrame(from_csv))


def test_a_year_or_a_value_keeps_some_rows() -> None:
    everything = load_dataset("traffic-incidents")
    year = load_dataset("traffic-incidents", year=2014)
    assert 0 < len(year) < len(everything)
    assert set(year["crash_at"].dt.year) == {2014}
    assert year.index.tolist() == list(range(len(year)))
    requests = load_dataset(NAME, year=[2015, 2016], parent_type="GARBAGE")
    assert set(requests["created_at"].dt.year) == {2015, 2016}
    assert set(requests["parent_type"]) == {"GARBAGE"}
    assert set(load_dataset("census-history", year=2000)["year"]) == {2000}


@pytest.mark.parametrize(
    ("filters", "words"),
    [
        ({"stats": "OPEN"}, "no column called 'stats'.*Did you mean 'status'"),
        ({"status": "OPEM"}, "has status='OPEM'. Did you mean 'OPEN'"),
        ({"year": 1999}, "has year=1999. Its rows speak of 2012-05-18 to 2026-08-06"),
        ({"resource": "requests"}, "no table called 'requests'.*There are: service-requests"),
    ],
)
def test_a_filter_that_fits_nothing_says_what_there_is(filters: dict[str, Any], words: str) -> None:
    with pytest.raises(AcademyError, match=words):
        load_dataset(NAME, **filters)


def test_the_package_imports_nothing_heavy() -> None:
    program = (
        "import sys, academy.datasets;"
        "heavy = ('pandas', 'geopandas', 'pyarrow', 'folium', 'pydantic', 'shapely', 'rich');"
        "print([m for m in heavy if m in sys.modules])"
    )
    assert _run(program) == "[]"


def test_a_plain_table_needs_no_geopandas() -> None:
    program = (
        "import sys; from academy.datasets import load_dataset; load_dataset('service-requests');"
        "print([m for m in ('geopandas', 'folium') if m in sys.modules])"
    )
    assert _run(program) == "[]"


def test_the_shelf_imports_neither_the_hub_nor_the_grader() -> None:
    program = (
        "import sys, pkgutil, importlib, academy.datasets as shelf;"
        "names = [m.name for m in pkgutil.walk_packages(shelf.__path__, 'academy.datasets.')];"
        "[importlib.import_module(name) for name in names];"
        "shelf.load_dataset('service-requests');"
        "print(len(names), [m for m in ('jupyterhub', 'nbgrader') if m in sys.modules])"
    )
    count, found = _run(program).split(maxsplit=1)
    assert int(count) >= 14
    assert found == "[]"


def test_the_catalogue_is_light() -> None:
    program = (
        "import sys, academy.datasets.catalogue as catalogue; catalogue.dataset_folders();"
        "print([m for m in ('pandas', 'numpy', 'pydantic', 'yaml') if m in sys.modules])"
    )
    assert _run(program) == "[]"


def test_the_shelf_lists_its_datasets() -> None:
    assert NAME in list_datasets()


def _run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
