"""Counts with their zeros, by month and by kind."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.counting import (
    complete_grid,
    count_rows,
    first_of_month,
    months_between,
    whole_months,
)


def test_a_grid_holds_every_combination_in_order() -> None:
    grid = complete_grid({"year": [2015, 2016], "kind": ["b", "a"]})
    assert grid.to_numpy().tolist() == [[2015, "b"], [2015, "a"], [2016, "b"], [2016, "a"]]


def test_counts_hold_zeros_and_leave_out_what_is_not_in_the_grid() -> None:
    rows = pd.DataFrame({"kind": pd.Categorical(["a", "a", "c", None])})
    counts = count_rows(rows, complete_grid({"kind": ["a", "b"]}), "rows")
    assert counts.to_numpy().tolist() == [["a", 2], ["b", 0]]
    assert counts["rows"].dtype == "int64"


def test_months_are_whole_only_between_the_first_and_the_last_day() -> None:
    first, last = pd.Timestamp("2010-01-03"), pd.Timestamp("2010-03-31 12:00")
    months = months_between(first, last)
    assert months.dt.strftime("%Y-%m-%d").tolist() == ["2010-01-01", "2010-02-01", "2010-03-01"]
    assert whole_months(months, first, last).tolist() == [False, True, True]


def test_a_moment_belongs_to_its_local_month() -> None:
    moments = pd.Series(pd.to_datetime(["2016-05-01T03:00:00Z"])).dt.tz_convert("America/Chicago")
    assert first_of_month(moments)[0] == pd.Timestamp("2016-04-01")
