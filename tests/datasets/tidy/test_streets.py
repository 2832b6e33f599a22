"""Interstates and numbered streets have one spelling."""

from __future__ import annotations

import pytest

from academy.datasets.tidy.streets import ordinal, street_spelling


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("100 BLK I 110", "100 BLK I-110"),
        ("800 BLK E I - 12 / MILLERVILLE", "800 BLK E I-12 / MILLERVILLE"),
        ("2600 BLK 75 TH ST", "2600 BLK 75TH ST"),
        ("100 BLK N 17", "100 BLK N 17TH"),
        ("1600 BLK N 24 TH", "1600 BLK N 24TH"),
        ("2700 BLK N 31 ST", "2700 BLK N 31ST ST"),
        ("9800 BLK HWY 19 AV", "9800 BLK HWY 19 AV"),
        ("1600 BLK N 18TH ST", "1600 BLK N 18TH ST"),
        ("1100 BLK S I-110 HW", "1100 BLK S I-110 HW"),
    ],
)
def test_streets_that_look_like_house_numbers_are_spelt_out(written: str, spelt: str) -> None:
    assert street_spelling(written) == spelt


def test_ordinals() -> None:
    numbers = [1, 2, 3, 4, 11, 12, 13, 21, 22, 38]
    words = ["1ST", "2ND", "3RD", "4TH", "11TH", "12TH", "13TH", "21ST", "22ND", "38TH"]
    assert [ordinal(number) for number in numbers] == words
