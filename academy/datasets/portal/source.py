"""What every reader of a portal offers, whether it reads a Socrata portal or a map service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from academy.errors import AcademyError

KEPT = "The table that is there stays as it is."

# A row as the portal's JSON has it: names to values, blank ones left out or None.
Row = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """By what a source tells that it is still the one it was: compared before and after a pull.

    Parameters
    ----------
    rows
        How many rows the source says that it holds.
    version
        Whatever changes when the source does: a time of change, a digest. May be empty.
    """

    rows: int
    version: str = ""


@dataclass(frozen=True)
class Page:
    """Some rows, each with the source's own number for it."""

    ids: Sequence[str]
    rows: Sequence[Row]


class Source(Protocol):
    """A table that can be read in pages, from any page on."""

    @property
    def where(self) -> str:
        """Return its address for people."""

    def offered(self) -> list[str]:
        """Return the names of the columns that may be asked for."""

    def shape_column(self) -> str | None:
        """Return the column that holds a line or an area, where there is one."""

    def mark(self) -> Mark:
        """Return how many rows there are now, and of which version."""

    def pages(self, columns: Sequence[str], done: int, last_id: str) -> Iterator[Page]:
        """Read on after the ``done`` rows that were read already, the last one ``last_id``.

        Raises
        ------
        ChangedError
            When the source is seen to have changed since then.
        """


class ChangedError(AcademyError):
    """The source changed while it was read; reading it again from the start may help."""

    def __init__(self, problem: str, where: str) -> None:
        super().__init__(
            problem,
            where=where,
            kept=KEPT,
            next_step="Try again later: the portal probably changed while it was read.",
        )
