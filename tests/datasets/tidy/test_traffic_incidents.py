"""Each repair of the table of crashes, on rows as the portal gives them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from academy.datasets.tidy.ledger import Tidied
from academy.datasets.tidy.traffic_incidents import COLUMNS, measure_shown_faults, tidy


@pytest.fixture
def tidied(made_up: Callable[[str], pd.DataFrame]) -> Tidied:
    return tidy(made_up("traffic-incidents"))


def test_day_and_time_become_one_local_moment_in_order(tidied: Tidied) -> None:
    moments = [str(moment) for moment in tidied.frame["crash_at"]]
    assert moments == sorted(moments)
    assert "2016-03-31 15:18:00-05:00" in moments
    assert "2016-03-31 00:00:00-05:00" in moments
    assert "2016-04-01 12:30:00-05:00" in moments
    assert "2010-01-15 09:05:00-06:00" in moments
    assert list(tidied.frame.columns) == COLUMNS


def test_moments_at_a_clock_change_are_settled_and_counted(tidied: Tidied) -> None:
    moments = {str(moment) for moment in tidied.frame["crash_at"]}
    assert {"2016-11-06 01:30:00-05:00", "2016-03-13 03:30:00-05:00"} <= moments
    assert tidied.ledger.repaired["clock_change"] == 2


def test_a_report_without_a_readable_moment_is_left_out(tidied: Tidied) -> None:
    assert tidied.ledger.dropped == [
        ("row 9", "the day or the time can't be read"),
        ("row 10", "the day or the time can't be read"),
    ]
    assert len(tidied.frame) == 11


def test_a_street_in_the_coordinates_is_blanked_and_a_blank_one_is_not_counted(
    tidied: Tidied,
) -> None:
    blank = tidied.frame[tidied.frame["latitude"].isna()]
    assert set(blank["crash_at"].dt.year) == {2010, 2016}
    assert blank["longitude"].isna().all()
    assert tidied.ledger.repaired["street_in_coordinates"] == 1


def test_a_point_in_another_state_is_blanked(tidied: Tidied) -> None:
    row = tidied.frame[tidied.frame["crash_at"].dt.month.eq(10)].iloc[0]
    assert pd.isna(row["latitude"])
    assert pd.isna(row["longitude"])
    assert row["road_kind"] == "INTERSTATE"
    assert tidied.ledger.repaired["outside_parish"] == 1


def test_the_space_behind_a_slash_goes(tidied: Tidied) -> None:
    assert "OFF ROAD/PRIVATE PROPERTY" in set(tidied.frame["road_kind"])


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert measure_shown_faults(tidied.frame) == {
        "exact_doubles": 1,
        "exactly_midnight": 1,
        "no_place": 3,
        "slow_start": 1,
        "new_interstate_source": 2,
    }


def test_a_live_pull_without_coordinates_leaves_them_missing() -> None:
    live = pd.DataFrame(
        [{"crash_date": "2016-03-31T00:00:00.000", "crash_time": "3:18 PM", "occured_on": "X"}]
    )
    tidied = tidy(live)
    assert tidied.frame["latitude"].isna().all()
    assert tidied.ledger.repaired["street_in_coordinates"] == 0
