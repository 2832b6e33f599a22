"""Plant known defects of ten kinds in rows: what the learnt rules have to notice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from academy.datasets.defect_places import PLACES, POINT
from academy.datasets.learnt.rule import as_floats

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# What each kind does to one value (or row), for the published table.
KINDS = {
    "blank": "a value is blanked in a column that has no blank",
    "typo": "one letter of a category is changed, lost, added or swapped",
    "case": "a text gets small letters, a blank at its end or two blanks for one",
    "code": "a digit of a code is lost or becomes a letter",
    "far_date": "a date moves by a century, or becomes 1900-01-01 or 1970-01-01",
    "near_date": "a date moves by 1 to 60 days",
    "swapped_point": "latitude and longitude change places",
    "repeated_row": "a row stands there twice",
    "impossible_number": "a number loses its sign, or is 10 to 1,000 times the largest",
    "wrong_value": "a value is replaced by another row's value of the same column",
}
# The rest of a row can, but need not, give these away: they look like any other value.
HARD = frozenset({"near_date", "wrong_value"})
_ATTEMPTS = 20


@dataclass(frozen=True)
class Defect:
    """One thing that was put wrong: its kind, the place of the row, and the columns."""

    kind: str
    row: int
    columns: tuple[str, ...]


def plant(
    frame: pd.DataFrame, whole: pd.DataFrame, rng: np.random.Generator, count: int
) -> tuple[pd.DataFrame, list[Defect]]:
    """Put defects of all kinds in turn into a copy of a table, each in a row of its own.

    Parameters
    ----------
    frame
        The rows to put them in.
    whole
        All rows of the table: what they say of a column decides which kinds can be planted there.
    rng
        The source of chance.
    count
        How many.

    Returns
    -------
    tuple of (pandas.DataFrame, list of Defect)
        The copy (with the repeated rows at its end), and what was put where.
    """
    import pandas as pd

    wrong = frame.copy()
    places = {kind: list(PLACES[kind](whole)) for kind in KINDS}
    kinds = [kind for kind in KINDS if places[kind]]
    rows = iter(rng.permutation(len(frame)).tolist())
    planted: list[Defect] = []
    copies: list[int] = []
    for row in rows:
        if len(planted) == count or not kinds:
            break
        kind = kinds[int(rng.integers(len(kinds)))]
        columns = places[kind][int(rng.integers(len(places[kind])))]
        if kind == "repeated_row":
            planted.append(Defect(kind, len(frame) + len(copies), ("",)))
            copies.append(row)
        elif _spoil(wrong, row, columns, kind, whole, rng):
            planted.append(Defect(kind, row, columns))
    return pd.concat([wrong, frame.iloc[copies]], ignore_index=True), planted


def _spoil(
    wrong: pd.DataFrame,
    row: int,
    columns: tuple[str, ...],
    kind: str,
    whole: pd.DataFrame,
    rng: np.random.Generator,
) -> bool:
    """Change one value (or the two of a point); tell whether that was possible."""
    import pandas as pd

    if kind == "swapped_point":
        point = wrong.loc[row, list(POINT)]
        if point.isna().any():
            return False
        wrong.loc[row, list(POINT)] = point.to_numpy()[::-1]
        return True
    (name,) = columns
    old: Any = wrong.at[row, name]
    if pd.isna(old):
        return False
    for _ in range(_ATTEMPTS):
        new = _SPOILERS[kind](old, whole[name], rng)
        if new is not None and not _same(new, old):
            wrong.at[row, name] = new
            return True
    return False


def _same(new: Any, old: Any) -> bool:
    import pandas as pd

    return not pd.isna(new) and bool(new == old)


def _blank(old: Any, column: pd.Series[Any], rng: np.random.Generator) -> Any:  # noqa: ARG001
    import pandas as pd

    return pd.NaT if isinstance(old, pd.Timestamp) else pd.NA


def _typo(old: str, column: pd.Series[Any], rng: np.random.Generator) -> str | None:
    """Change a letter inside; what comes out must not be another value of the column."""
    letters = [place for place, sign in enumerate(old) if sign.isalpha()]
    if len(letters) < 4:
        return None
    place = letters[int(rng.integers(len(letters)))]
    other = chr(ord("A") + int(rng.integers(26)))
    other = other if old[place].isupper() else other.lower()
    rest = old[place + 1 :]
    choices = (
        old[:place] + other + rest,
        old[:place] + rest,
        old[:place] + old[place] + other + rest,
        old[:place] + rest[:1] + old[place] + rest[1:],
    )
    new = choices[int(rng.integers(4))]
    return None if (column == new).any() else new


def _case(old: str, column: pd.Series[Any], rng: np.random.Generator) -> str | None:
    choices = (old.lower(), f"{old} ", old.replace(" ", "  ", 1))
    new = choices[int(rng.integers(3))]
    return None if (column == new).any() else new


def _code(old: str, column: pd.Series[Any], rng: np.random.Generator) -> str | None:
    digits = [place for place, sign in enumerate(old) if sign.isdigit()]
    if not digits:
        return None
    place = digits[int(rng.integers(len(digits)))]
    letter = {"0": "O", "1": "l", "5": "S", "8": "B"}.get(old[place], "X")
    new = old[:place] + (letter if rng.random() < 0.5 else "") + old[place + 1 :]
    return None if (column == new).any() else new


def _far_date(
    old: pd.Timestamp,
    column: pd.Series[Any],  # noqa: ARG001
    rng: np.random.Generator,
) -> pd.Timestamp:
    import pandas as pd

    choice = int(rng.integers(4))
    if choice < 2:
        return old + pd.DateOffset(years=100 if choice else -100)
    return pd.Timestamp(("1900-01-01", "1970-01-01")[choice - 2], tz=old.tz)


def _near_date(
    old: pd.Timestamp,
    column: pd.Series[Any],  # noqa: ARG001
    rng: np.random.Generator,
) -> pd.Timestamp:
    import pandas as pd

    days = int(rng.integers(1, 61)) * (1 if rng.random() < 0.5 else -1)
    return old + pd.DateOffset(days=days)


def _impossible(old: Any, column: pd.Series[Any], rng: np.random.Generator) -> Any:
    if rng.random() < 0.5 and old != 0:
        return -old
    largest = float(abs(as_floats(column[column.notna()])).max())
    new = largest * float(10 ** rng.uniform(1, 3))
    return int(new) if _is_whole(column) else new


def _is_whole(column: pd.Series[Any]) -> bool:
    from pandas.api.types import is_integer_dtype

    return is_integer_dtype(column)


def _wrong(old: Any, column: pd.Series[Any], rng: np.random.Generator) -> Any:  # noqa: ARG001
    new = column.iloc[int(rng.integers(len(column)))]
    import pandas as pd

    return None if pd.isna(new) else new


_SPOILERS: dict[str, Callable[[Any, Any, Any], Any]] = {
    "blank": _blank,
    "typo": _typo,
    "case": _case,
    "code": _code,
    "far_date": _far_date,
    "near_date": _near_date,
    "impossible_number": _impossible,
    "wrong_value": _wrong,
}
