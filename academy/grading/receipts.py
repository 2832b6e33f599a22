"""The record of submissions: who handed in what and when, one line each, never changed.

Each line carries the hash of the line before it, so that a line that was changed, put in or taken
out shows. Whoever may write the file could make it all anew; it belongs to the exchange alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import IO, Any

from academy import paths

#: The hash before the first line.
NOTHING_BEFORE = "0" * 64
RECORD_MODE = 0o640


@dataclass(frozen=True)
class Receipt:
    """What the exchange noted about one submission.

    Parameters
    ----------
    number
        Its place in the course's record, from 1: the order in which submissions arrived.
    course, learner, assignment
        What it is, and who the hub said that its sender was.
    submitted_at
        When it was accepted, by the server's clock, in UTC.
    folder
        Name of its folder in the exchange.
    sha256
        Hash of its content, see `academy.grading.archive.content_hash`.
    files, size
        How many files it has, and their bytes together.
    previous
        Hash of the line before this one.
    """

    number: int
    course: str
    learner: str
    assignment: str
    submitted_at: datetime
    folder: str
    sha256: str
    files: int
    size: int
    previous: str

    @property
    def timestamp(self) -> str:
        """When it was accepted, as nbgrader writes it."""
        return timestamp(self.submitted_at)

    def as_dict(self) -> dict[str, Any]:
        """Return the receipt as plain fields."""
        return asdict(self) | {"submitted_at": self.submitted_at.isoformat()}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Receipt:
        """Return the receipt of plain fields."""
        moment = datetime.fromisoformat(fields["submitted_at"])
        return cls(**(fields | {"submitted_at": moment}))


def timestamp(moment: datetime) -> str:
    """Return a moment as nbgrader writes it into names and ``timestamp.txt``."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


def record_file(course_id: str) -> Path:
    """Return the file of a course's record."""
    return paths.state() / "receipts" / f"{course_id}.jsonl"


def record_of(course_id: str) -> Record:
    """Return a course's record as it is now; what was read before is not read again."""
    record = _record(record_file(course_id))
    record.refresh()
    return record


@cache
def _record(file: Path) -> Record:
    return Record(file)


class Record:
    """One course's record, read as far as it was written.

    Parameters
    ----------
    file
        The record's file. It may not be there yet.

    Attributes
    ----------
    receipts
        Every receipt, in the order of arrival.
    faults
        A sentence for each line that is not what the exchange wrote.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._forget()

    def _forget(self) -> None:
        self.receipts: list[Receipt] = []
        self.faults: list[str] = []
        self._by_learner: dict[str, list[Receipt]] = defaultdict(list)
        self._seen: tuple[int, int] = (0, 0)
        self._lines = 0
        self._last_hash = NOTHING_BEFORE

    def by(self, learner: str) -> Sequence[Receipt]:
        """Return a learner's receipts, in the order of arrival."""
        return self._by_learner.get(learner, ())

    def of(self, learner: str, assignment: str) -> list[Receipt]:
        """Return a learner's receipts for an assignment, in the order of arrival."""
        return [one for one in self.by(learner) if one.assignment == assignment]

    def learners(self, assignment: str) -> list[str]:
        """Return who has handed in an assignment."""
        return sorted({one.learner for one in self.receipts if one.assignment == assignment})

    def refresh(self) -> None:
        """Read what was written since the last time."""
        try:
            with self.file.open("rb") as file:
                self._read_on(file)
        except FileNotFoundError:
            self._forget()

    def _read_on(self, file: IO[bytes]) -> None:
        found = os.fstat(file.fileno())
        inode, offset = self._seen
        if inode != found.st_ino or offset > found.st_size:
            self._forget()
            offset = 0
        file.seek(offset)
        # The last line may be one that is being written, or that a power cut left unfinished.
        lines, newline, _ = file.read().rpartition(b"\n")
        for line in lines.split(b"\n") if newline else ():
            self._take(line)
        self._seen = (found.st_ino, offset + len(lines) + len(newline))

    def _take(self, line: bytes) -> None:
        self._lines += 1
        try:
            receipt = Receipt.from_dict(json.loads(line))
        except (ValueError, TypeError, KeyError):
            self._fault("can't be read")
        else:
            if receipt.previous != self._last_hash or receipt.number != self._lines:
                self._fault("does not follow the line before it")
            self.receipts.append(receipt)
            self._by_learner[receipt.learner].append(receipt)
        self._last_hash = hashlib.sha256(line).hexdigest()

    def _fault(self, what: str) -> None:
        self.faults.append(f"Line {self._lines} of {self.file} {what}.")

    @contextmanager
    def writing(self) -> Iterator[Pen]:
        """Hold the record, up to date, for one more line; others wait."""
        with self.file.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self._read_on(file)
            # Half a line was never answered for: its sender was told nothing.
            file.truncate(self._seen[1])
            yield Pen(self, file)
            self._read_on(file)

    @property
    def next_place(self) -> tuple[int, str]:
        """The number of the next receipt, and the hash that it carries."""
        return self._lines + 1, self._last_hash


@dataclass(frozen=True)
class Pen:
    """The right to write one line; see `Record.writing`."""

    record: Record
    file: IO[bytes]

    def write(self, **fields: Any) -> Receipt:
        """Write a receipt, and return when it lies on the disk.

        Raises
        ------
        OSError
            When it could not be written; the record is then as it was before.
        """
        number, previous = self.record.next_place
        receipt = Receipt(number=number, previous=previous, **fields)
        line = json.dumps(receipt.as_dict(), ensure_ascii=False, separators=(",", ":"))
        end = self.file.seek(0, os.SEEK_END)
        try:
            _write_through(self.file.fileno(), line.encode() + b"\n")
        except OSError:
            # A line that may or may not be there would speak of a submission that is not.
            os.ftruncate(self.file.fileno(), end)
            raise
        return receipt


def _write_through(descriptor: int, data: bytes) -> None:
    """Write all of it past every buffer of ours, and wait until it lies on the disk."""
    while data:
        data = data[os.write(descriptor, data) :]
    os.fsync(descriptor)


def ensure_record(course_id: str) -> None:
    """Make a course's empty record if there is none."""
    file = record_file(course_id)
    file.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, RECORD_MODE)
    except FileExistsError:
        return
    os.fchmod(descriptor, RECORD_MODE)
    os.close(descriptor)
