from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from nbformat.v4 import new_code_cell

from academy.grading.comparison import compare_cells, compare_kernels, marked_cells
from academy.grading.repair import repair
from tests.grading import classroom as tiny

Edit = Callable[[Any], None]


def changed(edit: Edit) -> tuple[Any, Any]:
    released = tiny.source_notebook()
    notebook = copy.deepcopy(released)
    edit(notebook)
    return notebook, released


def lose_marks(notebook: Any) -> None:
    del tiny.cell(notebook, "add").metadata["nbgrader"]


def retype(notebook: Any) -> None:
    """Cut a check and paste its text into a new cell."""
    old = tiny.cell(notebook, "add-test")
    place = notebook.cells.index(old)
    notebook.cells[place] = new_code_cell(old.source, id="typed-anew")


def edit_check(notebook: Any) -> None:
    tiny.cell(notebook, "add-test").source = "assert True"


def stray(notebook: Any) -> None:
    cell = new_code_cell("1", id="stray", metadata=tiny.marks("from-elsewhere", points=9))
    notebook.cells.append(cell)


EDITS: dict[str, tuple[Edit, list[str]]] = {
    "nothing": (lambda notebook: None, []),
    "solved": (tiny.solve, []),
    "deleted answer": (
        tiny.delete("add"),
        ["The answer 'add' had been deleted; the released blank one was put back."],
    ),
    "deleted check": (
        tiny.delete("add-test"),
        ["The check 'add-test' had been deleted; it was put back and run."],
    ),
    "duplicate": (
        tiny.duplicate,
        [
            "The cell 'add' is there 2 times; the last was graded.",
            "The cell 'add-test' is there 2 times; the last was graded.",
        ],
    ),
    "renamed": (
        tiny.rename,
        [
            "The cell 'add-test' had been renamed to 'my-own-name'; it was recognised and graded.",
            "The cell 'double' had been renamed to 'doubling'; it was recognised and graded.",
        ],
    ),
    "marks lost": (lose_marks, ["The cell 'add' had lost its name; it was recognised and graded."]),
    "retyped": (retype, ["The cell 'add-test' had lost its name; it was recognised and graded."]),
    "edited check": (
        edit_check,
        ["The locked cell 'add-test' had been edited; the released one was run."],
    ),
    "points": (
        tiny.change_points,
        [
            f"Points or marks of the cell '{name}' had been changed; the released ones count."
            for name in ("add-test", "double-test")
        ],
    ),
    "stray": (
        stray,
        ["A cell calls itself 'from-elsewhere', which was not released; it was not graded."],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_change_is_told_in_a_sentence(name: str) -> None:
    edit, sentences = EDITS[name]
    notebook, released = changed(edit)

    assert compare_cells(notebook, released) == sentences


@pytest.mark.parametrize("name", EDITS)
def test_after_repair_the_marked_cells_are_the_released_ones(name: str) -> None:
    notebook, released = changed(EDITS[name][0])

    repair(notebook, released)

    names = [
        marks["grade_id"] for cell in notebook.cells if (marks := cell.metadata.get("nbgrader"))
    ]
    assert names == list(marked_cells(released))
    for grade_id, cell in marked_cells(released).items():
        assert tiny.cell(notebook, grade_id).metadata.nbgrader == cell.metadata.nbgrader
    ids = [cell.id for cell in notebook.cells if "id" in cell]
    assert len(ids) == len(set(ids))


def test_repair_keeps_what_a_learner_wrote() -> None:
    notebook, released = changed(tiny.rename)
    written = [cell.source for cell in notebook.cells]

    repair(notebook, released)

    assert [cell.source for cell in notebook.cells] == written


def test_of_doubles_the_last_stays_graded() -> None:
    notebook, released = changed(tiny.duplicate)

    repair(notebook, released)

    assert tiny.cell(notebook, "add").source == "def add(a, b):\n    return a + b"
    assert "nbgrader" not in notebook.cells[0].metadata


def test_another_kernel_is_named() -> None:
    notebook, released = changed(tiny.other_kernel)

    assert compare_kernels(notebook, released) == [
        "The notebook was saved for the kernel 'ir'; it was run with 'python3'."
    ]
    assert compare_kernels(released, released) == []
