"""Learn from rows what rows keep to, and tell which other rows do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from academy.datasets.learnt.columns import column_rules
from academy.datasets.learnt.rows import row_rules

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from academy.datasets.learnt.rule import Rule

# Of the rows that nobody touched, so many may be flagged by all rules together.
BUDGET = 0.007
_FOLDS = 4


@dataclass(frozen=True)
class Alarm:
    """A row that breaks a rule.

    Parameters
    ----------
    row
        The place of the row in the table, counted from 0.
    columns
        The columns that the rule is about.
    kind
        The kind of the rule: ``filled``, ``known``, ``shaped``, ``spelt``, ``sized``, ``ordered``,
        ``dependent``, ``summed`` or ``once``.
    words
        What the row should have kept to.
    """

    row: int
    columns: tuple[str, ...]
    kind: str
    words: str


def learn(frame: pd.DataFrame, *, seed: int = 0, budget: float = BUDGET) -> list[Rule]:
    """Learn rules from rows, and keep those that hold on rows they were not learnt from.

    The rows are dealt into four parts. Each rule is learnt from three and tried on the fourth, in
    turn; the rules that raise the fewest alarms there are kept, as long as all of them together
    flag no more than `budget` of the rows.

    Parameters
    ----------
    frame
        A typed table, as `load_dataset` gives it. Shapes are not looked at.
    seed
        For dealing the rows.
    budget
        The share of rows that may be flagged although nobody touched them.
    """
    plain = _plain(frame)
    rules = [*column_rules(plain), *row_rules(plain)]
    alarms = _tried_elsewhere(plain, seed)
    flagged = _no_flags(len(plain))
    kept = []
    for rule in sorted(rules, key=lambda rule: _alarms(alarms, rule)):
        together = flagged | alarms.get(rule.id, flagged)
        if together.sum() <= round(budget * len(plain)):
            flagged = together
            kept.append(rule)
    return kept


def check(frame: pd.DataFrame, rules: Iterable[Rule]) -> Iterator[Alarm]:
    """Tell which rows break which rules.

    Parameters
    ----------
    frame
        A table with the columns of the one that the rules were learnt from.
    rules
        What `learn` returned.
    """
    plain = _plain(frame)
    for rule in rules:
        for row in rule.broken(plain).nonzero()[0]:
            yield Alarm(int(row), rule.columns, rule.kind, rule.words())


def flagged_rows(frame: pd.DataFrame, *, seed: int = 0) -> NDArray[np.bool_]:
    """Learn from each half of a table and check the other: one flag a row."""
    import numpy as np

    flags = _no_flags(len(frame))
    order = np.random.default_rng(seed).permutation(len(frame))
    halves = (np.sort(order[::2]), np.sort(order[1::2]))
    for learnt, checked in (halves, halves[::-1]):
        rules = learn(frame.iloc[learnt], seed=seed)
        for alarm in check(frame.iloc[checked], rules):
            flags[checked[alarm.row]] = True
    return flags


def _tried_elsewhere(frame: pd.DataFrame, seed: int) -> dict[tuple[str, ...], NDArray[np.bool_]]:
    """Return, for each rule by its id, the rows that it flags when learnt from other rows."""
    import numpy as np

    alarms: dict[tuple[str, ...], NDArray[np.bool_]] = {}
    parts = np.random.default_rng(seed).integers(0, _FOLDS, len(frame))
    for part in range(_FOLDS):
        rest, own = frame[parts != part], frame[parts == part]
        for rule in (*column_rules(rest), *row_rules(rest)):
            flags = alarms.setdefault(rule.id, _no_flags(len(frame)))
            flags[parts == part] |= rule.broken(own)
    return alarms


def _alarms(
    alarms: dict[tuple[str, ...], NDArray[np.bool_]], rule: Rule
) -> tuple[int, int, tuple[str, ...]]:
    """Order rules by how many alarms they raise; a rule about fewer columns comes first."""
    tried = alarms.get(rule.id)
    return 0 if tried is None else int(tried.sum()), len(rule.columns), rule.id


def _no_flags(rows: int) -> NDArray[np.bool_]:
    import numpy as np

    return np.zeros(rows, dtype=bool)


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table without its shapes, as a plain one."""
    import pandas as pd

    names = [name for name in frame.columns if str(frame[name].dtype) != "geometry"]
    return pd.DataFrame({str(name): frame[name] for name in names}).reset_index(drop=True)
