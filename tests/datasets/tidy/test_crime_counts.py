"""Charges are counted by month, ZIP code and tract, and small counts are hidden."""

from __future__ import annotations

from collections.abc import Callable

import geopandas
import pandas as pd
import pytest

from academy import paths
from academy.datasets.tidy.crime_counts import (
    count_by_tract,
    count_by_tract_and_kind,
    in_tracts,
    measure_shown_faults,
    tidy,
)
from academy.datasets.tidy.ledger import Ledger, Tidied


def placed(case: str, kind: str, rows: int, longitude: float | None = -91.15) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "case_number": [f"{case}{number}" for number in range(rows)],
            "crime_kind": kind,
            "latitude": 30.4,
            "longitude": longitude,
        }
    )


@pytest.fixture
def incidents() -> pd.DataFrame:
    one_case = placed("A", "THEFT", 1)
    rows = pd.concat(
        [
            one_case,
            one_case,
            placed("B", "THEFT", 11),
            placed("C", "BATTERY", 10),
            placed("D", "VICE", 2),
            placed("E", "THEFT", 9, longitude=-91.05),
            placed("F", "THEFT", 1, longitude=-90.95),
            placed("G", "THEFT", 3).assign(latitude=None, longitude=None),
        ],
        ignore_index=True,
    )
    return rows.assign(crime_kind=rows["crime_kind"].astype("category"))


@pytest.fixture
def tidied(
    made_up: Callable[[str], pd.DataFrame],
    incidents: pd.DataFrame,
    two_tracts: geopandas.GeoDataFrame,
) -> Tidied:
    return tidy(made_up("crime-counts"), incidents, two_tracts)


def test_every_dated_charge_counts_in_its_month(tidied: Tidied) -> None:
    frame = tidied.frame.set_index(["month", "crime_kind"])
    assert frame["charge_count"].sum() == 46
    assert frame.loc[(pd.Timestamp("2015-01-01"), "THEFT"), "charge_count"] == 21
    assert frame.loc[(pd.Timestamp("2015-02-01"), "THEFT"), "charge_count"] == 0
    assert tidied.ledger.dropped == [("row 47", "the day can't be read")]


def test_a_charge_that_stands_twice_counts_twice_and_its_case_once(tidied: Tidied) -> None:
    frame = tidied.frame.set_index(["month", "crime_kind"])
    assert frame.loc[(pd.Timestamp("2015-01-01"), "THEFT"), "case_count"] == 20
    assert tidied.ledger.repaired["exact_doubles"] == 1


def test_months_that_the_data_cut_are_marked(tidied: Tidied) -> None:
    cut = tidied.frame.loc[~tidied.frame["is_whole_month"], "month"]
    assert set(cut) == {pd.Timestamp("2015-01-01")}


def test_zip_codes_hide_small_counts_and_what_gives_them_away(tidied: Tidied) -> None:
    counts = tidied.others["by-zip"].set_index(["zip_code", "crime_kind"])["charge_count"]
    assert counts["70899", "THEFT"] == 11
    assert counts["70899", "BATTERY"] == 10
    assert counts["70899", "OTHER"] == 0
    assert pd.isna(counts["70898", "BATTERY"])
    assert set(counts.dropna().unique()) == {0, 10, 11}


def test_zip_codes_that_are_not_in_the_table_are_counted(tidied: Tidied) -> None:
    assert set(tidied.others["by-zip"]["zip_code"]) == {"70898", "70899"}
    assert {key: n for key, n in tidied.ledger.repaired.items() if key.startswith("zip_")} == {
        "zip_blank": 2,
        "zip_unreadable": 1,
        "zip_elsewhere": 1,
        "zip_rare": 4,
    }


def test_tracts_count_charges_and_cases_and_hide_one_to_nine(tidied: Tidied) -> None:
    frame = tidied.others["by-tract"].set_index("tract_id")
    # 9 charges in the east are too few; alone they would be all charges less those of the west.
    assert frame["charge_count"].astype(object).fillna("hidden").tolist() == ["hidden"] * 2 + [0]
    assert frame["case_count"].astype(object).fillna("hidden").tolist() == ["hidden"] * 2 + [0]
    assert frame["is_covered"].tolist() == [True, False, False]


def by_tract(incidents: pd.DataFrame, tracts: geopandas.GeoDataFrame) -> pd.DataFrame:
    placed = in_tracts(incidents, tracts, Ledger())
    return count_by_tract(placed, sorted(tracts["tract_id"]), Ledger())


