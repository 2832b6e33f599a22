"""Whether the exchange takes a submission in: the assignment, how much, how often."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from academy import paths
from academy.grading import limits
from academy.grading.archive import too_large
from academy.grading.receipts import Record, record_of
from academy.grading.refusal import RefusedError

#: Names of courses, learners and assignments; each becomes a part of a path.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class ExchangeLimits:
    """How much the exchange takes in.

    Parameters
    ----------
    submission_bytes
        Bytes of one submission.
    submissions_a_day
        How often a learner may hand in one assignment within 24 hours.
    bytes_a_day
        Bytes that a learner may hand in to one course within 24 hours.
    free_bytes
        Bytes of the disk that stay free.
    """

    submission_bytes: int = limits.HANDED_IN_BYTES
    submissions_a_day: int = limits.HANDED_IN_A_DAY
    bytes_a_day: int = limits.HANDED_IN_BYTES_A_DAY
    free_bytes: int = limits.FREE_BYTES


def course_folder(course_id: str) -> Path:
    """Return a course's folder in the exchange."""
    return paths.exchange() / course_id


def now() -> datetime:
    """Return this moment by the server's clock."""
    return datetime.now(UTC)


def check_welcome(
    course: str,
    learner: str,
    assignment: str,
    size: int,
    allowed: ExchangeLimits,
    on_its_way: int = 0,
) -> None:
    """Refuse a submission whose bytes need not be looked at.

    Parameters
    ----------
    course, learner, assignment
        What it is to be.
    size
        How many bytes it will have.
    allowed
        How much is taken in.
    on_its_way
        Bytes of other submissions that are arriving and need room too.

    Raises
    ------
    RefusedError
        When there is no such assignment, or the submission is too much.
    """
    _check_released(course, learner, assignment)
    if size > allowed.submission_bytes:
        raise too_large(size, allowed.submission_bytes)
    check_frequency(record_of(course), learner, assignment, size, allowed)
    free = shutil.disk_usage(course_folder(course)).free
    if free - size - on_its_way < allowed.free_bytes:
        raise RefusedError(
            "no_room",
            "The Academy's disk is nearly full, so it takes no submissions at the moment.",
            next_step="Tell your instructor, and submit again later.",
        )


def _check_released(course: str, learner: str, assignment: str) -> None:
    named = all(NAME.fullmatch(name) for name in (course, learner, assignment))
    if not named or not (course_folder(course) / "outbound" / assignment).is_dir():
        raise RefusedError(
            "not_there",
            f"There is no released assignment {assignment!r} in the course {course!r}.",
            next_step="Check the spelling, or ask your instructor.",
        )


def check_frequency(
    record: Record, learner: str, assignment: str, size: int, allowed: ExchangeLimits
) -> None:
    """Refuse what is handed in too often, or is too much for one day."""
    since = now() - timedelta(days=1)
    recent = [one for one in record.by(learner) if one.submitted_at > since]
    times = sum(one.assignment == assignment for one in recent)
    if times >= allowed.submissions_a_day:
        raise RefusedError(
            "too_often",
            f"You have handed in '{assignment}' {times} times within a day, and no more than "
            f"{allowed.submissions_a_day} are taken.",
            next_step="The newest of them counts. You can submit again tomorrow.",
        )
    if sum(one.size for one in recent) + size > allowed.bytes_a_day:
        raise RefusedError(
            "too_often",
            f"You have handed in {allowed.bytes_a_day / 1e6:,.0f} MB within a day, and no more "
            "are taken.",
            next_step="Clear the outputs of your notebooks, or submit again tomorrow.",
        )
