"""Operating-system identities: a user id for each learner, course and service, never reused."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Above what systems hand out to people, to containers and to their mapped users.
FIRST_UID = 1_900_000_000
LAST_UID = 2_100_000_000
_WAIT_SECONDS = 30

_TABLE = """
CREATE TABLE IF NOT EXISTS identities (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    UNIQUE (kind, name)
)
"""


@dataclass(frozen=True)
class Identity:
    """Who a process is to the operating system.

    Parameters
    ----------
    kind
        ``learner``, ``course`` or ``service``.
    name
        The learner's user name, the course's id, the service's name.
    uid
        The user id; the group id is the same number.
    """

    kind: str
    name: str
    uid: int

    @property
    def gid(self) -> int:
        """The group id."""
        return self.uid

    @property
    def login(self) -> str:
        """The name that the process reads in its ``/etc/passwd``."""
        return self.name if self.kind == "learner" else f"{self.kind}-{self.name}"


class Identities:
    """The register of identities in ``state/hub``.

    Needs no system account. A number that was given once is never given to anybody else, so a
    file that a learner left behind never falls to a stranger.

    Parameters
    ----------
    path
        The SQLite file; it is made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[tuple[str, str], Identity] = {}

    def of(self, kind: str, name: str) -> Identity:
        """Return an identity, allotting a new one to somebody who has none.

        Raises
        ------
        OverflowError
            When all numbers are used up.
        """
        if (kind, name) not in self._known:
            self._known[kind, name] = self._look_up(kind, name)
        return self._known[kind, name]

    def _look_up(self, kind: str, name: str) -> Identity:
        with self._open() as database:
            number = self._find(database, kind, name)
            if number is None:
                database.execute(
                    "INSERT OR IGNORE INTO identities (kind, name) VALUES (?, ?)", (kind, name)
                )
                number = self._find(database, kind, name)
        assert number is not None
        uid = FIRST_UID + number
        if uid > LAST_UID:
            raise OverflowError(f"All user ids from {FIRST_UID} to {LAST_UID} are used up.")
        return Identity(kind, name, uid)

    def all(self) -> list[Identity]:
        """Return every identity that was ever allotted, the oldest first."""
        with self._open() as database:
            rows = database.execute("SELECT kind, name, number FROM identities ORDER BY number")
            return [Identity(kind, name, FIRST_UID + number) for kind, name, number in rows]

    @staticmethod
    def _find(database: sqlite3.Connection, kind: str, name: str) -> int | None:
        query = "SELECT number FROM identities WHERE kind = ? AND name = ?"
        row = database.execute(query, (kind, name)).fetchone()
        return None if row is None else int(row[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=_WAIT_SECONDS)) as database, database:
            _use_wal(database)
            # A number that was handed out must outlive a power cut.
            database.execute("PRAGMA synchronous = FULL")
            database.execute(_TABLE)
            yield database
        self.path.chmod(0o600)


def _use_wal(database: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; SQLite does not wait by itself when two do so at once."""
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
