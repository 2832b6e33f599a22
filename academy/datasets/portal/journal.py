"""How far a pull has come, so that the next one can go on after a stop of any kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from academy import paths
from academy.datasets.portal.source import Mark

_FILE = "journal.json"
_DIGEST_BYTES = 8


@dataclass(frozen=True)
class Journal:
    """What of a pull lies on the disk, of which source at which time.

    Parameters
    ----------
    pull
        The source, columns and shape that were asked for, and the source's mark, as one text.
    expected
        The rows that the source counts.
    rows
        The rows that lie on the disk.
    size
        Of how many bytes of the file they are.
    last_id
        The source's number of the last one.
    """

    pull: str
    expected: int
    rows: int = 0
    size: int = 0
    last_id: str = ""

    @classmethod
    def of(cls, where: str, columns: Sequence[str], shape: str | None, mark: Mark) -> Self:
        """Return the journal of a pull that has not begun."""
        pull = json.dumps([where, list(columns), shape, mark.rows, mark.version])
        return cls(pull, mark.rows)

    def after(self, rows: int, size: int, last_id: str) -> Self:
        """Return the journal after one more page."""
        return replace(self, rows=self.rows + rows, size=size, last_id=last_id)

    def save(self, folder: Path) -> None:
        """Write it, after the rows that it speaks of."""
        paths.write_atomically(folder / _FILE, json.dumps(asdict(self)), mode=0o600)

    def goes_on_as(self, fresh: Self, path: Path, numbers: Path) -> bool:
        """Tell whether a new pull would be of the same rows, and the files hold what came."""
        if self.pull != fresh.pull or not (path.is_file() and numbers.is_file()):
            return False
        return (
            path.stat().st_size >= self.size and numbers.stat().st_size >= self.rows * _DIGEST_BYTES
        )


def read_journal(folder: Path) -> Journal | None:
    """Return the journal of an earlier pull; None where there is none that can be read."""
    try:
        return Journal(**json.loads((folder / _FILE).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None
