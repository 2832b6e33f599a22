"""Each repair of the two censuses' numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.tidy.census_history import COLUMNS, MEDIANS, measure_shown_faults, tidy
from academy.datasets.tidy.ledger import Tidied
from datasets.tidy.conftest import MadeUp


@pytest.fixture
def tidied(made_up: MadeUp) -> Tidied:
    return tidy(made_up("census-history"))


def test_one_row_a_block_group_and_census_in_order(tidied: Tidied) -> None:
    frame = tidied.frame
    assert list(frame.columns) == COLUMNS
    assert list(zip(frame["year"], frame["block_group_id"], strict=True)) == [
        (2000, "220330001001"),
        (2000, "220330030002"),
        (2000, "220339800001"),
        (2010, "220330040131"),
    ]
    assert tidied.ledger.dropped == [
        ("row 6", "the block group's number has not 12 digits"),
        ("row 5", "the block group stands there already"),
    ]


def test_the_tract_is_read_from_the_number(tidied: Tidied) -> None:
    assert list(tidied.frame["tract_number"]) == ["1", "30", "9800", "40.13"]
    assert tidied.frame["tract_id"].iloc[3] == "22033004013"


def test_money_shares_and_long_decimals_become_numbers(tidied: Tidied) -> None:
    row = tidied.frame.iloc[0]
    assert row["median_home_value_usd"] == 43300
    assert row["owner_occupied_percent"] == 52
    assert row["vacant_percent"] == 8.8
    assert row["median_age_years"] == 36.8


def test_a_median_of_zero_is_missing(tidied: Tidied) -> None:
    assert tidied.frame.loc[1, list(MEDIANS)].isna().all()
    assert tidied.ledger.repaired["median_is_zero"] == 1
    assert tidied.frame["median_year_built"].dtype == "Int64"


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert measure_shown_faults(tidied.frame) == {
        "more_occupied_than_homes": 1,
        "vacancy_disagrees": 2,
        "population_missing": 1,
    }


def test_the_live_portals_names_mean_the_same(made_up: MadeUp) -> None:
    raw = made_up("census-history")
    live = raw.rename(columns=lambda name: name.lower().replace(" ", "_"))
    pd.testing.assert_frame_equal(tidy(live).frame, tidy(raw).frame)