def test_a_tract_with_many_charges_of_few_cases_is_hidden(
    two_tracts: geopandas.GeoDataFrame,
) -> None:
    few_cases = [placed("E", "THEFT", 9, longitude=-91.05)] * 3
    rows = pd.concat(
        [placed("A", "THEFT", 30), *few_cases, placed("B", "VICE", 40)], ignore_index=True
    )
    table = by_tract(rows, two_tracts)
    assert table["charge_count"].isna().tolist() == [True, True, False]
    assert table["is_covered"].tolist() == [True, False, False]


def test_tracts_that_need_no_hiding_are_shown(two_tracts: geopandas.GeoDataFrame) -> None:
    rows = pd.concat(
        [placed("A", "THEFT", 30), placed("E", "VICE", 11, longitude=-91.05)], ignore_index=True
    )
    table = by_tract(rows, two_tracts)
    assert table["charge_count"].tolist() == [30, 11, 0]
    assert table["case_count"].tolist() == [30, 11, 0]


def test_a_hidden_tract_shows_no_kind(two_tracts: geopandas.GeoDataFrame) -> None:
    rows = pd.concat(
        [placed("A", "THEFT", 30), placed("E", "THEFT", 9, longitude=-91.05)], ignore_index=True
    )
    tracts = by_tract(rows, two_tracts)
    kinds = count_by_tract_and_kind(
        in_tracts(rows, two_tracts, Ledger()), tracts, ledger := Ledger()
    )
    assert kinds["charge_count"].isna().tolist() == [True, True, False]
    assert ledger.repaired == {"small_cells_by_tract": 2}


def test_no_published_count_by_tract_is_one_to_nine() -> None:
    """In the tables that lie on the shelf, whatever the column."""
    folder = paths.embedded_datasets()
    names = ["crime-counts-by-tract", "crime-counts-by-tract-and-kind", "crime-counts-by-zip"]
    files = [folder / "crime-counts" / f"{name}.csv" for name in names]
    files.append(folder / "businesses-by-tract" / "businesses-by-tract.csv")
    for path in files:
        table = pd.read_csv(path, dtype={"zip_code": str, "tract_id": str})
        counts = table.filter(regex="_count$")
        assert not counts.empty
        assert not ((counts >= 1) & (counts < 10)).any(axis=None), path.name


def test_kinds_in_a_tract_hide_a_second_count_beside_a_small_one(
    tidied: Tidied, incidents: pd.DataFrame, two_tracts: geopandas.GeoDataFrame
) -> None:
    frame = tidied.others["by-tract-and-kind"]
    assert frame.loc[frame["charge_count"].isna(), "tract_id"].nunique() == 2
    rows = incidents[~incidents["case_number"].str.startswith("E")]
    more = pd.concat([rows, placed("H", "THEFT", 20, longitude=-91.05)], ignore_index=True)
    tracts = by_tract(more, two_tracts)
    kinds = count_by_tract_and_kind(in_tracts(more, two_tracts, Ledger()), tracts, Ledger())
    west = kinds[kinds["tract_id"].eq("22033000001")].set_index("crime_kind")["charge_count"]
    assert west["THEFT"] == 13
    assert pd.isna(west["VICE"])
    assert pd.isna(west["BATTERY"]), "25 - 13 - 10 would give VICE away"


def test_rows_without_a_tract_are_counted(tidied: Tidied) -> None:
    assert tidied.ledger.repaired["no_place"] == 3
    assert tidied.ledger.repaired["outside_the_tracts"] == 1
    assert tidied.ledger.repaired["small_tracts"] == 2


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    by_tract = tidied.others["by-tract"]
    assert measure_shown_faults(tidied.frame, by_tract=by_tract) == {
        "part_of_a_month": 3,
        "not_covered": 2,
    }


def test_kinds_about_victims_are_not_counted_by_zip_code(
    made_up: Callable[[str], pd.DataFrame],
    incidents: pd.DataFrame,
    two_tracts: geopandas.GeoDataFrame,
) -> None:
    raw = made_up("crime-counts")
    live = raw.assign(crime=raw["crime"].replace({"battery": "SEXUAL ASSAULT"}))
    tidied = tidy(live, incidents, two_tracts)
    assert "SEXUAL ASSAULT" not in set(tidied.others["by-zip"]["crime_kind"])
    assert "SEXUAL ASSAULT" in set(tidied.frame["crime_kind"])
