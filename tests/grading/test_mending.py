from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader.utils import compute_checksum

from academy.grading.comparison import grade_id, marked_cells
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


def type_anew(notebook: Any) -> None:
    """Cut a check and paste its text into a new cell."""
    old = tiny.cell(notebook, "add-test")
    place = notebook.cells.index(old)
    notebook.cells[place] = new_code_cell(old.source, id="typed-anew")


def edit_check(notebook: Any) -> None:
    tiny.cell(notebook, "add-test").source = "assert True"


def shorten_check(notebook: Any) -> None:
    check = tiny.cell(notebook, "double-test")
    check.source = check.source.split("\n")[0]


def stray(notebook: Any) -> None:
    cell = new_code_cell("1", id="stray", metadata=tiny.marks("from-elsewhere", points=9))
    notebook.cells.append(cell)


def move_up(name: str, places: int) -> Edit:
    def edit(notebook: Any) -> None:
        cell = tiny.cell(notebook, name)
        place = notebook.cells.index(cell)
        notebook.cells.remove(cell)
        notebook.cells.insert(place - places, cell)

    return edit


def turn(name: str, kind: str) -> Edit:
    def edit(notebook: Any) -> None:
        tiny.cell(notebook, name)["cell_type"] = kind

    return edit


def swap_names(notebook: Any) -> None:
    one, other = tiny.cell(notebook, "add"), tiny.cell(notebook, "double")
    one.metadata, other.metadata = other.metadata, one.metadata


def write_elsewhere(notebook: Any) -> None:
    """Delete the cell for the answer and write into a new one."""
    place = notebook.cells.index(tiny.cell(notebook, "why"))
    notebook.cells[place] = new_markdown_cell("Because I counted twice.", id="new")


def lose_all(notebook: Any) -> None:
    notebook.cells = [new_markdown_cell("Another city", id="other")]


