"""Read what nbgrader left behind: points, times, and why something failed, in words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from academy.grading.comparison import Cell, grade_id, read_notebook
from academy.grading.execution import remarks_of
from academy.grading.gradebook import open_gradebook

_CAUSES = (
    ("DeadKernelError", "its code ended the kernel, for want of memory or by itself."),
    ("CellTimeoutError", "a cell ran too long and could not be stopped."),
    (
        "there are submissions associated",
        "cells or notebooks of it were added, removed or renamed, but learners have already handed "
        "it in; 'academy course amend' releases a correction and keeps their work.",
    ),
    ("Kernel didn't respond", "no kernel could be started in time."),
    ("NoSuchKernel", "the kernel that it names is not installed here."),
    ("No end solution statement", "a '### BEGIN SOLUTION' has no '### END SOLUTION'."),
    ("No end hidden tests statement", "a '### BEGIN HIDDEN TESTS' has no '### END HIDDEN TESTS'."),
    ("Duplicate grade id", "two of its cells have the same grade_id."),
    ("Directory size is too big", "it is larger than the settings allow."),
    ("codec can't decode", "its time of submission, timestamp.txt, can't be read."),
    ("being graded at this moment", "somebody grades it at this moment; try again in a minute."),
    ("database is locked", "the gradebook was in use for too long; try again."),
)


def why_it_failed(result: dict[str, Any]) -> str:
    """Return the reason of a failed nbgrader step, as the end of a sentence.

    Raises
    ------
    KeyboardInterrupt
        When the step was stopped by Ctrl-C, which nbgrader turns into a failure.
    """
    if str(result.get("error", "")).rstrip().endswith("KeyboardInterrupt"):
        raise KeyboardInterrupt
    told = _last_error(f"{result.get('log', '')}\n{result.get('error', '')}")
    for mark, sentence in _CAUSES:
        if mark.casefold() in told.casefold():
            return sentence
    return f"nbgrader says: {told} (more in .nbgrader.log)."


def _last_error(text: str) -> str:
    lines = re.findall(r"^\s*([\w.]+(?:Error|Exception)(?::.*)?)$", text, flags=re.MULTILINE)
    told = [line for line in lines if "NbGraderException" not in line] or lines
    return told[-1].strip()[:300].rstrip(".") if told else "no reason"


def submission_time(folder: Path) -> datetime | None:
    """Return when a submission was made, in UTC, or ``None`` where nothing says so."""
    from nbgrader.utils import parse_utc

    try:
        text = (folder / "timestamp.txt").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return None
    try:
        return parse_utc(text) if text else None
    except (ValueError, OverflowError):
        return None


def points(course_id: str, assignment_id: str, learner: str) -> tuple[float, float]:
    """Return a learner's points, late penalty taken off, and the most that can be had."""
    with open_gradebook(course_id) as gradebook:
        submission = gradebook.find_submission(assignment_id, learner)
        penalty = sum(book.late_submission_penalty or 0 for book in submission.notebooks)
        return submission.score - penalty, submission.max_score


def waiting_marks(course_id: str, assignment_id: str, learner: str) -> str:
    """Return the cells that a person still has to mark, or an empty string."""
    with open_gradebook(course_id) as gradebook:
        submission = gradebook.find_submission(assignment_id, learner)
        waiting = [
            grade.name
            for book in submission.notebooks
            for grade in book.grades
            if grade.needs_manual_grade
        ]
    return ", ".join(f"'{name}'" for name in waiting)


def graded_cells(autograded: Path) -> list[tuple[int, Cell]]:
    """Return the cells of a graded submission, each with its number in its notebook, from 1."""
    notebooks = [read_notebook(path) for path in sorted(autograded.glob("*.ipynb"))]
    return [pair for notebook in notebooks for pair in enumerate(notebook["cells"], start=1)]


def run_remarks(cells: Iterable[tuple[int, Cell]], seconds: int) -> list[str]:
    """Return a sentence for each thing that happened while cells of a submission ran.

    Parameters
    ----------
    cells
        The graded cells with their numbers.
    seconds
        How long one cell might run.
    """
    return [remark for number, cell in cells for remark in _cell_remarks(cell, number, seconds)]


def _cell_remarks(cell: Cell, number: int, seconds: int) -> list[str]:
    name = grade_id(cell)
    where = f"'{name}'" if name else f"number {number}"
    errors = {output.get("ename") for output in cell.get("outputs", [])}
    late = f"The cell {where} ran longer than {seconds} seconds and was stopped."
    return [*([late] if "CellTimeoutError" in errors else []), *remarks_of(cell, where)]
