"""The gradebook: nbgrader's SQLite file in the course root, shared by several processes."""

from __future__ import annotations

import functools
import sqlite3
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SAWarning

from academy import paths
from academy.grading.course import course_root
from academy.grading.limits import GRADEBOOK_WAIT_MILLISECONDS

FILE_NAME = "gradebook.db"
#: Tables of the gradebook, and columns by which rows of them are looked up.
_LOOKED_UP = (
    ("base_cell", "notebook_id"),
    ("comment", "cell_id"),
    ("comment", "notebook_id"),
    ("grade", "cell_id"),
    ("grade", "notebook_id"),
    ("notebook", "assignment_id"),
    ("source_cell", "notebook_id"),
    ("submitted_assignment", "assignment_id"),
    ("submitted_assignment", "student_id"),
    ("submitted_notebook", "assignment_id"),
    ("submitted_notebook", "notebook_id"),
)


def gradebook_path(course_id: str) -> Path:
    """Return the file of a course's gradebook."""
    return paths.live_courses() / course_id / FILE_NAME


def gradebook_url(course_id: str) -> str:
    """Return the address by which nbgrader and SQLAlchemy open a course's gradebook."""
    return f"sqlite:///{gradebook_path(course_id)}"


def share_gradebooks() -> None:
    """Make every SQLite connection of this process wait for a lock and write ahead of its file.

    nbgrader opens the gradebook anew for each small step and has no setting for either, so
    this is done where SQLAlchemy connects. Calling it again changes nothing.
    """
    # nbgrader builds a submission before it adds it to the session, as SQLAlchemy 2 allows.
    warnings.filterwarnings("ignore", message="Object of type <Submitted", category=SAWarning)
    if not event.contains(Engine, "connect", _prepare_connection):
        event.listen(Engine, "connect", _prepare_connection)


def _prepare_connection(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    cursor = connection.cursor()
    try:
        cursor.execute(f"PRAGMA busy_timeout = {GRADEBOOK_WAIT_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
    finally:
        cursor.close()


@contextmanager
def open_gradebook(course_id: str) -> Iterator[Any]:
    """Open a course's gradebook, making it if it is not there.

    Parameters
    ----------
    course_id
        The course. Its live folder must exist.

    Yields
    ------
    nbgrader.api.Gradebook
        The gradebook; it is closed at the end.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    from nbgrader import api

    course_root(course_id)
    share_gradebooks()
    api.get_alembic_version = newest_revision
    with api.Gradebook(gradebook_url(course_id), course_id) as gradebook:
        yield gradebook


@functools.cache
def newest_revision() -> str:
    """Return which layout nbgrader's tables have, as it notes in a new gradebook.

    nbgrader itself has the program ``alembic`` say it, which must be on the PATH and takes seconds.
    """
    import nbgrader
    from alembic.script import ScriptDirectory

    folder = Path(nbgrader.__file__).with_name("alembic")
    return str(ScriptDirectory(str(folder)).get_current_head())


def ensure_gradebook(course_id: str) -> None:
    """Make a course's gradebook if it is not there.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    with open_gradebook(course_id) as gradebook:
        add_indexes(gradebook)


def add_indexes(gradebook: Any) -> None:
    """Have the gradebook find rows by what they belong to, instead of by reading all of them.

    nbgrader's tables have no index but those of their keys. Ours change nothing but speed; what
    is there already is left alone.
    """
    from sqlalchemy import text

    for table, column in _LOOKED_UP:
        name = f"academy_{table}_{column}"
        gradebook.db.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {table} ({column})"))
    gradebook.db.commit()


def ensure_student(course_id: str, learner: str) -> None:
    """Put a learner into a course's gradebook; a learner who is there stays as they are.

    Parameters
    ----------
    course_id
        The course.
    learner
        The learner's user name.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    from nbgrader.api import MissingEntry

    with open_gradebook(course_id) as gradebook:
        try:
            gradebook.find_student(learner)
        except MissingEntry:
            _add_student(gradebook, learner)


def _add_student(gradebook: Any, learner: str) -> None:
    """Add a student, unless another process has done so in this very moment."""
    from nbgrader.api import InvalidEntry

    try:
        gradebook.add_student(learner)
    except InvalidEntry:
        gradebook.find_student(learner)


def set_due_date(course_id: str, assignment_id: str, due: datetime | None) -> None:
    """Record when an assignment is due, so that nbgrader knows which submissions are late.

    Parameters
    ----------
    course_id, assignment_id
        The assignment; it is added to the gradebook if it is not there.
    due
        A moment with a time zone, or ``None`` for no date.
    """
    # The gradebook holds moments in UTC without naming the zone.
    naive = None if due is None else due.astimezone(UTC).replace(tzinfo=None)
    with open_gradebook(course_id) as gradebook:
        gradebook.update_or_create_assignment(assignment_id, duedate=naive)


def main() -> None:
    """Put learners into a gradebook: ``python -m academy.grading.gradebook COURSE NAME...``."""
    course_id, *learners = sys.argv[1:]
    for learner in learners:
        ensure_student(course_id, learner)


if __name__ == "__main__":
    main()
