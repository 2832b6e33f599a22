"""When data left their source, as exactly as is known, and in words."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, StringConstraints

_A_DAY = len("2016-12-01")


def _as_text(value: Any) -> Any:
    """YAML reads 2016 as a number and 2016-12-01 as a date."""
    return str(value) if isinstance(value, int | datetime.date) else value


# A day, or as much of it as is known: 2016, 2016-12, 2016-12-01.
PartialDay = Annotated[
    str, BeforeValidator(_as_text), StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")
]


@dataclass(frozen=True)
class Taken:
    """When data left their source.

    Parameters
    ----------
    known
        The day, month or year.
    is_earliest
        Nobody noted the day: ``known`` is only the earliest that it can be, as the rows, or the
        name of their file, reach to it.
    """

    known: str
    is_earliest: bool = False

    @classmethod
    def of(cls, taken: str | None, not_before: str | None) -> Taken:
        """Return it from the two properties of a descriptor, of which one is written.

        Raises
        ------
        ValueError
            When none of them is written, or both are.
        """
        if (taken is None) == (not_before is None):
            raise ValueError("either `taken` or `takenNotBefore` must be given, and not both")
        return cls(taken or not_before or "", is_earliest=taken is None)

    @property
    def is_exact(self) -> bool:
        """Whether the day is known."""
        return len(self.known) == _A_DAY and not self.is_earliest

    @property
    def first_day(self) -> datetime.date:
        """The earliest day that it can be."""
        year, month, day = ([int(part) for part in self.known.split("-")] + [1, 1])[:3]
        return datetime.date(year, month, day)

    @property
    def last_day(self) -> datetime.date:
        """The last day of the year or month, or the day itself."""
        numbers = [int(part) for part in self.known.split("-")]
        if len(numbers) == 3:
            return datetime.date(*numbers)
        year, month = (*numbers, 12)[:2]
        return datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(days=1)

    def as_properties(self) -> dict[str, str]:
        """Return the property of a descriptor that says it."""
        return {"taken_not_before" if self.is_earliest else "taken": self.known}

    def in_words(self) -> str:
        """Return ``"on 2026-08-29"``, ``"in 2016"``, or ``"not before 2018 (day not known)"``."""
        if self.is_earliest:
            return f"not before {self.known} (day not known)"
        return f"on {self.known}" if self.is_exact else f"in {self.known}"
