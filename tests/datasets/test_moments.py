"""Times as text, a column at once: the same texts as one by one."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.moments import iso_moments

ZONE = "America/Chicago"


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_all_hours_of_two_years_with_both_clock_changes(unit: str) -> None:
    hours = pd.date_range("1999-12-31", "2002-01-02", freq="h", tz="UTC").tz_convert(ZONE)
    column = pd.Series(hours).dt.as_unit(unit)
    expected = [moment.isoformat(timespec="seconds") for moment in column]
    assert iso_moments(column).tolist() == expected
    assert {text[-6:] for text in expected} == {"-05:00", "-06:00"}


def test_missing_times_stay_missing_and_the_index_stays() -> None:
    column = pd.Series([pd.NaT, pd.Timestamp("2024-02-01T09:30:59.999", tz=ZONE)], index=[7, 3])
    written = iso_moments(column)
    assert written.index.tolist() == [7, 3]
    assert pd.isna(written.loc[7])
    assert written.loc[3] == "2024-02-01T09:30:59-06:00"


def test_a_column_of_missing_times_only() -> None:
    written = iso_moments(pd.Series([pd.NaT, pd.NaT]).dt.tz_localize(ZONE))
    assert written.isna().all()


def test_times_without_a_zone_and_east_of_greenwich() -> None:
    assert iso_moments(pd.Series([pd.Timestamp("2024-02-01")])).tolist() == ["2024-02-01T00:00:00"]
    india = pd.Series([pd.Timestamp("2024-02-01", tz="Asia/Kolkata")])
    assert iso_moments(india).tolist() == ["2024-02-01T00:00:00+05:30"]
