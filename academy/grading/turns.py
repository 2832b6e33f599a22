"""Taking turns at an assignment: one grades it at a time, whoever that is.

The engine, the grading of what is just handed in, and nbgrader's own steps, by which formgrader's
buttons work, all write the same folders of a learner. Each of them waits for the one before it.
"""

from __future__ import annotations

import errno
import fcntl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from academy import paths
from academy.errors import AcademyError
from academy.grading.ledger import grading_folder

#: How long a person's command or button waits for its turn.
PATIENCE_SECONDS = 120.0
_LOOK_SECONDS = 0.1

#: Folders of the assignments that this process grades now, and the thread that does it.
_held: set[tuple[Path, int]] = set()


@contextmanager
def alone(
    course_id: str, assignment_id: str, seconds: float = 0.0, *, is_within: bool = False
) -> Iterator[Path]:
    """Keep others from grading the same assignment meanwhile; yield its folder.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    seconds
        How long to wait while somebody else grades it.
    is_within
        Whether this may be a step of a turn that this process has already.

    Raises
    ------
    AcademyError
        When somebody does so already.
    """
    folder = grading_folder(course_id, assignment_id)
    ours = (folder, threading.get_ident())
    if is_within and ours in _held:
        yield folder
        return
    with (folder / "lock").open("w") as lock, (folder / "queue").open("w") as queue:
        fcntl.flock(queue, fcntl.LOCK_SH)
        is_ours = _take(lock, seconds)
        fcntl.flock(queue, fcntl.LOCK_UN)
        if not is_ours:
            raise AcademyError(
                f"'{assignment_id}' is being graded at this moment.",
                kept="Nothing was changed by this second run.",
                next_step="Wait until the first one has ended.",
            )
        _held.add(ours)
        try:
            yield folder
        finally:
            _held.discard(ours)


def _take(lock: IO[str], seconds: float) -> bool:
    """Take a lock; return whether it could be had in time."""
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
        else:
            return True
        if time.monotonic() >= until:
            return False
        time.sleep(_LOOK_SECONDS)


def somebody_waits(course_id: str, assignment_id: str) -> bool:
    """Tell whether somebody waits for their turn at an assignment."""
    with (grading_folder(course_id, assignment_id) / "queue").open("w") as queue:
        return not _take(queue, 0)


def let_others_first(course_id: str, assignment_id: str) -> None:
    """Wait until nobody waits for their turn any more, or has given up."""
    until = time.monotonic() + PATIENCE_SECONDS
    while somebody_waits(course_id, assignment_id) and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)


def take_turns() -> None:
    """Have nbgrader's own Autograde and GenerateFeedback wait for their turn in this process.

    nbgrader has no setting for that. Calling it again changes nothing.
    """
    from nbgrader.converters import Autograde, GenerateFeedback

    for kind in (Autograde, GenerateFeedback):
        if "start" not in vars(kind):
            kind.start = _start_in_turn


def _start_in_turn(converter: Any) -> None:
    from nbgrader.converters import BaseConverter

    names = converter.coursedir
    with turn_of_step(names.course_id, names.assignment_id, Path(names.root)):
        BaseConverter.start(converter)


@contextmanager
def turn_of_step(course_id: str, assignment_id: str, root: Path) -> Iterator[None]:
    """Wait for the turn of one of nbgrader's steps, where it is about a live course.

    Parameters
    ----------
    course_id, assignment_id
        What nbgrader was told; either may be empty.
    root
        The folder in which it works.
    """
    if not course_id or not assignment_id or root != paths.live_courses() / course_id:
        yield
        return
    with alone(course_id, assignment_id, PATIENCE_SECONDS, is_within=True):
        yield
