from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from academy.grading.inspection import Inspection, inspect_submission
from tests.grading import classroom as tiny


@pytest.fixture
def released(tmp_path: Path) -> dict[str, Path]:
    path = tmp_path / "release" / "counting.ipynb"
    path.parent.mkdir()
    nbformat.write(tiny.source_notebook(), path)
    return {"counting": path}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "submitted"
    made.mkdir()
    nbformat.write(tiny.source_notebook(), made / "counting.ipynb")
    return made


def test_a_submission_as_released_needs_no_remark(folder: Path, released: dict[str, Path]) -> None:
    assert inspect_submission(folder, released) == Inspection()


CONTENTS: dict[str, tuple[Any, str]] = {
    "cut off": (b'{"cells": [\n\n{"cell', "not a notebook: it stops being valid JSON at line 3"),
    "empty file": (b"", "not a notebook: it stops being valid JSON at line 1"),
    "latin-1": (b'{"a": "\xe9"}', "is not UTF-8 text"),
    "nested": (b"[" * 100_000, "nested too deeply"),
    "a list": (b"[]", "JSON of another kind"),
    "format 3": (b'{"nbformat": 3, "worksheets": []}', "not a notebook of format 4"),
    "odd cell": (
        json.dumps(
            {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "x"}]}
        ).encode(),
        "JSON of another kind",
    ),
    "no cells": (
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
        "has no cells, so there is nothing to grade",
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_what_cannot_be_graded_is_told(folder: Path, released: dict[str, Path], name: str) -> None:
    content, sentence = CONTENTS[name]
    (folder / "counting.ipynb").write_bytes(content)

    found = inspect_submission(folder, released)

    assert not found.gradable
    assert len(found.remarks) == 1
    assert sentence in found.remarks[0]


def test_a_notebook_that_is_too_large_is_told_with_its_size(
    folder: Path, released: dict[str, Path]
) -> None:
    with (folder / "counting.ipynb").open("a") as file:
        file.write(" " * 3_000_000)

    found = inspect_submission(folder, released, limit_kilobytes=2_000)

    assert not found.gradable
    assert "'counting.ipynb' has 3.0 MB and at most 2 MB are graded" in found.remarks[0]


def test_a_copy_under_another_name_is_graded(folder: Path, released: dict[str, Path]) -> None:
    tiny.rename_file(folder / "counting.ipynb")

    found = inspect_submission(folder, released)

    assert found.gradable
    assert found.renamed_files == (("counting", "counting-Copy1"),)
    assert found.remarks == (
        "'counting-Copy1.ipynb' was graded as 'counting.ipynb', its released name.",
    )


def test_a_submission_without_its_notebook_says_what_it_has(
    folder: Path, released: dict[str, Path]
) -> None:
    for name in ("one", "two"):
        (folder / f"{name}.ipynb").write_text("{}")
    (folder / "counting.ipynb").unlink()

    found = inspect_submission(folder, released)

    assert not found.gradable
    assert "no 'counting.ipynb' (it has 'one.ipynb', 'two.ipynb')" in found.remarks[0]


def test_one_unreadable_notebook_does_not_keep_the_other_from_being_graded(
    folder: Path, released: dict[str, Path]
) -> None:
    released["more"] = released["counting"]
    (folder / "more.ipynb").write_text("{")

    found = inspect_submission(folder, released)

    assert found.gradable
    assert found.unreadable == ("more",)
