"""One measured thing."""

from __future__ import annotations

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
    """

    what: str
    academy: float
    stock: float | None = None
    unit: str = "s"
    how: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the row for JSON."""
        return asdict(self)
