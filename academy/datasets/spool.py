"""Hold tidy tables while they are made: small ones in memory, long ones as parts on the disk."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.schema import Sampling

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# What an embedded table may hold, so that the checkout stays small.
MOST_EMBEDDED_ROWS = 20_000


class Spool:
    """The pieces of one table, in their order.

    Parameters
    ----------
    folder
        Where further pieces go; a table of one piece stays in memory.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows = 0
        self._first: pd.DataFrame | None = None
        self._parts: list[Path] = []

    @property
    def is_long(self) -> bool:
        """Whether the table came in several pieces."""
        return bool(self._parts)

    def add(self, frame: pd.DataFrame) -> None:
        """Put a piece at the end."""
        self.rows += len(frame)
        if self._first is None:
            self._first = frame
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{len(self._parts):05}.parquet"
        frame.to_parquet(path, index=False)
        self._parts.append(path)

    def frames(self, columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the pieces, one at a time in memory."""
        import pandas as pd

        if self._first is not None:
            yield self._first if columns is None else self._first[columns]
        for path in self._parts:
            yield pd.read_parquet(path, columns=columns)

    def whole(self, columns: list[str] | None = None) -> pd.DataFrame:
        """Return the table, or some of its columns, at once."""
        import pandas as pd

        frames = list(self.frames(columns))
        return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)

    def remove(self) -> None:
        """Give back memory and disk."""
        self._first = None
        for path in self._parts:
            path.unlink(missing_ok=True)
        self._parts = []


def sampled(spool: Spool, unit: str | None) -> tuple[Spool, Sampling | None]:
    """Take every so-many-th row, or unit, where a table is longer than an embedded one may be.

    Parameters
    ----------
    spool
        The whole table.
    unit
        A column: all rows with one value stay together. A row without a value is its own unit.
    """
    if spool.rows <= MOST_EMBEDDED_ROWS:
        return spool, None
    units = _units(spool, unit)
    step = math.ceil(spool.rows / MOST_EMBEDDED_ROWS)
    while (units % step == 0).sum() > MOST_EMBEDDED_ROWS:
        step += 1
    return _every(spool, units % step == 0), Sampling(
        every_nth=step, unit=unit, rows_before=spool.rows
    )


def sampling_in_words(sampling: Sampling, rows: int) -> str:
    """Say how a table was sampled."""
    nth = f"every {_ordinal(sampling.every_nth)}"
    chosen = f"{nth} row" if sampling.unit is None else f"all rows of {nth} {sampling.unit}"
    return (
        f"This copy is a systematic sample, to keep the Academy small: {chosen}, "
        f"{rows:,} of {sampling.rows_before:,} rows, in the table's order from its first. "
        "`academy data refresh` gives the whole table."
    )


def _ordinal(number: int) -> str:
    if number % 100 not in (11, 12, 13) and number % 10 in (1, 2, 3):
        return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}[number % 10] }"
    return f"{number}th"


def _units(spool: Spool, unit: str | None) -> np.ndarray[Any, Any]:
    """Number the units in the order in which they appear."""
    import numpy as np

    if unit is None:
        return np.arange(spool.rows)
    codes, names = spool.whole([unit])[unit].factorize()
    alone = codes < 0
    codes[alone] = len(names) + np.arange(alone.sum())
    return codes


def _every(spool: Spool, kept: np.ndarray[Any, Any]) -> Spool:
    import pandas as pd

    pieces, start = [], 0
    for frame in spool.frames():
        pieces.append(frame[kept[start : start + len(frame)]])
        start += len(frame)
    sample = Spool(spool.folder / "sample")
    sample.add(pd.concat(pieces, ignore_index=True))
    return sample
