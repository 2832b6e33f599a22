"""The one writer: points into the gradebook, then the graded folder into its place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory

from academy.datasets.swap import aside_of, swap
from academy.grading.converter import WriteGradebook, halves, writing_to
from academy.grading.course import step_folder
from academy.grading.gradebook import add_indexes, gradebook_url, share_gradebooks
from academy.grading.ledger import folder_stamp, write_entry
from academy.grading.outcomes import Outcome
from academy.grading.staging import Job, Result, discard


@dataclass(frozen=True)
class Points:
    """What the gradebook holds of a submission.

    Parameters
    ----------
    score, most
        Points with any late penalty taken off, and the most that can be had.
    waiting
        Names of the cells that a person has yet to mark.
    """

    score: float
    most: float
    waiting: tuple[str, ...] = ()


@contextmanager
def open_writer(course_id: str, config: Any) -> Iterator[Writer]:
    """Have the writer of a course's gradebook.

    Parameters
    ----------
    course_id
        The course.
    config
        Its settings, as nbgrader has them.
    """
    share_gradebooks()
    with Gradebook(gradebook_url(course_id), course_id) as older:
        add_indexes(older)
    gradebook = WriteGradebook(gradebook_url(course_id), course_id)
    try:
        with writing_to(gradebook):
            yield Writer(course_id, config, gradebook)
    finally:
        gradebook.leave()


class Writer:
    """Takes results and gives them their place, one after the other.

    Parameters
    ----------
    course_id
        The course.
    config
        Its settings.
    gradebook
        Its gradebook.
    """

    def __init__(self, course_id: str, config: Any, gradebook: WriteGradebook) -> None:
        self.course_id = course_id
        self.gradebook = gradebook
        self._coursedir = CourseDirectory(config=config)
        self._autograde = Autograde(coursedir=self._coursedir, config=config)
        self._exporter = self._autograde.exporter_class(parent=self._autograde, config=config)
        self._steps = halves(self._autograde.autograde_preprocessors)[1]

    def save(self, job: Job, result: Result) -> Outcome:
        """Give a result its place: all of it, or nothing.

        Killed at any moment and called again with the same, it ends as if it was never killed.
        """
        if not result.entry.is_graded:
            return self._keep(job, result, result.entry.sentence, None)
        graded = step_folder(self.course_id, "autograded", result.entry.learner, job.assignment_id)
        stamp = folder_stamp(graded)
        if stamp is None or stamp[0] != result.folder:
            with self.gradebook.transaction():
                self._write(job)
            graded.parent.mkdir(parents=True, exist_ok=True)
            swap(job.graded, graded)
            shutil.rmtree(aside_of(graded), ignore_errors=True)
        points = self.points(job.assignment_id, result.entry.learner)
        return self._keep(job, result, _sentence(points, result.remarks), points)

    def _keep(self, job: Job, result: Result, sentence: str, points: Points | None) -> Outcome:
        """Note what became of it, once that is true."""
        is_ok = result.entry.is_graded and not result.remarks
        learner = result.entry.learner
        if result.is_final:
            graded = step_folder(self.course_id, "autograded", learner, job.assignment_id)
            stamp = folder_stamp(graded) if result.entry.is_graded else None
            entry = replace(result.entry, sentence=sentence, ok=is_ok, folder=stamp)
            write_entry(self.course_id, job.assignment_id, entry)
        discard(job)
        if points is None:
            return Outcome(learner, is_ok, sentence)
        return Outcome(learner, is_ok, sentence, points.score, points.most)

    def _write(self, job: Job) -> None:
        """Write into the gradebook what Autograde writes, in its order."""
        learner, assignment = job.entry.learner, job.assignment_id
        self._note_submission(job)
        there = sorted(job.graded.glob("*.ipynb"))
        self._clear_missing(assignment, learner, {path.stem for path in there})
        for path in there:
            self._save_notebook(path, assignment, learner)

    def _note_submission(self, job: Job) -> None:
        learner, assignment = job.entry.learner, job.assignment_id
        if self._autograde.create_student:
            self.gradebook.update_or_create_student(learner)
        else:
            self.gradebook.find_student(learner)
        time = self._coursedir.get_existing_timestamp(str(job.graded))
        given = {"timestamp": time} if time else {}
        self.gradebook.update_or_create_submission(assignment, learner, **given)

    def _clear_missing(self, assignment: str, learner: str, there: set[str]) -> None:
        """Give no points for notebooks that were not handed in."""
        submission = self.gradebook.find_submission(assignment, learner)
        for notebook in submission.notebooks:
            if notebook.name not in there:
                for grade in notebook.grades:
                    grade.auto_score, grade.needs_manual_grade = 0, False

    def _save_notebook(self, path: Path, assignment: str, learner: str) -> None:
        """Run the writing half of the preprocessors over one notebook that was run."""
        names = {
            "student": learner,
            "assignment": assignment,
            "notebook": path.stem,
            "db_url": self._coursedir.db_url,
        }
        resources = {
            "unique_key": path.stem,
            "output_files_dir": f"{path.stem}_files",
            "nbgrader": names,
        }
        # As Autograde does: each notebook gets preprocessors of its own.
        self._exporter._preprocessors = []
        for step in self._steps:
            self._exporter.register_preprocessor(step)
        output, _ = self._exporter.from_filename(str(path), resources=resources)
        if output != path.read_text(encoding="utf-8"):
            mode = path.stat().st_mode
            path.unlink()
            path.write_text(output, encoding="utf-8")
            path.chmod(mode)

    def points(self, assignment_id: str, learner: str) -> Points:
        """Return what the gradebook holds of a submission."""
        submission = self.gradebook.find_submission(assignment_id, learner)
        books = submission.notebooks
        penalty = sum(book.late_submission_penalty or 0 for book in books)
        waiting = [
            grade.name for book in books for grade in book.grades if grade.needs_manual_grade
        ]
        return Points(submission.score - penalty, submission.max_score, tuple(waiting))


def _sentence(points: Points, remarks: tuple[str, ...]) -> str:
    waiting = ", ".join(f"'{name}'" for name in points.waiting)
    by_hand = [f"To be marked by hand: {waiting}."] if waiting else []
    return " ".join([f"{points.score:g} of {points.most:g} points.", *by_hand, *remarks])
