"""One measured thing."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    what
        What was measured.
    academy
        How long the Academy took, or how large it is.
    stock
        The stock tool in the same run, where there is one.
    unit
        The unit of both.
    how
        What the stock tool is, or how it was measured.
    values
        Every value behind the two medians, where it was measured several times.
    """

    what: str
    academy: float
    stock: float | None = None
    unit: str = "s"
    how: str = ""
    values: dict[str, list[float]] | None = None

    def as_dict(self) -> dict[str, object]:
        """Return the row for JSON."""
        return asdict(self)


def median_row(
    what: str, academy: Sequence[float], stock: Sequence[float], unit: str = "s", how: str = ""
) -> Row:
    """Return the row of what was measured several times, in turns.

    Parameters
    ----------
    what
        What was measured.
    academy
        The Academy's values.
    stock
        The stock tool's.
    unit
        The unit of both.
    how
        What the stock tool is.
    """
    middle, stock_middle = statistics.median(academy), statistics.median(stock)
    values = {
        "academy": [round(one, 4) for one in academy],
        "stock": [round(one, 4) for one in stock],
    }
    return Row(what, middle, stock_middle, unit, how, values)
