"""A course's scores, read from nbgrader's gradebook at once and without its machinery.

nbgrader builds an object a submission and asks the database for each of its parts; for a class
of a thousand that takes minutes. These are a few plain questions in SQL, and nothing is written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from academy.errors import AcademyError
from academy.grading.course import course_root
from academy.grading.limits import GRADEBOOK_WAIT_MILLISECONDS

#: As in `academy.grading.gradebook`, which takes a quarter of a second to import.
_FILE_NAME = "gradebook.db"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: A mark as nbgrader counts it: a person's before the machine's, and extra credit on either.
MARK = (
    "CASE WHEN coalesce(grade.manual_score, grade.auto_score) IS NULL THEN 0.0 "
    "ELSE coalesce(grade.manual_score, grade.auto_score) + coalesce(grade.extra_credit, 0.0) END"
)

_SCORES = f"""
WITH marks AS (
    SELECT grade.notebook_id AS book, sum({MARK}) AS points,
           group_concat(CASE WHEN grade.needs_manual_grade THEN base_cell.name END, char(10))
               AS waiting
    FROM grade JOIN base_cell ON base_cell.id = grade.cell_id GROUP BY grade.notebook_id)
SELECT submitted_assignment.student_id AS learner, assignment.name AS assignment,
       submitted_assignment.timestamp AS moment, assignment.duedate AS due,
       submitted_assignment.extension AS extension,
       coalesce(sum(marks.points), 0.0) AS points,
       coalesce(sum(book.late_submission_penalty), 0.0) AS penalty,
       group_concat(marks.waiting, char(10)) AS waiting
FROM submitted_assignment
JOIN assignment ON assignment.id = submitted_assignment.assignment_id
LEFT JOIN submitted_notebook AS book ON book.assignment_id = submitted_assignment.id
LEFT JOIN marks ON marks.book = book.id
WHERE :assignment IN ('', assignment.name)
GROUP BY submitted_assignment.id
"""  # noqa: S608 - the only thing put in is a constant from above

_MOST = """
SELECT assignment.name AS assignment, sum(cells.max_score) AS most
FROM (SELECT id, max_score FROM grade_cells UNION ALL SELECT id, max_score FROM task_cells) AS cells
JOIN base_cell ON base_cell.id = cells.id
JOIN notebook ON notebook.id = base_cell.notebook_id
JOIN assignment ON assignment.id = notebook.assignment_id
GROUP BY assignment.name
"""


@dataclass(frozen=True)
class Student:
    """A learner in the gradebook.

    Parameters
    ----------
    id
        The learner's user name.
    name
        What the gradebook has as first and last name; may be empty.
    """

    id: str
    name: str = ""


@dataclass(frozen=True)
class Score:
    """What the gradebook holds of one learner's work on one assignment.

    Parameters
    ----------
    learner, assignment
        Whose, and on what.
    submitted_at
        When the submission was made that the points are for; ``None`` where nothing says so.
    points, most
        Points before any penalty, and the most that can be had.
    penalty
        Points taken off for being late.
    waiting
        Names of the cells that a person has yet to mark.
    late
        How long after its due date it came, extensions granted.
    """

    learner: str
    assignment: str
    submitted_at: datetime | None
    points: float
    most: float
    penalty: float = 0.0
    waiting: tuple[str, ...] = ()
    late: timedelta = timedelta()

    @property
    def total(self) -> float:
        """Points with the penalty taken off."""
        return self.points - self.penalty


@contextmanager
def reading(course_id: str) -> Iterator[sqlite3.Connection]:
    """Open a course's gradebook for reading; where there is none yet, an empty one.

    Raises
    ------
    AcademyError
        When there is no such live course, or its gradebook can't be read.
    """
    file = course_root(course_id) / _FILE_NAME
    seconds = GRADEBOOK_WAIT_MILLISECONDS / 1000
    try:
        address = f"{file.as_uri()}?mode=ro" if file.exists() else ":memory:"
        connection = sqlite3.connect(address, uri=True, timeout=seconds)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise AcademyError(
            f"The gradebook of '{course_id}' can't be read ({error}).",
            where=str(file),
            kept="Nothing was changed.",
            next_step="Try again in a minute; if it still fails, put the last backup back.",
        ) from None


def rows(connection: sqlite3.Connection, question: str, **given: str) -> list[sqlite3.Row]:
    """Return the answer to a question; a gradebook without tables has none."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'grade'").fetchone():
        return []
    return connection.execute(question, given).fetchall()


def read_scores(course_id: str, assignment_id: str = "") -> dict[tuple[str, str], Score]:
    """Return every score in a course's gradebook, by learner and assignment.

    Parameters
    ----------
    course_id
        The course.
    assignment_id
        Only this assignment; all when empty.
    """
    with reading(course_id) as connection:
        most = {row["assignment"]: row["most"] for row in rows(connection, _MOST)}
        found = [
            _score(row, most.get(row["assignment"], 0.0))
            for row in rows(connection, _SCORES, assignment=assignment_id)
        ]
    return {(one.learner, one.assignment): one for one in found}


def read_students(course_id: str) -> list[Student]:
    """Return the learners in a course's gradebook, by user name."""
    question = "SELECT id, first_name, last_name FROM student ORDER BY id"
    with reading(course_id) as connection:
        return [_student(row) for row in rows(connection, question)]


def _student(row: sqlite3.Row) -> Student:
    names = (row["first_name"], row["last_name"])
    return Student(row["id"], " ".join(name for name in names if name))


def _score(row: sqlite3.Row, most: float) -> Score:
    moment, due = _moment(row["moment"]), _moment(row["due"])
    if due is not None and row["extension"] is not None:
        # SQLAlchemy keeps a length of time as the moment that lies so long after 1970.
        due += (_moment(row["extension"]) or _EPOCH) - _EPOCH
    late = max(timedelta(), moment - due) if moment and due else timedelta()
    waiting = tuple(sorted((row["waiting"] or "").split()))
    key = (row["learner"], row["assignment"])
    return Score(*key, moment, row["points"], most, row["penalty"], waiting, late)


def _moment(text: str | None) -> datetime | None:
    """Return a moment as the gradebook writes it: in UTC, without naming the zone."""
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)
