"""A rule for names that learners' copies hold: a released assignment keeps its grade_ids."""

from __future__ import annotations

import json

from academy import paths
from academy.courses.course import Course
from academy.courses.git import Git
from academy.courses.lesson import Notebook, ids_of, read_notebook
from academy.errors import AcademyError, Finding


def stable_findings(
    course: Course, assignment_id: str, notebook: Notebook, shown: str
) -> list[Finding]:
    """Return a finding for each grade_id that was there and is gone.

    A live course is compared with what was released, which is what learners hold. A shipped one
    is compared with the last commit of the checkout: who commits a change of names has seen it.

    Parameters
    ----------
    course
        The course.
    assignment_id
        The assignment.
    notebook
        Its notebook, as it is now.
    shown
        How messages name it.
    """
    released = course.folder / "release" / assignment_id / notebook.path.name
    if released.is_file():
        before = ids_of(read_notebook(released, shown_as=shown).data)
        next_step = "Give its cell the old name again: learners hold copies with that name."
    else:
        before = _committed(notebook)
        next_step = (
            "Give its cell the old name again, for learners may hold copies with that name; if "
            "nobody can, commit the change."
        )
    gone = sorted(before - ids_of(notebook.data))
    return [
        Finding(f"The grade_id '{name}' was there before and is gone.", shown, next_step)
        for name in gone
    ]


def _committed(notebook: Notebook) -> set[str]:
    """The names in the checkout's last commit; none where there is no such notebook."""
    root = paths.checkout()
    if not notebook.path.is_relative_to(root / "courses") or not (root / ".git").exists():
        return set()
    try:
        content = Git(root / ".git").blob("HEAD", notebook.path.relative_to(root).as_posix())
    except AcademyError:
        return set()  # git is not installed, or nothing was committed yet
    try:
        return ids_of(json.loads(content)) if content else set()
    except ValueError:
        return set()  # a broken notebook was committed; this one is better
