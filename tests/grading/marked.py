"""A class whose work lies where grading puts it, made without running anything."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_output

from academy.grading.exchange_store import ensure_exchange, submission_folder
from academy.grading.gradebook import open_gradebook
from academy.grading.handouts import put_feedback
from academy.grading.receipts import Receipt
from tests.grading.classroom import ASSIGNMENT, COURSE, cell, hand_in, source_notebook

#: What the tiny course's questions give.
POINTS = {"add-test": 4.0, "double-test": 3.0, "why": 3.0}


class Marked:
    """A course with a gradebook, released; learners hand in and are graded by hand.

    Parameters
    ----------
    root
        The live course, with an empty gradebook.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        ensure_exchange(COURSE)
        self.state = root.parents[1]
        outbound = self.state / "exchange" / COURSE / "outbound" / ASSIGNMENT
        release = root / "release" / ASSIGNMENT
        for folder in (outbound, release):
            folder.mkdir(parents=True)
            nbformat.write(source_notebook(), folder / f"{ASSIGNMENT}.ipynb")
        with open_gradebook(COURSE) as gradebook:
            gradebook.add_assignment(ASSIGNMENT)
            gradebook.add_notebook(ASSIGNMENT, ASSIGNMENT)
            for name in ("add", "double", "why"):
                gradebook.add_solution_cell(name, ASSIGNMENT, ASSIGNMENT)
            for name, most in POINTS.items():
                kind = "markdown" if name == "why" else "code"
                gradebook.add_grade_cell(
                    name, ASSIGNMENT, ASSIGNMENT, max_score=most, cell_type=kind
                )

    def due(self, moment: datetime) -> None:
        """Set when the assignment is due."""
        with open_gradebook(COURSE) as gradebook:
            gradebook.update_or_create_assignment(ASSIGNMENT, duedate=moment.replace(tzinfo=None))

    def student(self, learner: str, **names: str) -> None:
        """Put a learner into the gradebook."""
        with open_gradebook(COURSE) as gradebook:
            gradebook.update_or_create_student(learner, **names)

    def submit(self, learner: str) -> Receipt:
        """Hand in as the exchange's service does."""
        folder = self.state / "desk" / learner
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(source_notebook(), folder / f"{ASSIGNMENT}.ipynb")
        receipt: Receipt = hand_in(learner, folder)
        return receipt

    def folder(self, step: str, learner: str) -> Path:
        """Where one of nbgrader's steps keeps a learner's work."""
        return self.root / step / learner / ASSIGNMENT

    def collect(self, receipt: Receipt) -> Path:
        """Copy a submission to where it is collected."""
        target = self.folder("submitted", receipt.learner)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(submission_folder(receipt), target)
        (target / "timestamp.txt").write_text(receipt.timestamp)
        return target

    def grade(
        self,
        receipt: Receipt,
        marks: Mapping[str, float | None],
        errors: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Put marks into the gradebook, ``None`` for one that waits, and the graded notebook."""
        target = self.folder("autograded", receipt.learner)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.collect(receipt), target)
        notebook = source_notebook()
        for name, (ename, evalue) in (errors or {}).items():
            told = new_output("error", ename=ename, evalue=evalue, traceback=[])
            cell(notebook, name).outputs = [told]
        nbformat.write(notebook, target / f"{ASSIGNMENT}.ipynb")
        self._marks(receipt, marks)

    def _marks(self, receipt: Receipt, marks: Mapping[str, float | None]) -> None:
        with open_gradebook(COURSE) as gradebook:
            learner, moment = receipt.learner, receipt.submitted_at.replace(tzinfo=None)
            gradebook.update_or_create_student(learner)
            gradebook.update_or_create_submission(ASSIGNMENT, learner, timestamp=moment)
            for name, points in marks.items():
                grade = gradebook.find_grade(name, ASSIGNMENT, ASSIGNMENT, learner)
                grade.auto_score, grade.needs_manual_grade = points, points is None
            gradebook.db.commit()

    def penalty(self, learner: str, points: float) -> None:
        """Take points off for being late."""
        with open_gradebook(COURSE) as gradebook:
            book: Any = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, learner)
            book.late_submission_penalty = points
            gradebook.db.commit()

    def give_back(self, receipt: Receipt) -> None:
        """Return feedback."""
        put_feedback(receipt, ASSIGNMENT, b"<p>Good.</p>")


def at(text: str) -> datetime:
    """A moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
