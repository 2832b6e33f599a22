"""Correct an assignment that was released: all work is kept, and only what changed is regraded.

nbgrader refuses to add or take out cells once somebody has handed in. Here the gradebook gets new
cells together with an empty mark for each submission, and cells without points may go. A cell that
holds marks is never taken out, since the marks would go with it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from academy.errors import AcademyError, Finding, FindingsError
from academy.grading import turns
from academy.grading.course import assignment_rules, step_folder
from academy.grading.gradebook import open_gradebook
from academy.grading.ledger import grading_folder
from academy.grading.outcomes import StepResult
from academy.grading.session import course_api
from academy.grading.steps import release, require

#: A cell's kinds in the gradebook; a cell may be several of them.
_KINDS = ("grade", "solution", "task", "source")


@dataclass(frozen=True)
class _Known:
    """What the gradebook holds of one cell, as far as it decides about points."""

    text: str
    points: float | None


def amend(course_id: str, assignment_id: str) -> StepResult:
    """Release a corrected assignment again, whatever learners have handed in so far.

    Killed at any moment and called again, it ends as if it was never killed.

    Parameters
    ----------
    course_id, assignment_id
        The assignment, corrected in the course's ``source`` folder.

    Returns
    -------
    StepResult
        What was changed, a sentence for each cell.

    Raises
    ------
    AcademyError
        When it was never released, when a cell with points is gone that submissions have marks
        for, or when nbgrader refuses the notebook. Nothing is changed then.
    """
    assignment_rules(course_id, assignment_id)
    _try(course_id, assignment_id)
    wanted = _wanted(course_id, assignment_id)
    with turns.alone(course_id, assignment_id, turns.PATIENCE_SECONDS):
        with open_gradebook(course_id) as gradebook:
            assignment = _released(gradebook, assignment_id)
            before, handed_in = _known(assignment), len(assignment.submissions)
            if handed_in:
                _refuse_losses(assignment, wanted)
                _fit(gradebook, assignment, wanted)
        release(course_id, assignment_id)
        with open_gradebook(course_id) as gradebook:
            after = _known(_released(gradebook, assignment_id))
    sentences = _changes(before, after)
    return StepResult("amend", course_id, assignment_id, _told(assignment_id, sentences, handed_in))


def _try(course_id: str, assignment_id: str) -> None:
    """Make the learners' version beside the course, so that a refusal comes before any change."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import SaveCells
    from nbgrader.utils import capture_log, temp_attrs

    place = grading_folder(course_id, assignment_id) / "tried"
    with course_api(course_id) as api:
        tried = {"assignment_id": assignment_id, "release_directory": str(place)}
        with temp_attrs(api.coursedir, **tried):
            made: Any = GenerateAssignment(coursedir=api.coursedir, parent=api, no_database=True)
            made.preprocessors = [one for one in made.preprocessors if one is not SaveCells]
            try:
                require(capture_log(made), course_id, assignment_id)
            finally:
                shutil.rmtree(place, ignore_errors=True)


def _wanted(course_id: str, assignment_id: str) -> dict[str, dict[str, set[str]]]:
    """Return the names of the cells of each kind, by notebook, as the source has them."""
    from nbformat import from_dict
    from nbgrader.utils import is_grade, is_locked, is_solution, is_task

    found: dict[str, dict[str, set[str]]] = {}
    for path in sorted(step_folder(course_id, "source", ".", assignment_id).glob("*.ipynb")):
        kinds: dict[str, set[str]] = {kind: set() for kind in _KINDS}
        stored: Any = from_dict(json.loads(path.read_text(encoding="utf-8")))  # type: ignore[no-untyped-call]
        for cell in stored.cells:
            marks = [is_grade(cell), is_solution(cell), is_task(cell)]
            marks.append(any(marks) or is_locked(cell))
            for kind, is_it in zip(_KINDS, marks, strict=True):
                if is_it:
                    kinds[kind].add(cell.metadata.nbgrader["grade_id"])
        found[path.stem] = kinds
    return found


def _released(gradebook: Any, assignment_id: str) -> Any:
    from nbgrader.api import MissingEntry

    try:
        return gradebook.find_assignment(assignment_id)
    except MissingEntry:
        raise AcademyError(
            f"The assignment '{assignment_id}' was never released, so there is nothing to amend.",
            kept="Nothing was changed.",
            next_step="Release it with 'academy course release'.",
        ) from None


