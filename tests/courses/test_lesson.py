"""Reading notebooks, and what running one leaves behind."""

from __future__ import annotations

import json
from pathlib import Path

from academy.courses.lesson import clean_bytes, read_notebook, same_but_for_outputs
from tests.courses.conftest import (
    lesson_notebook,
    run_cell,
    source_notebook,
    write_notebook,
)


def test_prose_code_and_graded_cells_are_told_apart(tmp_path: Path) -> None:
    write_notebook(tmp_path / "x.ipynb", source_notebook())
    read = read_notebook(tmp_path / "x.ipynb")
    assert [cell.number for cell in read.prose_cells] == [1]
    assert [cell.number for cell in read.code_cells] == [2, 3, 4]
    assert [(cell.grade_id, cell.points) for cell in read.graded_cells] == [("result-test", 2.0)]
    assert [cell.grade_id for cell in read.cells if cell.is_solution] == ["result"]
    assert (read.points, read.kernel) == (2.0, "python3")


def test_a_run_leaves_nothing_in_the_clean_file(tmp_path: Path) -> None:
    file = tmp_path / "x.ipynb"
    write_notebook(file, lesson_notebook())
    before = file.read_bytes()
    run_cell(file)
    after = file.read_bytes()
    assert after != before
    assert same_but_for_outputs(before, after)
    clean = json.loads(clean_bytes(after))
    assert clean["cells"][1]["outputs"] == []
    assert clean["cells"][1]["execution_count"] is None
    assert b"3.13.1" not in clean_bytes(after)


def test_a_file_without_outputs_stays_byte_for_byte(tmp_path: Path) -> None:
    write_notebook(tmp_path / "x.ipynb", lesson_notebook())
    content = (tmp_path / "x.ipynb").read_bytes()
    assert clean_bytes(content) == content
    assert clean_bytes(b"\xff not a notebook") == b"\xff not a notebook"
    assert clean_bytes(b"[1, 2]") == b"[1, 2]"


def test_sources_as_lists_and_as_text_are_the_same_notebook(tmp_path: Path) -> None:
    write_notebook(tmp_path / "x.ipynb", lesson_notebook())
    content = (tmp_path / "x.ipynb").read_bytes()
    data = json.loads(content)
    for cell in data["cells"]:
        cell["source"] = "".join(cell["source"])
    assert same_but_for_outputs(content, json.dumps(data).encode())
    data["cells"][1]["source"] = "days = 8"
    assert not same_but_for_outputs(content, json.dumps(data).encode())
    assert not same_but_for_outputs(content, b"{")
