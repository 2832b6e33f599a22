"""Each shared repair, on texts as exports and the live portal write them."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.tidy.ledger import Ledger
from academy.datasets.tidy.repairs import (
    blank_strangers,
    blanks_missing,
    clock,
    coordinates,
    dates,
    five_digit_zips,
    in_local_time,
    mapped,
    points_from_text,
    row_names,
    single_spaces,
    zero_padded_times,
)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("4/3/2016", "2016-04-03"),
        ("04/03/2016", "2016-04-03"),
        ("4/3/16", "2016-04-03"),
        ("2016-04-03", "2016-04-03"),
        ("2016-04-03T00:00:00.000", "2016-04-03"),
        ("12/31/99", "1999-12-31"),
    ],
)
def test_days_are_read_in_four_styles(written: str, day: str) -> None:
    assert dates(pd.Series([written]))[0] == pd.Timestamp(day)


@pytest.mark.parametrize("written", ["", "4/31/2016", "13/1/2016", "April 3", "2016", "4/3/216"])
def test_a_day_that_cannot_be_is_missing(written: str) -> None:
    assert dates(pd.Series([written, "4/3/2016"])).isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("written", "time"),
    [
        ("0", "00:00:00"),
        ("5", "00:05:00"),
        ("45", "00:45:00"),
        ("850", "08:50:00"),
        ("0110", "01:10:00"),
        ("2359", "23:59:00"),
        ("15:30", "15:30:00"),
        ("9:05", "09:05:00"),
        ("14:35:38", "14:35:38"),
        ("12:00 AM", "00:00:00"),
        ("12:30 PM", "12:30:00"),
        ("3:18 PM", "15:18:00"),
        ("3:18 am", "03:18:00"),
    ],
)
def test_times_of_day_are_read(written: str, time: str) -> None:
    assert clock(pd.Series([written]))[0] == pd.Timedelta(time)


@pytest.mark.parametrize(
    "written", ["", "2475", "24:00", "13:18 PM", "0:15 AM", "64:00:00", "17:4::00", "16:2n:00"]
)
def test_a_time_that_cannot_be_is_missing(written: str) -> None:
    assert clock(pd.Series([written, "5"])).isna().tolist() == [True, False]


def test_times_get_their_leading_zeros_back() -> None:
    assert zero_padded_times(pd.Series(["5", "850", "1850"])).tolist() == [
        "00:05",
        "08:50",
        "18:50",
    ]


def test_local_times_at_a_clock_change_are_settled_and_counted() -> None:
    naive = pd.Series(
        pd.to_datetime(["2016-11-06 01:30", "2016-03-13 02:30", "2016-07-01 12:00", None])
    )
    local, unclear = in_local_time(naive)
    assert [str(moment) for moment in local[:3]] == [
        "2016-11-06 01:30:00-05:00",
        "2016-03-13 03:30:00-05:00",
        "2016-07-01 12:00:00-05:00",
    ]
    assert local.isna().tolist() == [False, False, False, True]
    assert unclear == 2


@pytest.mark.parametrize(
    "written",
    [
        "(30.45, -91.06)",
        "POINT (-91.06 30.45)",
        "1600 BLK MADE UP DR\nBATON ROUGE, LA 70815\n(30.45, -91.06)",
    ],
)
def test_a_point_is_read_out_of_a_text(written: str) -> None:
    assert points_from_text(pd.Series([written])).loc[0].tolist() == [30.45, -91.06]


@pytest.mark.parametrize("written", ["", "1600 BLK MADE UP DR\nBATON ROUGE, LA\n", "70815"])
def test_a_text_without_a_point_gives_none(written: str) -> None:
    assert points_from_text(pd.Series([written])).loc[0].isna().all()


def test_coordinates_become_degrees_to_a_millionth() -> None:
    frame = pd.DataFrame({"latitude": ["30.40004131", "900 ST"], "longitude": ["-91.1", ""]})
    numbers = coordinates(frame)
    assert numbers.loc[0].tolist() == [30.400041, -91.1]
    assert numbers.loc[1].isna().all()


def test_a_point_far_from_the_parish_is_blanked_as_a_whole_and_counted() -> None:
    ledger = Ledger()
    frame = pd.DataFrame(
        {"latitude": [30.45, 41.58, 30.45, None], "longitude": [-91.1, -93.6, None, None]}
    )
    kept = blank_strangers(frame, ledger)
    assert kept["latitude"].isna().tolist() == [False, True, True, True]
    assert kept["longitude"].isna().tolist() == [False, True, True, True]
    assert ledger.repaired == {"outside_parish": 1}


def test_only_zip_codes_of_five_digits_stay() -> None:
    written = pd.Series(["70815", "70815-1234", "708", "700805", "7/8/2005", "LA", ""])
    assert five_digit_zips(written).tolist() == ["70815", "70815", "", "", "", "", ""]


def test_small_helpers() -> None:
    assert single_spaces(pd.Series([" A  B ", "A B"])).tolist() == ["A B", "A B"]
    assert mapped(pd.Series(["a", "b", "a"]), str.upper).tolist() == ["A", "B", "A"]
    frame = blanks_missing(pd.DataFrame({"text": ["", "a"], "number": [0, 1]}))
    assert frame["text"].isna().tolist() == [True, False]
    assert frame["number"].tolist() == [0, 1]
    assert row_names(frame, pd.Series([False, True])) == ["row 2"]
