"""A course's scores for a spreadsheet, and a notebook that plots them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

from academy.datasets.scanner import is_formula
from academy.grading.course import course_root
from academy.grading.policies import Policies, load_policies
from academy.grading.scores import Score, read_students
from academy.grading.status import LearnerStatus, status

#: Before a file's text, so that spreadsheets read names with accents as they are.
BYTE_ORDER_MARK = "\ufeff"

COLUMNS = (
    "course", "assignment", "learner", "name", "submitted_at", "state", "late_minutes", "points",
    "penalty", "score", "max_score", "share", "passed", "note",
)  # fmt: skip

_TEMPLATE = Path(__file__).parent / "templates" / "scores.ipynb"
_PLACE = "COURSE_ID"


def scores_csv(course_id: str, assignment_id: str = "") -> str:
    """Return a row for each learner and assignment, as CSV with a head.

    Texts that a spreadsheet would run as a formula get an apostrophe in front.

    Parameters
    ----------
    course_id
        The course.
    assignment_id
        Only this assignment; all when empty.

    Raises
    ------
    AcademyError
        When there is no such live course or assignment, or the gradebook can't be read.
    """
    policies = load_policies()
    names = {one.id: one.name for one in read_students(course_id)}
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in status(course_id, assignment_id):
        for learner in one.learners:
            head = [course_id, one.assignment, learner.learner, names.get(learner.learner, "")]
            row = [*head, *_fields(learner, policies)]
            writer.writerow(_harmless(value) for value in row)
    return written.getvalue()


def _fields(learner: LearnerStatus, policies: Policies) -> Iterator[object]:
    standing = learner.standing
    yield learner.submitted_at.removesuffix(" UTC").partition(".")[0]
    yield standing.state if standing else "not_handed_in"
    yield from _numbers(standing.score if standing else None, policies)
    yield standing.why if standing else ""


def _numbers(score: Score | None, policies: Policies) -> tuple[object, ...]:
    if score is None:
        return ("",) * 7
    share = score.total / score.most if score.most else 0.0
    return (
        round(score.late.total_seconds() / 60),
        policies.rounded(score.points),
        policies.rounded(score.penalty),
        policies.rounded(score.total),
        score.most,
        round(share, 4),
        "yes" if policies.is_passed(score.total, score.most) else "no",
    )


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and is_formula(value) else value


def plots_notebook(course_id: str) -> str:
    """Return a notebook that exports a course's scores and plots them.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    course_root(course_id)
    text = _TEMPLATE.read_text(encoding="utf-8")
    # The id stands in a Python text in a JSON text; both escape alike.
    return text.replace(_PLACE, json.dumps(course_id)[1:-1])
