"""A correction after the release: no work and no mark is lost; what changed is regraded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from academy.errors import AcademyError
from academy.grading import steps
from academy.grading.amend import amend
from academy.grading.gradebook import open_gradebook
from tests.grading.classroom import ASSIGNMENT, COURSE, cell, marks, solve, solve_wrong

pytestmark = pytest.mark.integration


@pytest.fixture
def graded(course: Path) -> Path:
    """A course of two learners, all of whose work is graded; one has a comment."""
    steps.release(COURSE, ASSIGNMENT)
    for learner, answer in {"ada": solve, "ben": solve_wrong}.items():
        released = course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        notebook = nbformat.read(released, as_version=4)
        answer(notebook)
        folder = course / "submitted" / learner / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / released.name)
    assert graded_anew() == ["ada", "ben"]
    with open_gradebook(COURSE) as gradebook:
        comment = gradebook.find_submission(ASSIGNMENT, "ada").notebooks[0].comments[-1]
        comment.manual_comment = "Well said."
        gradebook.db.commit()
    return course


def correct(course: Path, edit: Callable[[Any], None]) -> None:
    """Change the instructor's version."""
    path = course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    edit(notebook)
    nbformat.write(notebook, path)


def scores() -> dict[str, tuple[float, float]]:
    with open_gradebook(COURSE) as gradebook:
        found = gradebook.find_assignment(ASSIGNMENT).submissions
        return {one.student.id: (one.score, one.max_score) for one in found}


def comments() -> list[str]:
    with open_gradebook(COURSE) as gradebook:
        books = gradebook.find_submission(ASSIGNMENT, "ada").notebooks
        return [one.manual_comment for one in books[0].comments if one.manual_comment]


def graded_anew() -> list[str]:
    done = steps.grade(COURSE, ASSIGNMENT, unsafe=True)
    return [one.learner for one in done.outcomes if "Graded before" not in one.sentence]


def prose(notebook: Any) -> None:
    notebook.cells[1].source = "## Add two numbers, please"


def new_question(notebook: Any) -> None:
    notebook.cells += [
        new_code_cell("### BEGIN SOLUTION\nthird = 3\n### END SOLUTION", metadata=marks("third")),
        new_code_cell("assert True", metadata=marks("third-test", points=2)),
        new_code_cell("print('read me')", metadata=marks("example")),
    ]
    notebook.cells[-3].metadata.nbgrader["solution"] = True
    notebook.cells[-1].metadata.nbgrader["locked"] = True


def test_prose_changes_no_score_and_a_new_question_is_graded_for_all(graded: Path) -> None:
    before = scores()
    correct(graded, prose)
    assert "No graded or locked cell changed" in amend(COURSE, ASSIGNMENT).sentence
    assert graded_anew() == []

    correct(graded, new_question)
    said = amend(COURSE, ASSIGNMENT).sentence
    assert "'third' is new. 'third-test' is new." in said
    assert "2 learners handed in before" in said
    assert graded_anew() == ["ada", "ben"]
    after = scores()
    # The released blank answer holds no 'third', but the check asks for nothing of it.
    assert after == {name: (score + 2, most + 2) for name, (score, most) in before.items()}
    assert comments() == ["Well said."]

    correct(graded, lambda notebook: notebook.cells.pop())
    assert "'example' is gone." in amend(COURSE, ASSIGNMENT).sentence
    correct(graded, lambda notebook: notebook.cells.remove(cell(notebook, "add-test")))
    with pytest.raises(AcademyError, match="The cell 'add-test' of 'counting' is gone") as told:
        amend(COURSE, ASSIGNMENT)
    assert "nothing was changed" in str(told.value)
    assert scores() == after


def test_a_notebook_that_nbgrader_refuses_changes_nothing(graded: Path) -> None:
    before = scores()

    def spoil(notebook: Any) -> None:
        new_question(notebook)
        cell(notebook, "add").source = "### BEGIN SOLUTION\npass"

    correct(graded, spoil)
    with pytest.raises(AcademyError, match="no '### END SOLUTION'"):
        amend(COURSE, ASSIGNMENT)
    assert scores() == before


def test_what_was_never_released_is_not_amended(course: Path) -> None:
    with pytest.raises(AcademyError, match="never released"):
        amend(COURSE, ASSIGNMENT)
