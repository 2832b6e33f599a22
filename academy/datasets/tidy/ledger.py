"""What tidying did: which rows were repaired and which were dropped, so that it can be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Ledger:
    """Counts of repaired rows by the fault's id, and every dropped row with its reason."""

    repaired: dict[str, int] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)

    def repair(self, fault: str, rows: int) -> None:
        """Note that a fault was repaired in so many rows."""
        self.repaired[fault] = self.repaired.get(fault, 0) + int(rows)

    def drop(self, keys: Iterable[str], reason: str) -> None:
        """Note the keys of rows that are left out, and why."""
        self.dropped += [(str(key), reason) for key in keys]


@dataclass(frozen=True)
class Tidied:
    """A tidy table and what was done to get it."""

    frame: pd.DataFrame
    ledger: Ledger
