"""What every learnt rule is: columns, words, and which rows break it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]

# A value that was seen in fewer than this share of the rows is taken for a slip, not for a use.
SLIP = 0.002
# Good and Turing: the share of values never seen before is about the share of values seen once.
UNSEEN = 0.01
# Fewer rows than this teach nothing.
FEWEST = 20


@dataclass(frozen=True)
class Rule:
    """A rule that was learnt from rows; `broken` says which rows of a table break it.

    Parameters
    ----------
    columns
        The columns that the rule is about. A broken rule points at all of them.
    """

    kind: ClassVar[str] = "rule"
    columns: tuple[str, ...]

    @property
    def id(self) -> tuple[str, ...]:
        """What tells a rule from others, whatever was learnt for it."""
        return self.kind, *self.columns

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Return one flag a row of the table."""
        raise NotImplementedError

    def words(self) -> str:
        """Say in words what a row must keep to."""
        raise NotImplementedError


def texts(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the names of the columns that hold text or categories."""
    from pandas.api.types import is_bool_dtype, is_datetime64_any_dtype, is_numeric_dtype

    for name in frame.columns:
        column = frame[name]
        if not (
            is_bool_dtype(column) or is_numeric_dtype(column) or is_datetime64_any_dtype(column)
        ):
            yield str(name)


def numbers(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the names of the columns that hold numbers."""
    from pandas.api.types import is_bool_dtype, is_numeric_dtype

    for name in frame.columns:
        if is_numeric_dtype(frame[name]) and not is_bool_dtype(frame[name]):
            yield str(name)


def moments(frame: pd.DataFrame) -> Iterator[str]:
    """Yield the names of the columns that hold dates or times."""
    from pandas.api.types import is_datetime64_any_dtype

    for name in frame.columns:
        if is_datetime64_any_dtype(frame[name]):
            yield str(name)


def as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as plain text, missing where it is missing."""
    return column.astype("object").where(column.notna(), None)


def as_floats(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Return a column of numbers as floats, not-a-number where it is missing."""
    return column.to_numpy(dtype="float64", na_value=float("nan"))


def as_days(column: pd.Series[Any]) -> NDArray[np.float64]:
    """Return a column of dates or times as days since 1970, not-a-number where it is missing."""
    import numpy as np
    import pandas as pd

    plain = column.dt.tz_convert("UTC").dt.tz_localize(None) if _zoned(column) else column
    days = plain.astype("datetime64[s]").to_numpy().astype("int64") / 86_400
    return np.where(pd.isna(column), np.nan, days)


def _zoned(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return isinstance(column.dtype, pd.DatetimeTZDtype)
