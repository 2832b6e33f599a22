"""A learner's time: counted minutes, and something to do soon and often."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell

from academy.courses.lesson import Notebook, read_notebook
from academy.courses.rules_pace import counted_minutes, pace_findings, time_findings
from tests.courses.conftest import graded, notebook, write_notebook

HUNDRED = "The truck came today and took it. " * 14 + "So it did."


def stored(tmp_path: Path, *cells: Any) -> Notebook:
    write_notebook(tmp_path / "n.ipynb", notebook(*cells))
    return read_notebook(tmp_path / "n.ipynb")


def words(hundreds: int, heading: str = "") -> Any:
    return new_markdown_cell("\n\n".join([*([heading] if heading else []), *[HUNDRED] * hundreds]))


def folded(source: str) -> Any:
    cell = new_code_cell(source)
    cell.metadata["jupyter"] = {"source_hidden": True}
    return cell


def test_words_cells_and_exercises_are_counted(tmp_path: Path) -> None:
    lesson = stored(
        tmp_path,
        words(4),
        new_code_cell("days = 7"),
        folded("draw()"),
        words(0, "### Check 1: how many?"),
        new_code_cell("answer = 0"),
        new_code_cell("days"),
        new_code_cell('# hint("x")'),
    )
    assert counted_minutes(lesson) == pytest.approx(4 * 101 / 200 + 2 + 4 + 2, abs=0.5)


def test_an_assignment_counts_the_minutes_that_its_exercises_tell(tmp_path: Path) -> None:
    exercises = [
        new_markdown_cell(f"## Exercise {n}: go\n\n{told}\n\n{HUNDRED}")
        for n, told in ((1, "*3 minutes, 2 points.*"), (2, "*2 minutes, 1 point.*"), (3, "Do it."))
    ]
    task = stored(tmp_path, words(2), *exercises, graded("assert x, 'x'", "t", points=3))
    assert counted_minutes(task) == pytest.approx(1 + 3 + 2 + 4, abs=0.1)


@pytest.mark.parametrize(("minutes", "findings"), [(14, 1), (15, 0), (20, 0), (25, 0), (26, 1)])
def test_told_minutes_may_differ_by_a_quarter(minutes: int, findings: int, tmp_path: Path) -> None:
    lesson = stored(tmp_path, *[new_code_cell("days = 7")] * 10)
    found = time_findings(lesson, minutes, "x")
    assert len(found) == findings
    assert all(f"gives it {minutes} minutes, and 20 are counted" in str(one) for one in found)


def test_the_first_exercise_comes_within_ten_minutes(tmp_path: Path) -> None:
    check = words(0, "### Check 1: how many?")
    assert pace_findings(stored(tmp_path, *[new_code_cell("1")] * 5, check), "x") == []
    (late,) = pace_findings(stored(tmp_path, *[new_code_cell("1")] * 6, check), "x")
    assert "cell 7: From the start a learner reads for 12 minutes without an exercise" in str(late)


def test_exercises_are_at_most_twenty_minutes_apart_and_so_is_the_end(tmp_path: Path) -> None:
    check, code = words(0, "### Check 1: how many?"), [new_code_cell("1")]
    good = stored(tmp_path, check, *code * 12, check, *code * 12)
    assert len(pace_findings(good, "x")) == 2
    assert pace_findings(stored(tmp_path, check, *code * 10, check, *code * 10), "x") == []
    (late,) = pace_findings(stored(tmp_path, check, *code * 12), "x")
    assert "x: After minute 4 a learner reads for 22 minutes" in str(late)
