"""Rules about several columns of a row (order, dependence, sums), and about rows that repeat."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, permutations
from typing import TYPE_CHECKING, Any, ClassVar

from academy.datasets.learnt.rule import (
    FEWEST,
    SLIP,
    Rule,
    as_days,
    as_floats,
    as_text,
    moments,
    numbers,
    texts,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from academy.datasets.learnt.rule import Flags

# A value that stands with only one other in this many rows or more is taken to decide it.
_SUPPORT = 3
_MOST_DEPENDENT = 24
_MOST_SUMMED = 40
# Whether two columns may add up to a third is seen from a few rows; then all are looked at.
_GLANCE = 100
# Totals are often wrong: a column that is a sum but for these is still meant to be one.
_SUM_SLIPS = 0.02
# Numbers that never meet, though so many pairs should by chance, are a key.
_MEETINGS = 3.0


@dataclass(frozen=True)
class Ordered(Rule):
    """A time that does not lie before another."""

    kind: ClassVar[str] = "ordered"

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the rows where the second lies before the first."""
        first, second = (as_days(frame[name]) for name in self.columns)
        return second < first

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[1]} is not before {self.columns[0]}"


@dataclass(frozen=True)
class Dependent(Rule):
    """A column that another decides: a kind of request belongs to one group."""

    kind: ClassVar[str] = "dependent"
    pairs: dict[Any, Any] = field(default_factory=dict, hash=False)

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the rows where the second is not what the first decides."""
        first, second = (as_text(frame[name]) for name in self.columns)
        expected = first.map(self.pairs)
        return (expected.notna() & ~(second == expected)).to_numpy(dtype=bool)

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[1]} is what {self.columns[0]} says"


@dataclass(frozen=True)
class Summed(Rule):
    """A number that is the sum of others; the last column is the sum."""

    kind: ClassVar[str] = "summed"

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the rows where the sum does not come out."""
        *parts, total = (as_floats(frame[name]) for name in self.columns)
        return abs(sum(parts) - total) > _tolerance(total)

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[-1]} is the sum of {', '.join(self.columns[:-1])}"


