"""Crashes are counted by month and by hour, with zeros where there was none."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from academy.datasets.tidy import traffic_incidents
from academy.datasets.tidy.ledger import Tidied
from academy.datasets.tidy.traffic_counts import WEEKDAYS, measure_shown_faults, tidy


@pytest.fixture
def crashes(made_up: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    frame = traffic_incidents.tidy(made_up("traffic-incidents")).frame
    return frame.assign(road_kind=frame["road_kind"].astype("category"))


@pytest.fixture
def tidied(crashes: pd.DataFrame) -> Tidied:
    return tidy(crashes)


def test_every_crash_is_counted_once_in_each_table(tidied: Tidied, crashes: pd.DataFrame) -> None:
    assert tidied.frame["crash_count"].sum() == len(crashes)
    assert tidied.others["by-hour"]["crash_count"].sum() == len(crashes)


def test_months_without_a_crash_are_zeros(tidied: Tidied) -> None:
    assert len(tidied.frame) == 83 * 6
    counts = tidied.frame.set_index(["month", "road_kind"])["crash_count"]
    assert counts[pd.Timestamp("2016-03-01"), "CITY STREET"] == 2
    assert counts[pd.Timestamp("2012-03-01"), "CITY STREET"] == 0


def test_a_crash_shortly_before_midnight_counts_in_its_local_month(tidied: Tidied) -> None:
    counts = tidied.frame.set_index(["month", "road_kind"])["crash_count"]
    assert counts[pd.Timestamp("2016-07-01"), "INTERSTATE"] == 1
    assert counts[pd.Timestamp("2016-08-01"), "INTERSTATE"] == 1


def test_months_that_the_data_cut_are_marked(tidied: Tidied) -> None:
    cut = tidied.frame.loc[~tidied.frame["is_whole_month"], "month"].dt.strftime("%Y-%m")
    assert set(cut) == {"2010-01", "2016-11"}


def test_hours_hold_the_whole_week(tidied: Tidied) -> None:
    hours = tidied.others["by-hour"]
    assert len(hours) == 7 * 7 * 24
    assert list(hours["weekday"].unique()) == WEEKDAYS
    counts = hours.set_index(["year", "weekday", "hour"])["crash_count"]
    assert counts[2016, "Thursday", 15] == 2
    assert counts[2016, "Thursday", 0] == 1


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert measure_shown_faults(tidied.frame, by_hour=tidied.others["by-hour"]) == {
        "part_of_a_month": 12,
        "slow_start": 30,
        "new_interstate_source": 4,
    }
