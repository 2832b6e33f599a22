"""Colours that code names can be seen on white."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

from academy.courses.lesson import read_notebook
from academy.courses.rules_colours import colour_findings, contrast_on_white
from tests.courses.conftest import notebook, write_notebook


def told(tmp_path: Path, *code: str) -> list[str]:
    write_notebook(tmp_path / "n.ipynb", notebook(*map(new_code_cell, code)))
    return [str(one) for one in colour_findings(read_notebook(tmp_path / "n.ipynb"), "x")]


@pytest.mark.parametrize(
    ("colour", "contrast"),
    [("black", 21), ("#777777", 4.48), ("#0072B2", 5.19), ("white", 1), ((0, 0, 0, 0.0), None)],
)
def test_contrast_is_that_of_wcag(colour: str, contrast: float | None) -> None:
    assert contrast_on_white(colour) == (contrast and pytest.approx(contrast, abs=0.01))
    assert contrast_on_white("no colour") is None


@pytest.mark.parametrize(
    "code",
    [
        'axes.bar(x, y, color="#0072B2", edgecolor="white")',
        'axes.grid(color="lightgray")',
        'axes.text(1, 2, "words", color="#595959")',
        'axes.bar(x, y, color=["#0072B2", "none"])',
        'label(c="not a colour")',
        "%matplotlib inline",
    ],
)
def test_colours_that_can_be_seen(code: str, tmp_path: Path) -> None:
    assert told(tmp_path, code) == []


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ('axes.bar(x, y, color="lightgray")', "'lightgray' has a contrast of 1.5 with white"),
        ('axes.bar(x, y, color=["black", "#F0E442"])', "'#F0E442'"),
        ('axes.bar(x, y, color="yellow" if top else "black")', "'yellow'"),
        ('axes.text(1, 2, "words", color="#888888")', "at least 4.5 is wanted for text"),
        ('axes.plot(x, y, c="#888888ff", alpha=1)\nf(fill_color="#ddd")', "at least 3.0"),
    ],
)
def test_colours_that_are_too_pale(code: str, words: str, tmp_path: Path) -> None:
    (finding,) = told(tmp_path, code)
    assert "x, cell 1: The colour" in finding
    assert words in finding


def test_a_colour_with_a_name_is_followed_into_later_cells(tmp_path: Path) -> None:
    (finding,) = told(tmp_path, 'PALE = "#dddddd"', "axes.bar(x, y, color=PALE)")
    assert "x, cell 2: The colour '#dddddd'" in finding
