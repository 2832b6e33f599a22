"""What grading needs to know of a live course: its folder, its assignments, when tests may show."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from academy import paths
from academy.errors import AcademyError
from academy.yamlfile import load_yaml


class AssignmentRules(BaseModel):
    """The settings of an assignment in ``course.yaml`` that grading obeys.

    Parameters
    ----------
    id, title
        The assignment's name, and what learners call it.
    reveal
        Whether returned feedback may show hidden tests: never, or after ``due``.
    due
        When the assignment closes, with a time zone; ``None`` if it does not.
    grading
        When it is graded: as soon as somebody hands it in, or when the instructor does it.
    """

    model_config = ConfigDict(extra="ignore")

    id: str
    title: str = ""
    reveal: Literal["never", "after_close"] = "never"
    due: AwareDatetime | None = None
    grading: Literal["on_submit", "manual"] = "manual"

    def shows_hidden_tests(self, now: datetime | None = None) -> bool:
        """Return whether hidden tests may be shown at a moment, by default this one."""
        if self.reveal != "after_close" or self.due is None:
            return False
        return (now or datetime.now(UTC)) > self.due


class _CourseFile(BaseModel):
    model_config = ConfigDict(extra="ignore")

    assignments: list[AssignmentRules] = []


def course_root(course_id: str) -> Path:
    """Return a live course's folder.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    root = paths.live_courses() / course_id
    if not root.is_dir():
        raise AcademyError(
            f"There is no live course '{course_id}'.",
            where=str(root),
            kept="Nothing was changed.",
            next_step="'academy course list' names the courses that there are.",
        )
    return root


def course_assignments(course_id: str) -> list[AssignmentRules]:
    """Return the rules of all assignments of a live course, in the order of ``course.yaml``.

    Raises
    ------
    AcademyError
        When the course is not there, or its ``course.yaml`` can't be read.
    """
    return load_yaml(course_root(course_id) / "course.yaml", _CourseFile).assignments


def assignment_rules(course_id: str, assignment_id: str) -> AssignmentRules:
    """Return an assignment's rules from the live course's ``course.yaml``.

    Raises
    ------
    AcademyError
        When the course or the assignment is not there, or ``course.yaml`` can't be read.
    """
    listed = course_assignments(course_id)
    for rules in listed:
        if rules.id == assignment_id:
            return rules
    known = ", ".join(rules.id for rules in listed) or "none"
    raise AcademyError(
        f"The course '{course_id}' has no assignment '{assignment_id}'; it has: {known}.",
        where=str(course_root(course_id) / "course.yaml"),
        kept="Nothing was changed.",
        next_step="Check the spelling, or add it under 'assignments'.",
    )


def step_folder(course_id: str, step: str, learner: str, assignment_id: str) -> Path:
    """Return the folder of one of nbgrader's steps, e.g. ``submitted/<learner>/<assignment>``.

    ``release`` and ``source`` have no learner: give ``"."``.
    """
    return paths.live_courses() / course_id / step / learner / assignment_id


def released_notebooks(course_id: str, assignment_id: str) -> dict[str, Path]:
    """Return the released notebooks of an assignment by name, without ``.ipynb``."""
    folder = step_folder(course_id, "release", ".", assignment_id)
    return {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