def _known(assignment: Any) -> dict[tuple[str, str], _Known]:
    """Return all cells of an assignment in the gradebook, by notebook and name."""
    found: dict[tuple[str, str], _Known] = {}
    for book in assignment.notebooks:
        points = {cell.name: cell.max_score for cell in (*book.grade_cells, *book.task_cells)}
        for cell in book.source_cells:
            found[book.name, cell.name] = _Known(cell.source or "", points.get(cell.name))
    return found


def _cells(book: Any, kind: str) -> dict[str, Any]:
    return {cell.name: cell for cell in getattr(book, f"{kind}_cells")}


def _refuse_losses(assignment: Any, wanted: Mapping[str, Mapping[str, set[str]]]) -> None:
    """Refuse to take out what submissions have marks for."""
    problems = []
    for book in assignment.notebooks:
        there = wanted.get(book.name)
        if there is None:
            problems.append(f"The notebook '{book.name}.ipynb' is gone or was renamed.")
            continue
        marked = {*_cells(book, "grade"), *_cells(book, "task")}
        gone = sorted(marked - there["grade"] - there["task"])
        problems += [f"The cell '{name}' of '{book.name}' is gone or was renamed." for name in gone]
    books = {book.name for book in assignment.notebooks}
    problems += [f"The notebook '{name}.ipynb' is new." for name in sorted(set(wanted) - books)]
    if problems:
        next_step = (
            "Put it back under its old name. A question that should not count any more can stay "
            "with 0 points."
        )
        raise FindingsError(
            f"'{assignment.name}' can't be corrected in this way:",
            [Finding(one, f"source/{assignment.name}", next_step) for one in problems],
            kept="Learners have handed in and have marks for it, so nothing was changed.",
        )


def _fit(gradebook: Any, assignment: Any, wanted: Mapping[str, Mapping[str, set[str]]]) -> None:
    """Give the gradebook the cells of the source, in one transaction."""
    from nbgrader.api import Comment, Grade, GradeCell, SolutionCell, SourceCell, TaskCell

    classes = {
        "grade": GradeCell,
        "solution": SolutionCell,
        "task": TaskCell,
        "source": SourceCell,
    }
    session = gradebook.db
    for book in assignment.notebooks:
        for kind, names in wanted[book.name].items():
            there = _cells(book, kind)
            for name in set(there) - names:
                session.delete(there[name])
            for name in names - set(there):
                # All else of it is filled in by the release that follows.
                cell = classes[kind](name=name, notebook=book, **_first_values(kind))
                session.add(cell)
                session.flush()
                for submitted in book.submissions:
                    if kind in ("grade", "task"):
                        session.add(Grade(cell_id=cell.id, notebook=submitted))
                    if kind in ("solution", "task"):
                        session.add(Comment(cell_id=cell.id, notebook=submitted))
    session.commit()


def _first_values(kind: str) -> dict[str, Any]:
    if kind in ("grade", "task"):
        return {"max_score": 0, "cell_type": "code" if kind == "grade" else "markdown"}
    return {"cell_type": "code", "locked": False} if kind == "source" else {}


def _changes(
    before: Mapping[tuple[str, str], _Known], after: Mapping[tuple[str, str], _Known]
) -> list[str]:
    """Return a sentence for each cell that is another one now."""
    several = len({book for book, _ in (*before, *after)}) > 1
    found: list[str] = []
    for place in sorted({*before, *after}):
        shown = f"'{place[1]}' of '{place[0]}'" if several else f"'{place[1]}'"
        found += _change(shown, before.get(place), after.get(place))
    return found


def _change(shown: str, before: _Known | None, after: _Known | None) -> Iterable[str]:
    if before is None or after is None:
        yield f"{shown} is {'new' if before is None else 'gone'}."
        return
    if before.points != after.points:
        yield f"{shown} gives {_points(after)}, and gave {_points(before)} before."
    if before.text != after.text:
        yield f"{shown} has another text."


def _points(known: _Known) -> str:
    return "no points" if not known.points else _count(known.points, "point")


def _told(assignment_id: str, changes: list[str], handed_in: int) -> str:
    what = f"'{assignment_id}' is released anew."
    if not changes:
        return f"{what} No graded or locked cell changed, so no score does."
    if not handed_in:
        return " ".join([what, *changes])
    following = (
        f"{_count(handed_in, 'learner')} handed in before: "
        "'academy course grade' grades them again, and keeps your marks and comments."
    )
    return " ".join([what, *changes, following])


def _count(number: float, thing: str) -> str:
    return f"{number:g} {thing}{'' if number == 1 else 's'}"
