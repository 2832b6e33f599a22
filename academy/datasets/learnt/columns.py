"""Rules about one column: is it filled, which numbers and dates may it hold, which texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
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
from academy.datasets.learnt.texts import Known, is_closed, text_rules

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.learnt.rule import Flags


# From fewer values than this nobody can tell close limits.
_MANY = 200


@dataclass(frozen=True)
class Filled(Rule):
    """A column that is (nearly) never blank."""

    kind: ClassVar[str] = "filled"

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the blanks."""
        return frame[self.columns[0]].isna().to_numpy(dtype=bool)

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[0]} is never blank"


@dataclass(frozen=True)
class Sized(Rule):
    """A number or a time that is not far outside what was seen."""

    kind: ClassVar[str] = "sized"
    low: float = 0.0
    high: float = 0.0
    is_time: bool = False
    generous: bool = False

    @property
    def id(self) -> tuple[str, ...]:
        """Close and generous limits are told apart."""
        return (*super().id, "generous" if self.generous else "close")

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag what lies outside; a blank does not."""
        column = frame[self.columns[0]]
        values = as_days(column) if self.is_time else as_floats(column)
        return (values < self.low) | (values > self.high)

    def words(self) -> str:
        """Say it in words."""
        import datetime

        limits = [f"{limit:,.6g}" for limit in (self.low, self.high)]
        if self.is_time:
            first = datetime.date(1970, 1, 1)
            limits = [str(first + datetime.timedelta(days=int(d))) for d in (self.low, self.high)]
        return f"{self.columns[0]} lies between {limits[0]} and {limits[1]}"


@dataclass(frozen=True)
class Monthly(Rule):
    """A date that stands for a month: the first day of it."""

    kind: ClassVar[str] = "monthly"

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the other days; a blank is none."""
        column = frame[self.columns[0]]
        other: Flags = (column.notna() & (column.dt.day != 1)).to_numpy(dtype=bool)
        return other

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[0]} is the first day of a month"


def column_rules(frame: pd.DataFrame) -> Iterator[Rule]:
    """Yield the rules that each column by itself keeps to."""
    yield from _filled(frame)
    for name in texts(frame):
        yield from text_rules(name, Counter(as_text(frame[name]).dropna()))
    for name in numbers(frame):
        yield from _number_rules(name, frame)
    for name in moments(frame):
        days = as_days(frame[name])
        yield from _sized(name, days[days == days], is_time=True)
        monthly = Monthly((name,))
        if (days == days).sum() >= FEWEST and not monthly.broken(frame).any():
            yield monthly


def _filled(frame: pd.DataFrame) -> Iterator[Rule]:
    if len(frame) >= FEWEST:
        blank = frame.isna().mean()
        yield from (Filled((str(name),)) for name in frame.columns if blank[name] <= SLIP)


def _number_rules(name: str, frame: pd.DataFrame) -> Iterator[Rule]:
    values = as_floats(frame[name])
    values = values[values == values]
    counts = Counter(values.tolist())
    few = len(counts) <= min(50, len(values) / 20)
    if len(values) >= FEWEST and few and is_closed(counts):
        yield Known((name,), frozenset(counts))
    yield from _sized(name, values, is_time=False)


def _sized(name: str, values: Any, *, is_time: bool) -> Iterator[Rule]:
    """Leave room on both sides; where nothing was below (above) zero, zero is the limit."""
    if len(values) < FEWEST:
        return
    low, high = float(values.min()), float(values.max())
    width, is_short = high - low, len(values) < _MANY
    if is_time:
        for room in (max(31.0, width / 20), max(365.0, width))[is_short:]:
            generous = room >= width
            yield Sized((name,), low - room, high + room, is_time=True, generous=generous)
        return
    is_place = name in ("latitude", "longitude")
    room = width / 4 if is_place else max(width, abs(high), abs(low))
    for times in (1, 8)[is_short:]:
        least = low - room * times if low < 0 or is_place else 0.0
        most = high + room * times if high > 0 or is_place else 0.0
        yield Sized((name,), least, most, generous=times > 1)
