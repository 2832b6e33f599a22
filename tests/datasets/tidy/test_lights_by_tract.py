"""Poles are counted in the tract that they stand in."""

from __future__ import annotations

import geopandas
import pandas as pd
import pytest

from academy.datasets.tidy.ledger import Tidied
from academy.datasets.tidy.lights_by_tract import measure_shown_faults, tidy


@pytest.fixture
def tidied(two_tracts: geopandas.GeoDataFrame) -> Tidied:
    lights = pd.DataFrame(
        {
            "latitude": [30.4, 30.4, 30.4, 30.4, 30.25],
            "longitude": [-91.15, -91.16, -91.17, -91.05, -91.15],
            "light_present": pd.Categorical(["Yes", "No", "Unknown", "Yes", "Yes"]),
        }
    )
    return tidy(lights, two_tracts.iloc[::-1])


def test_each_tract_is_there_with_its_poles(tidied: Tidied) -> None:
    frame = tidied.frame.set_index("tract_id")
    assert list(frame.index) == ["22033000001", "22033000002", "22033000003"]
    assert frame["pole_count"].tolist() == [3, 1, 0]
    assert frame["lit_pole_count"].tolist() == [1, 1, 0]
    assert frame["unlit_pole_count"].tolist() == [1, 0, 0]
    assert frame["unknown_pole_count"].tolist() == [1, 0, 0]


def test_poles_are_divided_by_land(tidied: Tidied) -> None:
    assert tidied.frame["poles_per_km2"].tolist() == [1.5, 0.2, 0.0]


def test_poles_outside_every_tract_are_counted_as_a_fault(tidied: Tidied) -> None:
    assert tidied.ledger.repaired == {"outside_the_tracts": 1}
    assert measure_shown_faults(tidied.frame) == {"no_pole": 1}
