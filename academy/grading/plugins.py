"""The preprocessors that nbgrader runs over a submission: ours beside its own."""

from __future__ import annotations

from typing import Any

from nbconvert.preprocessors import ClearMetadataPreprocessor, Preprocessor
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    IgnorePattern,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
)
from traitlets import Bool, Unicode

from academy.grading.comparison import read_notebook
from academy.grading.course import released_notebooks
from academy.grading.execution import BoundedExecute
from academy.grading.repair import repair
from academy.grading.review import SaveReviewedGrades


class RepairCells(Preprocessor):
    """Give a submission its released cells back before nbgrader looks at it.

    nbgrader's own steps overwrite changed cells, but stop at a renamed one, leave a deleted
    one out of the points and fail on a double.
    """

    enabled = Bool(True, help="Whether this is done when a submission is graded.").tag(config=True)
    course_id = Unicode(help="The live course whose release a submission is compared with.").tag(
        config=True
    )

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Repair a notebook that was released; leave any other alone."""
        names = resources["nbgrader"]
        release = released_notebooks(self.course_id, names["assignment"]).get(names["notebook"])
        if release is not None:
            repair(nb, read_notebook(release))
        return nb, resources


def sanitize_preprocessors() -> list[type]:
    """Return what is done to a submission before it is run."""
    return [ClearOutput, RepairCells, OverwriteKernelspec, OverwriteCells, CheckCellMetadata]


def autograde_preprocessors() -> list[type]:
    """Return what is done to run a submission and keep its points."""
    return [
        BoundedExecute,
        IgnorePattern,
        ClearMetadataPreprocessor,
        LimitOutput,
        SaveReviewedGrades,
        AssignLatePenalties,
        CheckCellMetadata,
    ]
