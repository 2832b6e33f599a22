"""Find repeated keys of a long table with eight bytes a key, in memory or on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

_BYTES = 8
# So many keys are held in memory at a time.
_AT_ONCE = 500_000


class Distinct:
    """Keys that were seen, as short digests in a file.

    Two different keys share a digest of 64 bits so rarely (once in some ten million tables of a
    million rows) that a repeat may be taken as one.

    Parameters
    ----------
    path
        The file; it is made where it is not there.
    keep
        How many keys of a file that is there count; the rest is cut off.
    at_once
        How many keys may be in memory at a time.
    """

    def __init__(self, path: Path, *, keep: int = 0, at_once: int = _AT_ONCE) -> None:
        self._path = path
        self._at_once = at_once
        path.touch()
        os.truncate(path, keep * _BYTES)
        self.count = keep

    def add(self, keys: Iterable[str]) -> None:
        """Note more keys."""
        import numpy as np
        import pandas as pd

        # Not Python's own hash: that of the next process, which goes on with the file, differs.
        texts = np.array(list(map(_as_utf8, keys)), dtype=object)
        marks = pd.util.hash_array(texts, categorize=False)
        with self._path.open("ab") as file:
            file.write(marks.astype("<u8").tobytes())
        self.count += len(marks)

    def repeats(self) -> int:
        """Return how many keys stood there already when they came."""
        import numpy as np

        buckets = self.count // self._at_once + 1
        different = 0
        for bucket in range(buckets):
            parts = []
            for start in range(0, self.count, self._at_once):
                part = np.fromfile(
                    self._path, dtype="<u8", count=self._at_once, offset=start * _BYTES
                )
                parts.append(part[part % buckets == bucket])
            different += len(np.unique(np.concatenate(parts))) if parts else 0
        return self.count - different


def _as_utf8(key: str) -> str:
    """Half a character of a broken text is spelt out."""
    if key.isascii():
        return key
    return key.encode(errors="backslashreplace").decode()


class Seen:
    """Values that came before, as sorted hashes: far smaller than a set of them."""

    def __init__(self) -> None:
        self._marks: np.ndarray[Any, Any] | None = None

    def repeated(self, values: Sequence[str]) -> list[int]:
        """Take in more values; return the places, from 0, of those that came before."""
        import numpy as np

        marks = np.fromiter(map(hash, values), dtype=np.int64, count=len(values))
        order = np.argsort(marks, kind="stable")
        ordered = marks[order]
        repeats = np.zeros(len(marks), dtype=bool)
        repeats[1:] = ordered[1:] == ordered[:-1]
        known = np.empty(0, dtype=np.int64) if self._marks is None else self._marks
        places = np.searchsorted(known, ordered)
        there = places < len(known)
        repeats[there] |= known[places[there]] == ordered[there]
        self._marks = np.insert(known, places[~repeats], ordered[~repeats])
        return sorted(order[repeats].tolist())
