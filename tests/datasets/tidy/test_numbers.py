"""Numbers, money, percents and months that come as text."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.tidy.numbers import money, months, numbers, percents, whole_numbers
from academy.errors import AcademyError


def column(*texts: str) -> pd.Series[str]:
    return pd.Series(texts, dtype="str", name="amount")


def test_blank_is_missing_and_never_zero() -> None:
    for read in (numbers, whole_numbers, money, percents):
        assert list(read(column("", "0")).isna()) == [True, False]


def test_whole_numbers_stay_whole_beside_missing_ones() -> None:
    read = whole_numbers(column("12", "12.0", "1,234", "", "-3"))
    assert read.dtype == "Int64"
    assert list(read.dropna()) == [12, 12, 1234, -3]


def test_money_and_percents_lose_their_signs() -> None:
    assert list(money(column("$43300.00", "43,300", "-31770.84"))) == [43300, 43300, -31770.84]
    assert list(percents(column("43.38%", "8.800000000000001%", "0%"))) == [43.38, 8.8, 0]


@pytest.mark.parametrize("read", [numbers, whole_numbers, money, percents])
def test_a_text_that_is_no_number_stops_the_work_and_is_quoted(read: object) -> None:
    assert callable(read)
    with pytest.raises(AcademyError, match=r"1 values of amount .*'twelve'"):
        read(column("12", "twelve"))


def test_half_a_person_is_no_whole_number() -> None:
    with pytest.raises(AcademyError, match=r"not a whole number, e\.g\. '12\.5'"):
        whole_numbers(column("12.5"))


def test_months_are_read_in_both_styles() -> None:
    read = months(column("2019", "2010"), column("06-June", "December"))
    assert list(read) == [pd.Timestamp(2019, 6, 1), pd.Timestamp(2010, 12, 1)]


@pytest.mark.parametrize("month", ["07-June", "Juni", "6", ""])
def test_a_month_that_contradicts_itself_or_has_no_name_is_refused(month: str) -> None:
    with pytest.raises(AcademyError, match="are not a year and a month"):
        months(column("2019"), column(month))
