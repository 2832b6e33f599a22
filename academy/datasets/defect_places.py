"""Where each kind of defect can be planted: what all rows of a table say decides, not the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from academy.datasets.learnt.rule import as_floats, moments, numbers, texts

if TYPE_CHECKING:
    import pandas as pd

# The two columns of a point.
POINT = ("latitude", "longitude")

Places = Iterator[tuple[str, ...]]


def _filled(whole: pd.DataFrame) -> Places:
    return ((str(name),) for name in whole.columns if whole[name].notna().all())


def _categories(whole: pd.DataFrame) -> Places:
    most = min(200, len(whole) / 10)
    return ((name,) for name in texts(whole) if 1 < whole[name].nunique() <= most)


def _texts(whole: pd.DataFrame) -> Places:
    return ((name,) for name in texts(whole) if _all_match(whole[name], r"[^\W\d_]"))


def _codes(whole: pd.DataFrame) -> Places:
    """Yield text columns of at most a dozen shapes that all have digits."""
    for name in texts(whole):
        shapes = whole[name].dropna().astype(str).str.replace(r"\d", "9", regex=True)
        if _all_match(whole[name], r"\d") and shapes.nunique() <= 12:
            yield (name,)


def _all_match(column: pd.Series[Any], pattern: str) -> bool:
    filled = column.dropna().astype(str)
    return len(filled) > 0 and bool(filled.str.contains(pattern).all())


def _moments(whole: pd.DataFrame) -> Places:
    return ((name,) for name in moments(whole))


def _points(whole: pd.DataFrame) -> Places:
    if set(POINT) <= set(whole.columns):
        yield POINT


def _unrepeated(whole: pd.DataFrame) -> Places:
    if not whole.astype("object").duplicated().any():
        yield ("",)


def _one_signed(whole: pd.DataFrame) -> Places:
    """Yield the columns of numbers that are all of one sign, or zero, and not all zero."""
    for name in numbers(whole):
        values = as_floats(whole[name].dropna())
        if len(values) and values.any() and ((values >= 0).all() or (values <= 0).all()):
            yield (name,)


def _all_columns(whole: pd.DataFrame) -> Places:
    return ((str(name),) for name in whole.columns if whole[name].nunique() > 1)


PLACES: dict[str, Callable[[pd.DataFrame], Places]] = {
    "blank": _filled,
    "typo": _categories,
    "case": _texts,
    "code": _codes,
    "far_date": _moments,
    "near_date": _moments,
    "swapped_point": _points,
    "repeated_row": _unrepeated,
    "impossible_number": _one_signed,
    "wrong_value": _all_columns,
}
