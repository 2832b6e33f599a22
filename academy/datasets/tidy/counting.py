"""Counts of rows by month and by kind, with the zeros that a plain count leaves out."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd


def complete_grid(values: Mapping[str, Iterable[Hashable]]) -> pd.DataFrame:
    """Return one row for every combination of values, in their order.

    Parameters
    ----------
    values
        The values of each column, by its name.
    """
    grid = pd.DataFrame(index=[0])
    for name, kinds in values.items():
        grid = grid.merge(pd.DataFrame({name: list(kinds)}), how="cross")
    return grid


def count_rows(frame: pd.DataFrame, grid: pd.DataFrame, name: str) -> pd.DataFrame:
    """Count the rows of each combination in a grid; those without a row get a zero.

    Parameters
    ----------
    frame
        The rows, with the grid's columns.
    grid
        One row a combination, as of `complete_grid`.
    name
        What to call the column of counts.
    """
    keys = list(grid.columns)
    plain = frame[keys].astype({key: grid[key].dtype for key in keys})
    counted = plain.value_counts().rename(name).reset_index()
    full = grid.merge(counted, how="left", on=keys)
    return full.assign(**{name: full[name].fillna(0).astype("int64")})


def first_of_month(days: pd.Series[Any]) -> pd.Series[Any]:
    """Return the first day of each day's or moment's month, without a time zone."""
    plain = days.dt.tz_localize(None) if isinstance(days.dtype, pd.DatetimeTZDtype) else days
    first: pd.Series[Any] = plain.dt.to_period("M").dt.to_timestamp().astype("datetime64[s]")
    return first


def months_between(first: pd.Timestamp, last: pd.Timestamp) -> pd.Series[Any]:
    """Return the first day of every month from one day's month to another's."""
    periods = pd.period_range(first, last, freq="M")
    return pd.Series(periods.to_timestamp().astype("datetime64[s]"))


def whole_months(
    months: pd.Series[Any], first: pd.Timestamp, last: pd.Timestamp
) -> pd.Series[bool]:
    """Tell which months lie wholly between the first and the last day of the data."""
    ends = months + pd.offsets.MonthEnd(0)
    return (months >= first.normalize()) & (ends <= last.normalize())
