"""nbgrader's Python interface on a course, quick in a course of a thousand learners."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.apps.api import NbGraderAPI


class CourseAPI(NbGraderAPI):
    """nbgrader's interface; what it says is the same.

    To list one learner's submissions nbgrader looks at the submissions of all learners, and
    formgrader's page of one learner takes seconds. Here it looks at that learner alone.
    """

    _only: str | None = None

    def get_student_submissions(self, student_id: str) -> list[dict[str, Any]]:
        """Return what is known of each submission of a learner, by assignment.

        Parameters
        ----------
        student_id
            The learner.
        """
        self._only = student_id
        try:
            found: list[dict[str, Any]] = super().get_student_submissions(student_id)
        finally:
            self._only = None
        return found

    def get_students(self) -> list[dict[str, Any]]:
        """Return the learners in the gradebook; only the one who is asked for, if one is."""
        if self._only is None:
            everybody: list[dict[str, Any]] = super().get_students()
            return everybody
        with self.gradebook as gradebook:
            try:
                return [gradebook.find_student(self._only).to_dict()]
            except MissingEntry:
                return []

    def get_submitted_students(self, assignment_id: str) -> set[str]:
        """Return who has a collected submission; of one learner only, if one is asked for."""
        if self._only is None:
            everybody: set[str] = super().get_submitted_students(assignment_id)
            return everybody
        folder = self._folder(self.coursedir.submitted_directory, assignment_id)
        return {self._only} if folder.is_dir() else set()

    def get_autograded_students(self, assignment_id: str) -> set[str]:
        """Return whose newest submission is graded; of one learner only, if one is asked for."""
        if self._only is None:
            everybody: set[str] = super().get_autograded_students(assignment_id)
            return everybody
        with self.gradebook as gradebook:
            try:
                graded = gradebook.find_submission(assignment_id, self._only).timestamp
            except MissingEntry:
                return set()
        folder = self._folder(self.coursedir.autograded_directory, assignment_id)
        is_newest = self.get_submitted_timestamp(assignment_id, self._only) == graded
        return {self._only} if folder.is_dir() and is_newest else set()

    def _folder(self, step: str, assignment_id: str) -> Path:
        place = self.coursedir.format_path(step, student_id=self._only, assignment_id=assignment_id)
        return Path(place)
