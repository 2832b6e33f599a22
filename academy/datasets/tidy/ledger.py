"""What tidying did: which rows were repaired and which were dropped, so that it can be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Ledger:
    """Counts of repaired rows by the fault's id, and every dropped row with its reason.

    ``withheld`` counts, by reason, dropped rows whose key itself must not be published.
    ``rows_read`` is the number of rows that all of this was counted over.
    """

    repaired: dict[str, int] = field(default_factory=dict)
    dropped: list[tuple[str, str]] = field(default_factory=list)
    withheld: dict[str, int] = field(default_factory=dict)
    rows_read: int = 0

    def repair(self, fault: str, rows: int) -> None:
        """Note that a fault was repaired in so many rows."""
        self.repaired[fault] = self.repaired.get(fault, 0) + int(rows)

    def drop(self, keys: Iterable[str], reason: str) -> None:
        """Note the keys of rows that are left out, and why."""
        self.dropped += [(str(key), reason) for key in keys]

    def withhold(self, rows: int, reason: str) -> None:
        """Note how many rows are left out for a reason that forbids to list their keys."""
        self.withheld[reason] = self.withheld.get(reason, 0) + int(rows)

    def add(self, other: Ledger) -> None:
        """Take in what another ledger notes, as of the next piece of the same export."""
        for fault, rows in other.repaired.items():
            self.repair(fault, rows)
        self.dropped += other.dropped
        for reason, rows in other.withheld.items():
            self.withhold(rows, reason)
        self.rows_read += other.rows_read


@dataclass(frozen=True)
class Tidied:
    """The tidy tables and what was done to get them.

    ``frame`` is the first table of ``package.yaml``; ``others`` are the rest, by name.
    """

    frame: pd.DataFrame
    ledger: Ledger
    others: dict[str, pd.DataFrame] = field(default_factory=dict)
