"""The exchange's files: taking submissions in, for good.

Who the learner is must be known before anything here is called. This module asks no hub and knows
no network; the service of the hub does, and an operator's own shell needs neither.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path

from academy import paths
from academy.grading.admission import (
    ExchangeLimits,
    check_frequency,
    check_welcome,
    course_folder,
    now,
)
from academy.grading.archive import FOLDER_MODE, Unpacked, content_hash, unpack
from academy.grading.receipts import Receipt, Record, ensure_record, record_of, timestamp
from academy.grading.refusal import RefusedError

#: What a submission is called while it is being unpacked.
ARRIVING = ".arriving-"
_MODES = {"": 0o2750, "inbound": 0o2750, "outbound": 0o755, "feedback": 0o2750}
_ABANDONED_SECONDS = 3600


def ensure_exchange(course_id: str) -> None:
    """Make a course's folders and record where they are missing, and give them their modes.

    Owners are left alone: whoever starts the Academy sets them.
    """
    for name, mode in _MODES.items():
        folder = course_folder(course_id) / name
        folder.mkdir(parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_mode & 0o7777 != mode and os.geteuid() in (0, found.st_uid):
            folder.chmod(mode)
    ensure_record(course_id)


def submission_folder(receipt: Receipt) -> Path:
    """Return the folder of a submission, as it arrived."""
    return course_folder(receipt.course) / "inbound" / receipt.folder


def courses() -> list[str]:
    """Return the courses that have an exchange."""
    return sorted(path.parent.name for path in paths.exchange().glob("*/inbound"))


def accept(
    course: str,
    learner: str,
    assignment: str,
    chunks: Iterable[bytes],
    allowed: ExchangeLimits | None = None,
) -> Receipt:
    """Take a submission in, for good, and write it into the record.

    Parameters
    ----------
    course, learner, assignment
        Whose it is must be known for sure.
    chunks
        A tar of the submission's files.
    allowed
        How much is taken in.

    Returns
    -------
    Receipt
        When this returns, submission and receipt lie on the disk.

    Raises
    ------
    RefusedError
        When it is not taken. Nothing is left of it then.
    """
    allowed = allowed or ExchangeLimits()
    check_welcome(course, learner, assignment, 0, allowed)
    inbound = course_folder(course) / "inbound"
    with _arriving(inbound) as folder:
        unpacked = unpack(chunks, folder, most_bytes=allowed.submission_bytes)
        if not unpacked.files:
            raise RefusedError(
                "bad_content",
                "There is no file in the submission.",
                next_step="Put your notebook into the assignment's folder and submit again.",
            )
        return _enter(course, learner, assignment, folder, unpacked, allowed)


def _enter(
    course: str,
    learner: str,
    assignment: str,
    folder: Path,
    unpacked: Unpacked,
    allowed: ExchangeLimits,
) -> Receipt:
    """Give an unpacked submission its place among the others and its line in the record."""
    sha256 = content_hash(folder)
    if sha256 is None:
        raise RefusedError("bad_content", "The submission changed while it was taken in.")
    with record_of(course).writing() as pen:
        check_frequency(pen.record, learner, assignment, unpacked.size, allowed)
        moment = _later_than(pen.record, learner, assignment)
        name = f"{learner}+{assignment}+{timestamp(moment)}+{secrets.token_urlsafe(9)}"
        target = course_folder(course) / "inbound" / name
        _move_in(folder, target)
        try:
            return pen.write(
                course=course,
                learner=learner,
                assignment=assignment,
                submitted_at=moment,
                folder=name,
                sha256=sha256,
                files=unpacked.files,
                size=unpacked.size,
            )
        except OSError:
            shutil.rmtree(target)
            raise


def _later_than(record: Record, learner: str, assignment: str) -> datetime:
    """Return this moment; no two submissions of one assignment have the same."""
    taken = {one.submitted_at for one in record.of(learner, assignment)}
    moment = now()
    while moment in taken:
        moment += timedelta(microseconds=1)
    return moment


@contextmanager
def _arriving(inbound: Path) -> Iterator[Path]:
    """Give a place beside the submissions that is gone afterwards."""
    _clear_abandoned(inbound)
    place = Path(tempfile.mkdtemp(prefix=ARRIVING, dir=inbound))
    try:
        yield place / "files"
    finally:
        shutil.rmtree(place)


def _clear_abandoned(inbound: Path) -> None:
    """Remove what a power cut left of submissions that never arrived."""
    long_ago = now().timestamp() - _ABANDONED_SECONDS
    for place in inbound.glob(f"{ARRIVING}*"):
        with suppress(FileNotFoundError):  # the last learner's place goes at this moment
            if place.lstat().st_mtime < long_ago:
                shutil.rmtree(place, ignore_errors=True)


def _move_in(folder: Path, target: Path) -> None:
    """Put an unpacked submission in its place, for good and as a property of the exchange."""
    inbound = target.parent.stat()
    if os.geteuid() == 0 != inbound.st_uid:
        # An operator hands in for a learner; what lies in the exchange belongs to the exchange.
        for place, _, files in os.walk(folder):
            for path in (Path(place), *(Path(place, name) for name in files)):
                os.chown(path, inbound.st_uid, inbound.st_gid)
            Path(place).chmod(FOLDER_MODE)
    folder.rename(target)
    descriptor = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
