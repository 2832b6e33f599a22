"""Each repair of the table of street light poles, on rows as the portal gives them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from academy.datasets.tidy.ledger import Tidied
from academy.datasets.tidy.street_lights import COLUMNS, measure_shown_faults, tidy


@pytest.fixture
def tidied(made_up: Callable[[str], pd.DataFrame]) -> Tidied:
    return tidy(made_up("street-lights"))


def test_poles_stand_from_south_to_north_with_degrees_to_a_millionth(tidied: Tidied) -> None:
    places = tidied.frame[["latitude", "longitude"]].to_numpy().tolist()
    assert places == [[30.342151, -91.01528], [30.387937, -91.099811], [30.400041, -91.111067]]
    assert list(tidied.frame.columns) == COLUMNS


def test_a_pole_on_a_spot_that_is_taken_or_without_a_place_is_left_out(tidied: Tidied) -> None:
    assert tidied.ledger.dropped == [
        ("row 5", "it has no place in the parish"),
        ("row 6", "it has no place in the parish"),
        ("row 4", "a pole stands on that spot already"),
    ]
    assert tidied.ledger.repaired == {"outside_parish": 1}


def test_heights_are_numbers_and_a_blank_one_is_missing(tidied: Tidied) -> None:
    heights = tidied.frame["elevation_ft"]
    assert heights.isna().tolist() == [True, False, False]
    assert heights[2] == 37.864


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert measure_shown_faults(tidied.frame) == {
        "light_unknown": 1,
        "no_light": 1,
        "below_the_sea": 1,
    }