RENAMED = "had been renamed to 'my-own-name'; it was recognised and graded."
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
            f"The cell 'add-test' {RENAMED}",
            "The cell 'double' had been renamed to 'doubling'; it was recognised and graded.",
        ],
    ),
    "names swapped": (
        swap_names,
        [
            "The cell 'add' had been renamed to 'double'; it was recognised and graded.",
            "The cell 'double' had been renamed to 'add'; it was recognised and graded.",
        ],
    ),
    "marks lost": (lose_marks, ["The cell 'add' had lost its name; it was recognised and graded."]),
    "typed anew": (
        type_anew,
        ["The cell 'add-test' had lost its name; it was recognised and graded."],
    ),
    "written elsewhere": (
        write_elsewhere,
        ["The cell 'why' had lost its name; what stands in its place was graded."],
    ),
    "edited check": (
        edit_check,
        [
            "The locked cell 'add-test' had been edited; the released one was run. "
            "What was written there stands below it, and was not run."
        ],
    ),
    "shortened check": (
        shorten_check,
        ["The locked cell 'double-test' had been edited; the released one was run."],
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
    "check above its answer": (
        move_up("add-test", 1),
        ["The cell 'add-test' had been moved; it was put back into the released order."],
    ),
    "answer to text": (
        turn("double", "markdown"),
        ["The cell 'double' had been turned from code into text; it was turned back."],
    ),
    "text to code": (
        turn("why", "code"),
        ["The cell 'why' had been turned from text into code; it was turned back."],
    ),
    "another notebook": (
        lose_all,
        [
            "None of the released cells were found in it, so all of them were put back; it may "
            "be another assignment's notebook."
        ],
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_change_is_told_in_a_sentence(name: str) -> None:
    edit, sentences = EDITS[name]
    notebook, released = changed(edit)

    assert list(repair(notebook, released)) == sentences


@pytest.mark.parametrize("name", EDITS)
def test_after_repair_the_marked_cells_are_the_released_ones(name: str) -> None:
    notebook, released = changed(EDITS[name][0])

    repair(notebook, released)

    names = [
        marks["grade_id"] for cell in notebook.cells if (marks := cell.metadata.get("nbgrader"))
    ]
    assert names == list(marked_cells(released))
    for name, cell in marked_cells(released).items():
        assert tiny.cell(notebook, name).metadata.nbgrader == cell["metadata"]["nbgrader"]
        assert tiny.cell(notebook, name).cell_type == cell["cell_type"]
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("edit", [tiny.rename, swap_names, lose_marks, write_elsewhere])
def test_repair_keeps_what_a_learner_wrote_where_it_is(edit: Edit) -> None:
    notebook, released = changed(edit)
    written = [cell.source for cell in notebook.cells]

    repair(notebook, released)

    assert [cell.source for cell in notebook.cells] == written


def test_of_doubles_the_last_stays_graded() -> None:
    notebook, released = changed(tiny.duplicate)

    repair(notebook, released)

    assert tiny.cell(notebook, "add").source == "def add(a, b):\n    return a + b"
    assert "nbgrader" not in notebook.cells[0].metadata
    assert notebook.cells[1].source == "def add(a, b):\n    return 0"


def test_a_blank_copy_below_an_answer_does_not_undo_it() -> None:
    notebook, released = changed(tiny.solve)
    answer = tiny.cell(notebook, "add")
    blank = copy.deepcopy(tiny.cell(released, "add"))
    notebook.cells.insert(notebook.cells.index(answer) + 1, blank)

    told = repair(notebook, released)

    assert told == ("The cell 'add' is there 2 times; the one with an answer was graded.",)
    sources = [cell.source for cell in notebook.cells]
    assert sources.index(blank.source) == sources.index("def add(a, b):\n    return a + b") - 1


def test_what_was_written_into_a_check_is_kept_as_text() -> None:
    notebook, released = changed(edit_check)

    repair(notebook, released)

    place = notebook.cells.index(tiny.cell(notebook, "add-test"))
    assert notebook.cells[place].source == tiny.cell(released, "add-test").source
    assert notebook.cells[place + 1].cell_type == "raw"
    assert notebook.cells[place + 1].source == "assert True"


def test_a_check_cannot_be_told_to_be_skipped() -> None:
    notebook, released = changed(tiny.solve)
    tiny.cell(notebook, "add-test").metadata["tags"] = ["skip-execution"]

    repair(notebook, released)

    assert "tags" not in tiny.cell(notebook, "add-test").metadata


def test_a_deleted_check_runs_after_all_that_belongs_to_its_answer() -> None:
    notebook, released = changed(tiny.delete("add-test"))
    answer = tiny.cell(notebook, "add")
    more = new_code_cell("better_add = add", id="more")
    notebook.cells.insert(notebook.cells.index(answer) + 1, more)

    repair(notebook, released)

    names = [grade_id(cell) or cell.id for cell in notebook.cells]
    assert names[2:6] == ["add", "more", "add-test", "q2"]


def test_an_answer_that_moves_up_takes_the_code_above_it_along() -> None:
    notebook, released = changed(tiny.solve)
    answer = tiny.cell(notebook, "double")
    notebook.cells.remove(answer)
    helper = new_code_cell("two = 2", id="helper")
    notebook.cells += [helper, answer]

    repair(notebook, released)

    names = [grade_id(cell) or cell.id for cell in notebook.cells]
    assert names.index("helper") == names.index("double") - 1
    assert names.index("double") < names.index("double-test")


def test_own_cells_and_an_own_order_of_text_stay() -> None:
    notebook, released = changed(tiny.solve)
    notebook.cells.insert(3, new_code_cell("print(add(2, 2))", id="trial"))
    notebook.cells.insert(0, notebook.cells.pop(1))
    before = [cell.id for cell in notebook.cells]

    assert repair(notebook, released) == ()
    assert [cell.id for cell in notebook.cells] == before


@pytest.mark.parametrize("name", ["add-test", "why"])
def test_a_cell_that_the_course_corrected_is_not_called_edited(name: str) -> None:
    notebook, released = changed(tiny.solve)
    old = tiny.cell(released, name)
    given = tiny.cell(notebook, name)
    given.source = old.source
    given.metadata.nbgrader["checksum"] = compute_checksum(given)
    old.metadata.nbgrader["points"] = 5
    cells = len(notebook.cells)

    told = repair(notebook, released)

    sentence = f"The cell '{name}' was corrected after it had been handed out; the new one counts."
    assert told == (sentence,)
    assert tiny.cell(notebook, name).metadata.nbgrader.points == 5
    assert len(notebook.cells) == cells


def test_another_kernel_is_replaced_and_told() -> None:
    notebook, released = changed(tiny.other_kernel)

    told = repair(notebook, released)

    assert told == ("The notebook was saved for the kernel 'ir'; it was run with 'python3'.",)
    assert notebook.metadata.kernelspec == released.metadata.kernelspec
    assert "language_info" not in notebook.metadata


def test_what_was_told_before_is_told_still() -> None:
    notebook, released = changed(tiny.delete("add"))

    first = repair(notebook, released)
    again = repair(notebook, released)

    assert len(first) == 1
    assert again == first
    assert tuple(notebook.metadata.academy_remarks) == first
