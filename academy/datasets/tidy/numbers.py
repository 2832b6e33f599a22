"""Texts of the portal's become numbers: whole ones, money, percents, and months with names."""

from __future__ import annotations

import calendar
from typing import Any

import pandas as pd

from academy.errors import AcademyError

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}


def numbers(column: pd.Series[str]) -> pd.Series[Any]:
    """Read plain numbers; blank is missing.

    Raises
    ------
    AcademyError
        When a text is no number: the portal's column then holds something new.
    """
    read = pd.to_numeric(column.mask(column.eq("")), errors="coerce").astype("float64")
    _refuse_strangers(column, read, "a number")
    return read


def whole_numbers(column: pd.Series[str]) -> pd.Series[Any]:
    """Read whole numbers, also where they are written ``12.0`` or ``1,234``; blank is missing.

    Raises
    ------
    AcademyError
        When a text is no whole number.
    """
    read = pd.to_numeric(column.str.replace(",", "").mask(column.eq("")), errors="coerce")
    _refuse_strangers(column, read.where(read % 1 == 0), "a whole number")
    return read.astype("Int64")


def money(column: pd.Series[str]) -> pd.Series[Any]:
    """Read dollars written ``$43300.00`` or ``43,300``; blank is missing."""
    return numbers(column.str.replace(r"[$,]", "", regex=True))


def percents(column: pd.Series[str]) -> pd.Series[Any]:
    """Read percents written ``43.38%``, to two decimals; blank is missing."""
    return numbers(column.str.removesuffix("%")).round(2)


def months(year: pd.Series[str], month: pd.Series[str]) -> pd.Series[Any]:
    """Read a year and the name of a month (``June`` or ``06-June``) as the month's first day.

    Raises
    ------
    AcademyError
        When a month has no such name, or the number before it is another month's.
    """
    parts = month.str.lower().str.extract(r"^(?:(\d{2})-)?([a-z]+)$")
    number = parts[1].map(_MONTHS)
    agrees = parts[0].isna() | (pd.to_numeric(parts[0]) == number)
    read = pd.to_datetime(
        pd.DataFrame({"year": pd.to_numeric(year, errors="coerce"), "month": number, "day": 1}),
        errors="coerce",
    )
    _refuse_strangers(year + " " + month, read.where(agrees), "a year and a month")
    return read


def _refuse_strangers(column: pd.Series[str], read: pd.Series[Any], wanted: str) -> None:
    strangers = column[read.isna() & column.ne("")]
    if strangers.empty:
        return
    raise AcademyError(
        f"{len(strangers)} values of {column.name or 'the month'} are not {wanted}, "
        f"e.g. '{strangers.iloc[0][:60]}'.",
        kept="The table that is there stays as it is.",
        next_step="Look at the export: a column may have moved, or be written in a new way.",
    )