@dataclass(frozen=True)
class Once(Rule):
    """Columns in which no two rows are alike; the first of those that are is not flagged."""

    kind: ClassVar[str] = "once"

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the rows that repeat an earlier one."""
        chosen = frame[list(self.columns)].astype("object")
        filled = chosen.notna().any(axis=1)
        return (chosen.duplicated() & filled).to_numpy(dtype=bool)

    def words(self) -> str:
        """Say it in words."""
        alike = "row" if len(self.columns) > 1 else self.columns[0]
        return f"no {alike} stands twice"


def row_rules(frame: pd.DataFrame) -> Iterator[Rule]:
    """Yield the rules that columns keep to together, and rows among each other."""
    if len(frame) < FEWEST:
        return
    yield from _orders(frame)
    yield from _dependences(frame)
    yield from _sums(frame)
    yield from _onces(frame)


def _orders(frame: pd.DataFrame) -> Iterator[Rule]:
    days = {name: as_days(frame[name]) for name in moments(frame)}
    for first, second in permutations(days, 2):
        both = (days[first] == days[first]) & (days[second] == days[second])
        wrong = days[second][both] < days[first][both]
        if both.sum() >= FEWEST and wrong.mean() <= SLIP and (days[first] != days[second]).any():
            yield Ordered((first, second))


def _dependences(frame: pd.DataFrame) -> Iterator[Rule]:
    columns = {name: as_text(frame[name]) for name in (*texts(frame), *numbers(frame))}
    coded = {name: column.factorize() for name, column in columns.items() if _repeats(column)}
    if len(coded) > _MOST_DEPENDENT:
        return
    for first, second in permutations(coded, 2):
        pairs = _decided(coded[first][0], coded[second][0])
        if pairs:
            values, others = coded[first][1], coded[second][1]
            yield Dependent((first, second), {values[a]: others[b] for a, b in pairs.items()})


def _repeats(column: pd.Series[Any]) -> bool:
    """Tell whether a column has few enough values to decide others, and more than one."""
    return 1 < column.nunique() <= len(column) / 10


def _decided(first: NDArray[np.intp], second: NDArray[np.intp]) -> dict[int, int]:
    """Return what each value of a column decides, where nearly all of its rows agree.

    Values are given by their numbers, -1 for a blank.
    """
    import numpy as np

    width = int(second.max()) + 2
    together, counts = np.unique(
        first[first >= 0] * width + second[first >= 0] + 1, return_counts=True
    )
    values, decided = together // width, together % width - 1
    order = np.lexsort((-counts, values))
    best = order[np.unique(values[order], return_index=True)[1]]
    rows = np.bincount(values, weights=counts)
    if counts[best].sum() < (1 - SLIP) * counts.sum():
        return {}
    sure = [one for one in best if rows[values[one]] >= _SUPPORT and decided[one] >= 0]
    pairs = {int(values[one]): int(decided[one]) for one in sure}
    return pairs if len(set(pairs.values())) > 1 else {}


def _sums(frame: pd.DataFrame) -> Iterator[Rule]:
    """Look for one column that is two others together, or all those that stand before it."""
    import numpy as np

    values = {name: as_floats(frame[name]) for name in numbers(frame)}
    values = {name: column for name, column in values.items() if (column != 0).sum() >= FEWEST}
    if len(values) > _MOST_SUMMED:
        return
    names = list(values)
    few = np.array([column[:_GLANCE] for column in values.values()])
    for one, two in combinations(range(len(names)), 2):
        near = abs(few - few[one] - few[two]) <= _tolerance(few)
        for place in np.flatnonzero(near.mean(axis=1) > 0.5):
            columns = (names[one], names[two], names[place])
            if place not in (one, two) and _holds(*(values[name] for name in columns)):
                yield Summed(columns)
    yield from _long_sums(values)


def _long_sums(values: dict[str, NDArray[np.float64]]) -> Iterator[Rule]:
    names = list(values)
    for place, total in enumerate(names):
        for start in range(place - 2):
            parts = names[start:place]
            if _holds(*(values[name] for name in (*parts, total))):
                yield Summed((*parts, total))
                break


def _holds(*columns: NDArray[np.float64]) -> bool:
    """Tell whether the last column is the sum of the others, where they are not all zero."""
    import numpy as np

    *parts, total = columns
    together = np.sum(parts, axis=0)
    known = (together == together) & (total == total) & ((together != 0) | (total != 0))
    wrong = abs(together - total)[known] > _tolerance(total[known])
    return bool(known.sum() >= FEWEST and wrong.mean() <= _SUM_SLIPS)


def _tolerance(total: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounding of the parts may show in the sum."""
    import numpy as np

    return np.maximum(1.0, abs(total) * 1e-6) + 1e-9


def _onces(frame: pd.DataFrame) -> Iterator[Rule]:
    everything = Once(tuple(str(name) for name in frame.columns))
    if everything.broken(frame).mean() <= SLIP:
        yield everything
    for name in frame.columns:
        rule = Once((str(name),))
        filled = frame[name].notna().mean() >= 1 - SLIP
        if filled and _may_be_key(frame[name]) and not rule.broken(frame).any():
            yield rule


def _may_be_key(column: pd.Series[Any]) -> bool:
    """Leave out measures, and counts that differ by chance because their range is wide."""
    from pandas.api.types import is_datetime64_any_dtype, is_float_dtype, is_integer_dtype

    if is_integer_dtype(column):
        width = float(column.max()) - float(column.min()) + 1
        return len(column) * (len(column) - 1) / 2 / width >= _MEETINGS
    return not (is_float_dtype(column) or is_datetime64_any_dtype(column))
