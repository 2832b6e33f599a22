"""Each repair of the business register, and what is made from it."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest

from academy.datasets.tidy import businesses, businesses_as_exported, businesses_by_tract
from academy.datasets.tidy.ledger import Tidied
from datasets.tidy.conftest import MadeUp


@pytest.fixture
def raw(made_up: MadeUp) -> pd.DataFrame:
    return made_up("businesses")


@pytest.fixture
def tidied(raw: pd.DataFrame) -> Tidied:
    return businesses.tidy(raw)


def only(frame: pd.DataFrame, name: str) -> pd.Series[object]:
    (row,) = [row for _, row in frame[frame["business_name"] == name].iterrows()]
    return row


def test_swapped_headings_are_put_right_and_right_ones_are_left(tidied: Tidied) -> None:
    swapped, right = (
        only(tidied.frame, f"{name}") for name in ("SOME BUILDERS INC", "PORTAL MAKERS CORP")
    )
    assert (swapped["latitude"], swapped["longitude"]) == (30.45, -91.15)
    assert (right["latitude"], right["longitude"]) == (30.45, -91.18)
    assert tidied.ledger.repaired["latitude_longitude_swapped"] == 16


def test_a_point_in_another_state_is_blanked(tidied: Tidied) -> None:
    assert pd.isna(only(tidied.frame, "FAR AWAY INC")["latitude"])
    assert tidied.ledger.repaired["outside_parish"] == 1


def test_rows_that_stand_twice_or_have_no_day_are_left_out(tidied: Tidied) -> None:
    assert tidied.ledger.dropped == [
        ("row 2", "the same row stands there already"),
        ("row 8", "the day of opening can't be read"),
    ]
    assert len(tidied.frame) == 18


def test_a_sole_traders_name_is_nowhere_in_the_table(tidied: Tidied) -> None:
    assert tidied.ledger.repaired["names_withheld"] == 1
    assert tidied.frame["business_name"].isna().sum() == 1
    assert "MADEUP" not in tidied.frame.to_csv()


def test_points_are_no_nearer_than_a_block(tidied: Tidied) -> None:
    points = tidied.frame[["latitude", "longitude"]].dropna()
    assert (points == points.round(3)).all(axis=None)
    assert tidied.ledger.repaired["points_rounded"] == 17


def test_groups_of_trades_are_spelt_out(tidied: Tidied) -> None:
    groups = set(tidied.frame["industry_group"])
    assert groups == {
        "ACCOMMODATION & FOOD SERVICES",
        "CONSTRUCTION",
        "INFORMATION",
        "MANUFACTURING",
        "PROFESSIONAL, SCIENTIFIC & TECHNICAL SERVICES",
        "RETAIL TRADE",
    }


def test_letters_become_words_and_open_accounts_have_no_day_of_closing(tidied: Tidied) -> None:
    assert set(tidied.frame["status"]) == {"open", "closed"}
    assert (tidied.frame["closed_on"].isna() == tidied.frame["status"].eq("open")).all()


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert businesses.measure_shown_faults(tidied.frame) == {
        "repeats_an_account": 1,
        "opened_on_first_of_january": 2,
        "closed_on_one_day": 1,
        "closed_after_the_last_opening": 2,
    }


def test_the_live_register_loses_people_and_house_numbers() -> None:
    live = pd.DataFrame(
        [
            {
                "tname": "PRETEND BAKERY LLC",
                "tlegalname": "SAM MADEUP",
                "tcontactperson": "SAM MADEUP",
                "topendate": "2020-12-01T00:00:00.000",
                "tstatus": "O",
                "tclosedate": "",
                "tnaic": "311000",
                "naicname": "Food Manufacturing",
                "naicgroupname": "MANUFACTURING (D)",
                "tmailaddress1": "PO BOX 9012",
                "tphysicaladdress1": "9012 PRETEND RD APT 4",
                "location": "9012 PRETEND RD\nBATON ROUGE, LA\n(30.445647, -91.150990)",
            }
        ],
        dtype="str",
    )
    tidied = businesses.tidy(live)
    (row,) = tidied.frame.to_dict("records")
    assert (row["street_name"], row["latitude"], row["longitude"]) == (
        "PRETEND RD",
        30.446,
        -91.151,
    )
    assert row["opened_on"] == pd.Timestamp(2020, 12, 1)
    for kept_back in ("MADEUP", "9012", "APT", "BOX"):
        assert kept_back not in tidied.frame.to_csv()
    assert tidied.ledger.repaired["house_numbers"] == 1


def test_one_street_keeps_the_portals_faults_but_no_names(raw: pd.DataFrame) -> None:
    frame = businesses_as_exported.tidy(raw).frame
    assert list(frame["row_number"]) == [1, 2, 3, 4]
    assert set(frame["full_street_name"]) == {"GOVERNMENT ST"}
    assert (frame["latitude"] < 0).all()
    assert list(frame["business_open_date"]) == ["12/01/2020"] * 3 + ["01/01/1988"]
    assert pd.isna(frame.loc[3, "business_name"])
    assert businesses_as_exported.measure_shown_faults(frame) == {
        "latitude_longitude_swapped": 4,
        "repeated_rows": 1,
        "opened_on_first_of_january": 1,
    }


def test_every_tract_is_counted_and_few_are_not_told(
    tidied: Tidied, two_tracts: geopandas.GeoDataFrame
) -> None:
    counted = businesses_by_tract.tidy(tidied.frame, two_tracts)
    frame = counted.frame.set_index("tract_id")
    assert list(frame.index) == ["22033000001", "22033000002", "22033000003"]
    # West: the bakery, the portal makers and twelve shops are open. East: the bakery's second row.
    # With the register's total at hand, the west's 14 would tell the east's 1: both are hidden.
    assert list(frame["open_count"].fillna(-1)) == [-1, -1, 0]
    assert list(frame["retail_count"].fillna(-1)) == [12, 0, 0]
    assert list(frame["food_and_lodging_count"].fillna(-1)) == [0, 0, 0]
    assert businesses_by_tract.measure_shown_faults(counted.frame) == {"small_counts_hidden": 2}


def test_a_business_without_a_point_is_in_no_tract(
    tidied: Tidied, two_tracts: geopandas.GeoDataFrame
) -> None:
    ledger = businesses_by_tract.tidy(tidied.frame, two_tracts).ledger
    assert ledger.withheld == {"the point lies in no census tract of the parish": 1}
