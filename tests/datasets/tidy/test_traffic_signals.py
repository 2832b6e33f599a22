"""Each repair of the table of traffic signals, on rows as the portal gives them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from academy.datasets.tidy.ledger import Tidied
from academy.datasets.tidy.traffic_signals import PORTAL_COLUMNS, measure_shown_faults, tidy


@pytest.fixture
def tidied(made_up: Callable[[str], pd.DataFrame]) -> Tidied:
    return tidy(made_up("traffic-signals"))


def test_every_numbered_signal_is_there_once_in_the_order_of_numbers(tidied: Tidied) -> None:
    assert list(tidied.frame["signal_id"]) == ["C-901", "C-903", "S-902"]
    assert list(tidied.frame.columns) == list(PORTAL_COLUMNS)
    assert tidied.ledger.dropped == [
        ("row 4", "it has no number"),
        ("C-901", "the number stands there already"),
    ]


def test_a_street_keeps_one_space_between_words(tidied: Tidied) -> None:
    row = tidied.frame.set_index("signal_id").loc["S-902"]
    assert row["main_street_name"] == "PRETEND BLVD"
    assert row["cross_street_name"] == "MADE UP ST / SAMPLE AVE"
    assert tidied.ledger.repaired["double_spaces"] == 1


def test_a_point_outside_the_parish_is_blanked(tidied: Tidied) -> None:
    assert tidied.frame["latitude"].isna().tolist() == [False, True, False]
    assert tidied.ledger.repaired["outside_parish"] == 1


def test_signals_with_several_cross_streets_are_counted(tidied: Tidied) -> None:
    assert measure_shown_faults(tidied.frame) == {"several_cross_streets": 1}


def test_the_live_portals_names_mean_the_same_columns(
    made_up: Callable[[str], pd.DataFrame],
) -> None:
    raw = made_up("traffic-signals")
    live = raw.rename(
        columns={
            "TRAFFIC SIGNAL INVENTORY NO": "tsi_num",
            "PRIMARY STREET NAME": "main",
            "SECONDARY STREET NAME": "minor",
        }
    )
    pd.testing.assert_frame_equal(tidy(live).frame, tidy(raw).frame)
