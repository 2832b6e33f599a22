from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest

from academy.grading import upgrade as module
from academy.grading.comparison import source
from academy.grading.inspection import UnreadableError
from academy.grading.upgrade import upgrade
from tests.grading import fuzzing
from tests.grading.fuzzing_bytes import in_format

OLD = "It was saved in the old notebook format {}; it was brought up to date."


def up(value: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    return upgrade("n.ipynb", value)


def up_cells(*cells: Any) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    notebook, remarks = up({"cells": list(cells), "nbformat": 4})
    return notebook["cells"], remarks


def essence(cells: list[Any]) -> list[tuple[str, str, Any]]:
    # Whether a cell's output was folded says nothing, and the outputs are dropped anyway.
    return [
        (cell["cell_type"], source(cell), {**cell["metadata"], "collapsed": False})
        for cell in cells
    ]


@pytest.mark.parametrize("base", fuzzing.BASES)
@pytest.mark.parametrize("number", [2, 3])
def test_old_formats_become_what_nbformat_makes_of_them(base: str, number: int) -> None:
    old = in_format(fuzzing.solved(base), number)
    expected = nbformat.convert(nbformat.from_dict(copy.deepcopy(old)), 4)

    found, remarks = up(old)

    assert essence(found["cells"]) == essence(expected.cells)
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert remarks == (OLD.format(number),)


def test_old_formats_may_have_lines_without_ends() -> None:
    cell = {"cell_type": "code", "input": ["a = 1", "a"], "outputs": [], "metadata": {}}

    found, _ = up({"worksheets": [{"cells": [cell]}], "nbformat": 3})

    assert found["cells"][0]["source"] == "a = 1\na"


def test_the_first_format_is_read() -> None:
    cells = [{"cell_type": "code", "code": "1"}, {"cell_type": "text", "text": "one"}]

    found, remarks = up({"cells": cells, "nbformat": 1})

    assert [(c["cell_type"], c["source"]) for c in found["cells"]] == [
        ("code", "1"),
        ("markdown", "one"),
    ]
    assert remarks[0] == OLD.format(1)


@pytest.mark.parametrize("minor", range(6))
def test_the_minor_formats_of_today_need_no_remark(minor: int) -> None:
    notebook = {**fuzzing.solved("counting"), "nbformat_minor": minor}

    found, remarks = up(notebook)

    assert remarks == ()
    assert essence(found["cells"]) == essence(notebook["cells"])


def test_outputs_are_dropped_whatever_they_are() -> None:
    cells, remarks = up_cells({"cell_type": "code", "source": "1", "metadata": {}, "outputs": 3})

    assert cells[0]["outputs"] == []
    assert remarks == ()


CELLS: dict[str, tuple[Any, str, str]] = {
    "kind": ({"cell_type": "sql", "source": "x", "metadata": {}}, "x", "of an unknown kind"),
    "list": ({"cell_type": "raw", "source": ["a", 3], "metadata": {}}, "a3", "else than text"),
    "letters": ({"cell_type": "raw", "source": "\ud83d!", "metadata": {}}, "?!", "do not exist"),
    "metadata": ({"cell_type": "raw", "source": "x", "metadata": []}, "x", "of a wrong kind"),
    "tags": ({"cell_type": "raw", "source": "x", "metadata": {"tags": 3}}, "x", "of a wrong kind"),
    "attachments": (
        {"cell_type": "markdown", "source": "x", "metadata": {}, "attachments": {"a": 3}},
        "x",
        "attachments that are damaged",
    ),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_of_wrong_types_keeps_its_text_and_is_told(name: str) -> None:
    cell, text, told = CELLS[name]

    cells, remarks = up_cells(cell)

    assert cells[0]["source"].replace("\ufffd", "?") == text
    assert len(remarks) == 1
    assert told in remarks[0]
    assert remarks[0].startswith("1 of its cells ")


def test_halves_of_one_letter_become_that_letter() -> None:
    assert up_cells({"cell_type": "raw", "source": "\ud83d\ude00", "metadata": {}})[0][0][
        "source"
    ] == ("\U0001f600")


def test_what_is_no_cell_is_left_out_but_its_text() -> None:
    cells, remarks = up_cells("my answer", None, 3, {"cell_type": "raw", "source": ""})

    assert [cell["source"] for cell in cells] == ["my answer", ""]
    assert "2 of its cells were no cells and were left out." in remarks


def test_metadata_is_bounded_in_depth_and_size() -> None:
    deep: Any = {}
    for _ in range(200):
        deep = {"deeper": deep}
    metadata = {"deep": deep, "long": "x" * 200_000, "name": "good", "big": 10**30}

    cells, _ = up_cells({"cell_type": "raw", "source": "", "metadata": metadata})

    found = cells[0]["metadata"]
    assert found["name"] == "good"
    assert found["big"] is None
    assert "long" not in found
    assert str(found["deep"]).count("deeper") == 20


def test_attachments_are_kept_up_to_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ATTACHED_CHARACTERS", 100)
    cell = {
        "cell_type": "markdown",
        "metadata": {},
        "source": "",
        "attachments": {"a.png": {"image/png": ["A" * 60]}},
    }

    cells, remarks = up_cells(cell, cell)

    assert cells[0]["attachments"] == {"a.png": {"image/png": "A" * 60}}
    assert "attachments" not in cells[1]
    assert "too large" in remarks[0]


@pytest.mark.parametrize("value", [{}, {"cells": 3}, {"worksheets": 3}, {"metadata": {}}])
def test_json_without_cells_is_told(value: Any) -> None:
    with pytest.raises(UnreadableError, match="JSON of another kind"):
        up(value)


def test_too_many_cells_are_told_with_their_number() -> None:
    with pytest.raises(UnreadableError, match="has 100,000 cells and at most 2,000 are graded"):
        up({"cells": [{}] * 100_000, "nbformat": 4})


def test_too_much_text_is_told() -> None:
    with pytest.raises(UnreadableError, match=r"6\.0 million characters of text and code"):
        up_cells(*[{"cell_type": "raw", "source": "x" * 1_000_000, "metadata": {}}] * 6)
