"""Each repair of the table of fire department calls, on rows as the portal gives them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from academy.datasets.tidy.fire_incidents import COLUMNS, VEHICLES, measure_shown_faults, tidy
from academy.datasets.tidy.ledger import Tidied


@pytest.fixture
def tidied(made_up: Callable[[str], pd.DataFrame]) -> Tidied:
    return tidy(made_up("fire-incidents"))


@pytest.fixture
def table(tidied: Tidied) -> pd.DataFrame:
    return tidied.frame[tidied.frame["exposure_number"].eq(0)].set_index("incident_number")


def test_an_incident_stands_once_for_each_exposure(tidied: Tidied) -> None:
    assert list(tidied.frame.columns) == COLUMNS
    fire = tidied.frame[tidied.frame["incident_number"].eq("15-0009006")]
    assert fire["exposure_number"].tolist() == [0, 1]
    assert tidied.ledger.dropped == [
        ("row 11", "it has no number or no readable day"),
        ("row 12", "it has no number or no readable day"),
        ("15-0009006", "the number stands there already"),
    ]


def test_times_are_local_and_midnight_to_the_second_is_a_blank(
    tidied: Tidied, table: pd.DataFrame
) -> None:
    assert str(table.loc["15-0009001", "dispatched_at"]) == "2015-01-31 14:35:38-06:00"
    assert pd.isna(table.loc["15-0009002", "dispatched_at"])
    assert str(table.loc["15-0009002", "dispatched_on"]) == "2015-01-31 00:00:00"
    assert str(table.loc["15-0009002", "cleared_at"]) == "2015-01-31 22:36:34-06:00"
    assert tidied.ledger.repaired["dispatch_time_blank"] == 1


def test_the_first_digit_names_the_group(table: pd.DataFrame) -> None:
    groups = table["incident_group"]
    assert groups["15-0009001"] == "Rescue and medical"
    assert groups["15-0009003"] == "False alarm"
    assert groups["15-0009006"] == "Fire"


def test_where_somebody_was_ill_is_withheld(tidied: Tidied, table: pd.DataFrame) -> None:
    assert table.loc["15-0009004", ["block_address", "zip_code"]].isna().all()
    assert tidied.ledger.repaired["patients_withheld"] == 1
    assert "30.4" not in tidied.frame.to_csv()


def test_house_numbers_become_blocks_and_units_go(tidied: Tidied, table: pd.DataFrame) -> None:
    assert table.loc["15-0009005", "block_address"] == "9000 BLK PRETEND AVE"
    assert tidied.ledger.repaired["house_numbers"] == 2
    assert "9012" not in tidied.frame.to_csv()
    assert table.loc["15-0009010", "block_address"] == "300 BLK EAST I-10 HWY"


def test_vehicles_are_whole_numbers_and_a_blank_is_missing(table: pd.DataFrame) -> None:
    assert (table[VEHICLES].dtypes == "Int64").all()
    assert table.loc["15-0009001", "ems_vehicle_count"] == 1
    assert pd.isna(table.loc["15-0009011", "ems_vehicle_count"])


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert measure_shown_faults(tidied.frame) == {
        "address_blank": 6,
        "clears_before_dispatch": 1,
        "took_half_a_day": 1,
    }
