from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from academy.grading.comparison import compare_kernels, grade_id, is_locked, read_notebook
from tests.grading import classroom as tiny


def test_another_kernel_is_named() -> None:
    released = tiny.source_notebook()
    notebook = tiny.source_notebook()
    tiny.other_kernel(notebook)

    assert compare_kernels(notebook, released) == [
        "The notebook was saved for the kernel 'ir'; it was run with 'python3'."
    ]
    assert compare_kernels(released, released) == []


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": []}, {"kernelspec": {"name": 3}}])
def test_a_notebook_that_names_no_kernel_is_told(metadata: Any) -> None:
    assert compare_kernels({"cells": [], "metadata": metadata}, tiny.source_notebook()) == [
        "The notebook did not say which kernel it needs; it was run with 'python3'."
    ]


@pytest.mark.parametrize("marks", [None, [], "add", {}, {"grade_id": ""}, {"grade_id": 3}])
def test_marks_without_a_name_give_none(marks: Any) -> None:
    assert grade_id({"metadata": {"nbgrader": marks}}) is None


def test_learners_may_edit_answers_and_nothing_else_that_has_a_name() -> None:
    cells = [cell for cell in tiny.source_notebook().cells if grade_id(cell)]

    assert [grade_id(cell) for cell in cells if not is_locked(cell)] == ["add", "double", "why"]


def test_lines_are_read_as_one_text(tmp_path: Path) -> None:
    file = tmp_path / "good.ipynb"
    file.write_text(json.dumps({"cells": [{"source": ["one\n", "two"]}, {"source": "one"}]}))

    assert [cell["source"] for cell in read_notebook(file)["cells"]] == ["one\ntwo", "one"]
