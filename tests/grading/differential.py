"""Grade a course twice, by plain nbgrader and by the engine, and compare the gradebooks."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

from academy import paths

Cells = dict[str, tuple[Any, ...]]
_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"


@dataclass(frozen=True)
class Course:
    """A live course with one assignment that was released.

    Parameters
    ----------
    root
        Its folder.
    assignment
        The assignment.
    """

    root: Path
    assignment: str

    def hand_in(self, learner: str, notebooks: dict[str, Any], beside: Path | None = None) -> None:
        """Put a submission where collected ones are."""
        folder = self.root / "submitted" / learner / self.assignment
        if beside is not None:
            shutil.copytree(beside, folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name, notebook in notebooks.items():
            nbformat.write(notebook, folder / f"{name}.ipynb")
        (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC", encoding="utf-8")

    @property
    def learners(self) -> list[str]:
        """Who has handed in."""
        return sorted(path.name for path in (self.root / "submitted").iterdir())

    def released(self) -> dict[str, Any]:
        """Return what learners got."""
        folder = self.root / "release" / self.assignment
        return {one.stem: nbformat.read(one, as_version=4) for one in folder.glob("*.ipynb")}

    def solved(self) -> dict[str, Any]:
        """Return what learners got, with the instructor's answers."""
        notebooks = self.released()
        for name, notebook in notebooks.items():
            source = self.root / "source" / self.assignment / f"{name}.ipynb"
            for cell in nbformat.read(source, as_version=4).cells:
                marks = cell.metadata.get("nbgrader", {})
                if marks.get("solution"):
                    put(notebook, marks["grade_id"], _without_marks(cell.source))
        return notebooks


def put(notebook: Any, grade_id: str, source: str) -> None:
    """Write an answer into its cell."""
    (cell,) = [
        one
        for one in notebook.cells
        if one.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    ]
    cell.source = source


def _without_marks(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if line.strip() not in (_BEGIN, _END))


def release(root: Path, assignment: str, source: Path, title: str = "x") -> Course:
    """Make a live course of the sources of one assignment, and release it."""
    from academy.grading import steps
    from academy.grading.gradebook import ensure_gradebook

    shutil.copytree(source, root / "source" / assignment)
    course = {
        "title": title,
        "track": "resident",
        "language": "en",
        "summary": "Small.",
        "enrol": "open",
        "assignments": [{"id": assignment, "title": title, "minutes": 5, "reveal": "never"}],
    }
    (root / "course.yaml").write_text(yaml.safe_dump(course), encoding="utf-8")
    ensure_gradebook(root.name)
    steps.release(root.name, assignment)
    return Course(root, assignment)


def by_nbgrader(course: Course, home: Path) -> dict[str, Cells]:
    """Return what plain nbgrader gives, in a copy of the course, without a setting of ours."""
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    other = course.root.parent / "stock"
    shutil.copytree(course.root, other, ignore=shutil.ignore_patterns("autograded", ".grading"))
    config = Config()
    config.CourseDirectory.root = str(other)
    config.CourseDirectory.course_id = "stock"
    config.CourseDirectory.db_url = f"sqlite:///{other / 'gradebook.db'}"
    config.Execute.timeout = 60
    api = NbGraderAPI(config=config)
    found = {}
    with _data_in(home):
        for learner in course.learners:
            result = api.autograde(course.assignment, learner, create=True)
            assert result["success"], result
            found[learner] = cells_of(other, course.assignment, learner)
    return found


def by_the_engine(course: Course) -> dict[str, Cells]:
    """Return what the engine gives."""
    from academy.grading import steps

    graded = steps.grade(course.root.name, course.assignment, unsafe=True)
    assert [one.learner for one in graded.outcomes if one.score is None] == []
    return {name: cells_of(course.root, course.assignment, name) for name in course.learners}


@contextmanager
def _data_in(home: Path) -> Iterator[None]:
    """Have a home with the data in it, as learners and sandboxes have."""
    from academy.datasets.catalogue import dataset_folders

    (home / "data").mkdir(parents=True)
    for name, target in dataset_folders().items():
        (home / "data" / name).symlink_to(target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("JUPYTER_RUNTIME_DIR", str(home / "run"))
        patch.setenv("PYTHONPATH", str(paths.checkout()))
        yield


def cells_of(root: Path, assignment: str, learner: str) -> Cells:
    """Return what a gradebook holds of each cell of a submission."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as gradebook:
        submission = gradebook.find_submission(assignment, learner)
        grades = {
            f"{book.name}: {grade.name}": (
                grade.auto_score,
                grade.manual_score,
                grade.extra_credit,
                grade.score,
                grade.max_score,
                bool(grade.needs_manual_grade),
            )
            for book in submission.notebooks
            for grade in book.grades
        }
        comments = {
            f"{book.name}: comment on {one.name}": (one.auto_comment, one.manual_comment)
            for book in submission.notebooks
            for one in book.comments
        }
        return {**grades, **comments, "all": (submission.score, submission.max_score)}


def differences(stock: dict[str, Cells], ours: dict[str, Cells]) -> list[str]:
    """Return what is not the same, learner by learner and cell by cell."""
    found = []
    for learner in sorted({*stock, *ours}):
        one, other = stock.get(learner, {}), ours.get(learner, {})
        for cell in sorted({*one, *other}):
            if one.get(cell) != other.get(cell):
                found.append(
                    json.dumps([learner, cell, one.get(cell), other.get(cell)], default=str)
                )
    return found
