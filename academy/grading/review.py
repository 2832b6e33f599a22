"""Keep a notebook's points, and send them to a person where tampering was noticed."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import SaveAutoGrades

from academy.grading.guard.verdict import NOTICED_MARK
from academy.grading.policies import load_policies


class SaveReviewedGrades(SaveAutoGrades):
    """nbgrader's own step; with ``noticed: manual_review`` a person has to confirm the points.

    Formgrader then shows each of the notebook's questions among those to be marked by hand, with
    the points that the machine gave.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Keep the points."""
        noticed = any(cell.metadata.get(NOTICED_MARK) for cell in nb.cells)
        self.wants_review = noticed and load_policies().noticed == "manual_review"
        nb, resources = super().preprocess(nb, resources)
        return nb, resources

    def _add_score(self, cell: Any, resources: Any) -> None:
        super()._add_score(cell, resources)
        if self.wants_review:
            name = cell.metadata["nbgrader"]["grade_id"]
            where = (self.notebook_id, self.assignment_id, self.student_id)
            self.gradebook.find_grade(name, *where).needs_manual_grade = True
            self.gradebook.db.commit()
