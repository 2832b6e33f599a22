"""Which submissions are graded as soon as they are handed in, and where that can be done."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from academy import paths
from academy.grading.course import AssignmentRules, course_assignments
from academy.grading.receipts import Receipt
from academy.grading.standing import Standing, classwork
from academy.grading.tries import Try, read_try

#: Exit codes: no assignment of the course is graded so; some could not be graded now; stopped.
NOTHING_HERE, TRY_LATER, STOPPED = 10, 75, 130
#: Tells a course's processes why there are no sandboxes, where there are none.
NO_SANDBOX_VARIABLE = "ACADEMY_NO_SANDBOX"
_ON_ITS_WAY = frozenset({"to_collect", "to_grade", "to_mark", "graded"})


def reason_file() -> Path:
    """Return the file in which the Academy says why it can make no sandbox; else it is empty."""
    return paths.hub_state() / "no-sandbox.txt"


def why_not() -> str:
    """Return why nothing is graded on submit here: there is no sandbox for it. Else nothing."""
    with suppress(OSError, UnicodeDecodeError):
        return reason_file().read_text(encoding="utf-8")
    return os.environ.get(NO_SANDBOX_VARIABLE, "")


def is_due(standing: Standing, tried: Try, *, is_returned: bool) -> bool:
    """Tell whether a learner's newest submission is to be graded or returned now.

    Parameters
    ----------
    standing
        Where it stands.
    tried
        What was tried with it.
    is_returned
        Whether feedback on it was returned, be it partial.
    """
    if tried.is_over or standing.state not in {*_ON_ITS_WAY, "returned"}:
        return False
    # A try that did not end may have been killed in the middle of returning.
    return bool(tried.count) or not is_returned


def due(course_id: str, assignment_id: str) -> list[Receipt]:
    """Return the submissions of an assignment that are to be graded now, in order of arrival."""
    work = classwork(course_id, assignment_id)
    return [
        receipt
        for key, receipt in work.newest().items()
        if is_due(
            work.standing(key, receipt.timestamp, receipt),
            read_try(course_id, assignment_id, receipt),
            is_returned=receipt.folder in work.returned,
        )
    ]


def on_submit(course_id: str) -> list[AssignmentRules]:
    """Return the assignments of a course that are graded as soon as they are handed in."""
    return [rules for rules in course_assignments(course_id) if rules.grading == "on_submit"]
