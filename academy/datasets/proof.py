"""Prove the learnt rules: learn on one half of a table, plant defects in the other, count."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from academy.datasets.constraints import Alarm, check, learn
from academy.datasets.defects import Defect, plant
from academy.datasets.learnt.rule import FEWEST

if TYPE_CHECKING:
    import pandas as pd

# A half with fewer rows than rules are learnt from proves nothing.
FEWEST_ROWS = 2 * FEWEST
# An alarm about more columns than this does not tell which of them is wrong.
MOST_COLUMNS = 3
# So many rows of a half are touched at once, at the most.
_SHARE = 0.1


@dataclass
class Outcome:
    """What the rules that were learnt on one half of a table noticed in the other."""

    planted: dict[str, int] = field(default_factory=dict)
    noticed: dict[str, int] = field(default_factory=dict)
    clean_rows: int = 0
    false_alarms: int = 0

    def add(self, other: Outcome) -> None:
        """Add another table's counts."""
        for kind, count in other.planted.items():
            self.planted[kind] = self.planted.get(kind, 0) + count
            self.noticed[kind] = self.noticed.get(kind, 0) + other.noticed[kind]
        self.clean_rows += other.clean_rows
        self.false_alarms += other.false_alarms

    def rate(self, *kinds: str) -> float:
        """Return the share of the planted defects of these kinds that was noticed."""
        planted = sum(self.planted.get(kind, 0) for kind in kinds)
        return sum(self.noticed.get(kind, 0) for kind in kinds) / max(planted, 1)

    @property
    def false_alarm_rate(self) -> float:
        """The share of the rows that nobody touched and that were flagged."""
        return self.false_alarms / max(self.clean_rows, 1)


def measure(frame: pd.DataFrame, *, seed: int = 0, defects: int = 200) -> Outcome:
    """Learn rules on one half of a table's rows, plant defects in the other, and count.

    A defect is noticed when an alarm that was not there before names its row and, among three
    columns at the most, its column; for a repeated row, when it says that the copy repeats a row.

    Parameters
    ----------
    frame
        A typed table, as `load_dataset` gives it.
    seed
        For dealing the rows and for planting: the same seed gives the same counts.
    defects
        How many to plant; a kind that the table has no place for is left out.
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    order = rng.permutation(len(frame))
    plain, half = _loose(frame), len(frame) // 2
    rules = learn(plain.iloc[np.sort(order[:half])], seed=seed)
    other = plain.iloc[np.sort(order[half:])].reset_index(drop=True)
    before = set(check(other, rules))
    outcome = Outcome(clean_rows=len(other), false_alarms=len({alarm.row for alarm in before}))
    at_once = max(1, int(len(other) * _SHARE))
    while (left := defects - sum(outcome.planted.values())) > 0:
        wrong, planted = plant(other, plain, rng, min(left, at_once))
        if not planted:
            break
        _count(outcome, planted, _named(set(check(wrong, rules)) - before))
    return outcome


def _named(alarms: set[Alarm]) -> dict[int, set[str]]:
    """Return the columns that alarms name in each row; "" for a row that repeats another."""
    named: dict[int, set[str]] = {}
    for alarm in alarms:
        columns = alarm.columns if len(alarm.columns) <= MOST_COLUMNS else ()
        repeats = ("",) if alarm.kind == "once" else ()
        named.setdefault(alarm.row, set()).update(columns, repeats)
    return named


def _count(outcome: Outcome, planted: list[Defect], named: dict[int, set[str]]) -> None:
    for defect in planted:
        hit = not named.get(defect.row, set()).isdisjoint(defect.columns)
        outcome.planted[defect.kind] = outcome.planted.get(defect.kind, 0) + 1
        outcome.noticed[defect.kind] = outcome.noticed.get(defect.kind, 0) + hit


def _loose(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table without shapes, in types that can also hold what is wrong."""
    import pandas as pd
    from pandas.api.types import is_bool_dtype, is_integer_dtype

    loose: dict[str, pd.Series[Any]] = {}
    for name in frame.columns:
        column = frame[name]
        if is_integer_dtype(column):
            loose[str(name)] = column.astype("Int64")
        elif is_bool_dtype(column):
            loose[str(name)] = column.astype("boolean")
        elif str(column.dtype) != "geometry":
            is_text = isinstance(column.dtype, pd.CategoricalDtype | pd.StringDtype)
            loose[str(name)] = column.astype("object") if is_text else column
    return pd.DataFrame(loose).reset_index(drop=True)
