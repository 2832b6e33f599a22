"""A tiny course, made in code, and a state directory of its own for each test."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from academy import paths

SECRET = "answer_is_forty_two"

OPENING = """\
# Count the days

**Who it is for:** anyone who can read a table. It takes about 4 minutes.

You will be able to:

- count rows,
- name what a row is.

**One row** is one day. The data come from the city's open data portal and were taken on
22 November 2026. Days before that year are missing.
"""

ENDING = """\
## Key points

- A row is one day.

## Try this at home

Count the days in your own week.
"""


def notebook(*cells: Any) -> Any:
    made = new_notebook(cells=list(cells))
    made.metadata["kernelspec"] = {
        "name": "python3", "display_name": "Python 3", "language": "python"
    }  # fmt: skip
    return made


def graded(source: str, grade_id: str, *, points: int = 0, is_solution: bool = False) -> Any:
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {
        "grade_id": grade_id,
        "grade": points > 0,
        "locked": not is_solution,
        "solution": is_solution,
        "task": False,
        "schema_version": 3,
    } | ({"points": points} if points else {})
    return cell


def lesson_notebook(*more: Any) -> Any:
    return notebook(
        new_markdown_cell(OPENING),
        new_code_cell("days = 7\ndays"),
        *more,
        new_markdown_cell(ENDING),
    )


SOLUTION = f"### BEGIN SOLUTION\nresult = 42  # {SECRET}\n### END SOLUTION"
TEST = (
    'assert isinstance(result, int), "result should be a whole number"\n'
    'assert result > 0, "result should be above zero"\n'
    "### BEGIN HIDDEN TESTS\n"
    'assert result == 42, f"result should be six times seven and not {result}"\n'
    "### END HIDDEN TESTS"
)


def source_notebook() -> Any:
    return notebook(
        new_markdown_cell("# Exercise\n\nPut six times seven in `result`."),
        new_code_cell("six = 6"),
        graded(SOLUTION, "result", is_solution=True),
        graded(TEST, "result-test", points=2),
    )


def answers() -> dict[str, Any]:
    wrong = ["41", "'42'", "six", "67", "13", "-42"]
    return {
        "cells": {
            "result": {
                "hints": ["What is six?", "Look at `six`.", "Two times three is `2 * 3`."],
                "alternatives": [
                    {"why": "multiplies", "code": "result = six * 7"},
                    {"why": "adds", "code": f"result = sum([six] * 7)  # {SECRET}"},
                ],
                "mutants": [{"why": f"gives {one}", "code": f"result = {one}"} for one in wrong],
            }
        }
    }


def settings() -> dict[str, Any]:
    return {
        "title": "Tiny course",
        "track": "resident",
        "summary": "Two small things to do.",
        "lessons": [
            {
                "file": "01-count-the-days.ipynb",
                "title": "Count the days",
                "minutes": 4,
                "assignment": "six-times-seven",
            },
            {"file": "02-rest.ipynb", "title": "Rest", "minutes": 4},
        ],
        "assignments": [{"id": "six-times-seven", "title": "Six times seven", "minutes": 5}],
    }


def facts() -> dict[str, Any]:
    return {
        "numbers": [],
        "reasons": [{"says": "22 November 2026", "because": "the day of the copy"}],
    }


def write_facts(folder: Path, stem: str, content: dict[str, Any]) -> None:
    (folder / "facts").mkdir(exist_ok=True)
    (folder / "facts" / f"{stem}.yaml").write_text(yaml.safe_dump(content), "utf-8")


def write_notebook(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(content, path)


def write_settings(folder: Path, content: dict[str, Any]) -> None:
    (folder / "course.yaml").write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")


def make_course(folder: Path) -> Path:
    """Write the tiny course, which passes every check."""
    folder.mkdir(parents=True)
    write_settings(folder, settings())
    write_notebook(folder / "lessons" / "01-count-the-days.ipynb", lesson_notebook())
    write_notebook(folder / "lessons" / "02-rest.ipynb", lesson_notebook())
    (folder / "lessons" / "picture.svg").write_text("<svg/>", "utf-8")
    write_notebook(folder / "source" / "six-times-seven" / "exercise.ipynb", source_notebook())
    for stem in ("01-count-the-days", "02-rest"):
        write_facts(folder, stem, facts())
    (folder / "answers").mkdir()
    (folder / "answers" / "six-times-seven.yaml").write_text(yaml.safe_dump(answers()), "utf-8")
    return folder


def edit_cell(path: Path, source: str, *, cell: int = 1) -> bytes:
    """Change one cell of a notebook as an editor would; return the file's bytes."""
    content = nbformat.read(path, as_version=4)
    content.cells[cell].source = source
    nbformat.write(content, path)
    return path.read_bytes()


def run_cell(path: Path, *, cell: int = 1) -> None:
    """Store an output, as an editor does after a run."""
    content = nbformat.read(path, as_version=4)
    content.cells[cell].execution_count = 3
    content.cells[cell].outputs = [nbformat.v4.new_output("stream", text="stored output\n")]
    content.metadata["language_info"] = {"name": "python", "version": "3.13.1"}
    nbformat.write(content, path)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state directory with a space in its path; a hook's git variables must not matter."""
    folder = tmp_path / "the state"
    monkeypatch.setenv(paths.STATE_VARIABLE, str(folder))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "no-such-repository"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "no-such-index"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    return folder


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny course as the checkout's only one."""
    root = tmp_path / "check out" / "courses"
    monkeypatch.setattr(paths, "shipped_courses", lambda: root)
    return make_course(root / "tiny-course")


@pytest.fixture
def live(state: Path) -> Path:
    return state / "courses" / "tiny-course"


@pytest.fixture
def git_in() -> Callable[..., str]:
    """Run plain git in a folder, as a person would."""

    def run(folder: Path, *arguments: str) -> str:
        identity = ["-c", "user.name=A Person", "-c", "user.email=person@localhost"]
        done = subprocess.run(
            ["git", *identity, *arguments],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": "/nonexistent", "LC_ALL": "C"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
