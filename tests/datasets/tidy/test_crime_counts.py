"""Charges are counted by month, ZIP code and tract, and small counts are hidden."""

from __future__ import annotations

from collections.abc import Callable

import geopandas
import pandas as pd
import pytest

from academy.datasets.tidy.crime_counts import measure_shown_faults, tidy
from academy.datasets.tidy.ledger import Tidied


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
    assert frame["charge_count"].astype(object).fillna("hidden").tolist() == [25, "hidden", 0]
    assert frame["case_count"].astype(object).fillna("hidden").tolist() == [24, "hidden", 0]
    assert frame["is_covered"].tolist() == [True, False, False]


def test_kinds_in_a_tract_hide_a_second_count_beside_a_small_one(tidied: Tidied) -> None:
    frame = tidied.others["by-tract-and-kind"]
    west = frame[frame["tract_id"].eq("22033000001")].set_index("crime_kind")["charge_count"]
    assert west["THEFT"] == 13
    assert pd.isna(west["VICE"])
    assert pd.isna(west["BATTERY"]), "25 - 13 - 10 would give VICE away"


def test_rows_without_a_tract_are_counted(tidied: Tidied) -> None:
    assert tidied.ledger.repaired["no_place"] == 3
    assert tidied.ledger.repaired["outside_the_tracts"] == 1
    assert tidied.ledger.repaired["small_tracts"] == 1


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
