"""Each repair of the table of animal control calls, on rows as the portal gives them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from academy.datasets.tidy.animal_control import COLUMNS, KEY, measure_shown_faults, tidy
from academy.datasets.tidy.ledger import Tidied


@pytest.fixture
def tidied(made_up: Callable[[str], pd.DataFrame]) -> Tidied:
    return tidy(made_up("animal-control"))


@pytest.fixture
def table(tidied: Tidied) -> pd.DataFrame:
    return tidied.frame.set_index(KEY)


def test_the_animals_of_a_call_are_numbered_and_a_call_without_one_has_zero(
    tidied: Tidied, table: pd.DataFrame
) -> None:
    assert table.loc[("201639001", 1), "species"] == "CAT"
    assert table.loc[("201639001", 2), "species"] == "DOG"
    assert pd.isna(table.loc[("201639002", 0), "species"])
    assert table.index.is_unique
    assert list(tidied.frame.columns) == COLUMNS


def test_a_row_without_a_number_or_a_day_is_left_out(tidied: Tidied) -> None:
    reason = "it has no number or no readable day"
    assert tidied.ledger.dropped == [("row 10", reason), ("row 11", reason)]


def test_times_are_local_and_zero_is_a_blank_but_for_the_call(
    tidied: Tidied, table: pd.DataFrame
) -> None:
    assert str(table.loc[("201639001", 1), "arrived_at"]) == "2016-12-27 16:17:00-06:00"
    nobody_went = table.loc[("201639003", 0)]
    assert nobody_went[["dispatched_at", "arrived_at", "finished_at"]].isna().all()
    assert str(table.loc[("201639004", 0), "called_at"]) == "2016-12-27 00:00:00-06:00"
    assert tidied.ledger.repaired["time_blank"] == 2


def test_a_time_that_cannot_be_is_missing_and_its_day_stays(
    tidied: Tidied, table: pd.DataFrame
) -> None:
    row = table.loc[("201639005", 1)]
    assert pd.isna(row["impounded_at"])
    assert row["impounded_on"] == pd.Timestamp("2016-12-27")
    assert tidied.ledger.repaired["impound_time_impossible"] == 1


def test_house_numbers_become_blocks_and_the_callers_street_is_not_kept(
    tidied: Tidied, table: pd.DataFrame
) -> None:
    assert table.loc[("201639008", 1), "block_address"] == "9000 BLK PRETEND ST"
    assert "9012" not in tidied.frame.to_csv()
    assert tidied.ledger.repaired["house_numbers"] == 1


def test_sexes_are_words_and_short_zip_codes_are_blank(table: pd.DataFrame) -> None:
    assert table.loc[("201639001", 1), "sex"] == "female"
    assert pd.isna(table.loc[("201639010", 1), "zip_code"])


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert measure_shown_faults(tidied.frame) == {
        "no_animal": 5,
        "call_repeats": 1,
        "impounded_before_call": 1,
        "finished_before_call": 1,
        "request_type_unknown": 1,
    }
