"""Each repair of the parks and of the property lots."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.privacy import is_safe
from academy.datasets.tidy import parks, property_lots
from datasets.tidy.conftest import MadeUp


@pytest.fixture
def table(made_up: MadeUp) -> pd.DataFrame:
    return parks.tidy(made_up("parks")).frame.set_index("park_id")


def test_a_park_stands_once_in_the_order_of_numbers(made_up: MadeUp) -> None:
    tidied = parks.tidy(made_up("parks"))
    assert list(tidied.frame["park_id"]) == [3, 7, 8, 9, 20]
    assert tidied.ledger.dropped == [("9", "the park stands there already")]
    assert list(tidied.frame.columns) == parks.COLUMNS


def test_the_point_is_read_from_the_last_line_of_the_address(table: pd.DataFrame) -> None:
    assert tuple(table.loc[20, ["latitude", "longitude"]]) == (30.587915, -91.164094)
    assert table.loc[3, ["latitude", "longitude"]].isna().all()


def test_a_point_in_another_state_is_blanked_and_counted(made_up: MadeUp) -> None:
    tidied = parks.tidy(made_up("parks"))
    assert tidied.frame.set_index("park_id").loc[9, ["latitude", "longitude"]].isna().all()
    assert tidied.ledger.repaired["outside_parish"] == 1
    assert tidied.ledger.repaired["point_inside_address"] == 4


def test_house_numbers_become_blocks_and_numbered_streets_stay(table: pd.DataFrame) -> None:
    assert table.loc[20, "block_address"] == "3400 BLK PRETEND RD"
    assert table.loc[3, "block_address"] == "700 BLK 77TH AVE"
    assert table["block_address"].map(is_safe).all()


def test_blank_is_missing_and_a_noted_zero_is_zero(table: pd.DataFrame) -> None:
    assert table.loc[20, "outdoor_basketball_courts"] == 0
    assert pd.isna(table.loc[3, "outdoor_basketball_courts"])
    assert table.loc[20, "playgrounds"] == 2
    assert (table["playgrounds"] > 0).sum() == 2


def test_a_zip_code_of_four_digits_is_missing(table: pd.DataFrame) -> None:
    assert pd.isna(table.loc[7, "zip_code"])


def test_parks_without_a_point_or_on_one_point_are_counted(table: pd.DataFrame) -> None:
    assert parks.measure_shown_faults(table) == {"no_point": 2, "same_point": 2}


def test_lots_keep_their_doubles_as_none_has_a_number(made_up: MadeUp) -> None:
    tidied = property_lots.tidy(made_up("property-lots"))
    assert len(tidied.frame) == 6
    assert tidied.ledger.dropped == []
    assert property_lots.measure_shown_faults(tidied.frame) == {
        "repeated_rows": 1,
        "very_large_lots": 1,
    }


def test_a_lot_of_no_area_and_a_point_elsewhere_are_missing(made_up: MadeUp) -> None:
    tidied = property_lots.tidy(made_up("property-lots"))
    assert tidied.frame["lot_area_acres"].isna().sum() == 1
    assert tidied.frame["latitude"].isna().sum() == tidied.frame["longitude"].isna().sum() == 1
    assert tidied.ledger.repaired == {
        "outside_parish": 1,
        "area_without_unit": 6,
        "area_is_zero": 1,
    }
    assert tidied.frame["zip_code"].isna().sum() == 1
