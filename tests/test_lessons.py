from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from academy.lessons import ASKED_FILE, encoded, hint

HINTS = ("What did you do in the lesson?", "Look at value_counts().", "Say idxmax().")


def cell(name: str, *hints: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": "",
        "metadata": {"nbgrader": {"grade_id": name}, "academy": {"hints": encoded(hints)}},
    }


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder of an assignment, in which their kernel runs."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, [{"cell_type": "markdown"}, cell("first", *HINTS), cell("second", "Only this")])
    return tmp_path


def write(folder: Path, cells: Any) -> None:
    (folder / "task.ipynb").write_text(json.dumps({"cells": cells}))


def said(capsys: pytest.CaptureFixture[str], question: str | int) -> list[str]:
    hint(question)
    return capsys.readouterr().out.splitlines()


def asked(folder: Path) -> list[tuple[str, int]]:
    lines = (folder / ASKED_FILE).read_text().splitlines()
    return [(told["question"], told["hint"]) for told in map(json.loads, lines)]


def test_each_call_gives_the_next_hint_and_is_noted(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = "Still stuck? Run this box again for the next hint."

    assert said(capsys, "first") == [f"Hint 1 of 3: {HINTS[0]}", again]
    assert said(capsys, "first") == [f"Hint 2 of 3: {HINTS[1]}", again]
    assert said(capsys, "first") == [f"Hint 3 of 3: {HINTS[2]}"]
    assert asked(folder) == [("first", 1), ("first", 2), ("first", 3)]


def test_after_the_last_all_are_shown_once_more(capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "second")

    assert said(capsys, "second")[0] == "Hint 1 of 1: Only this"


def test_an_exercise_has_a_number_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(capsys, 2) == ["Hint 1 of 1: Only this"]
    assert asked(folder) == [("second", 1)]


@pytest.mark.parametrize("question", ["third", 0, 3, -1])
def test_an_unknown_exercise_is_a_sentence(
    question: str | int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, question) == [
        f'There is no hint for {question!r}. These have some: hint("first"), hint("second")'
    ]
    assert not (folder / ASKED_FILE).exists()


def test_checking_and_grading_ask_for_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert said(capsys, "first") == ["Run this box to get a hint."]

    monkeypatch.delenv("NBGRADER_EXECUTION")
    said(capsys, "first")
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")

    assert said(capsys, "first")[0] == f"Hint 1 of 3: {HINTS[0]}"
    assert asked(folder) == [("first", 1)]


@pytest.mark.parametrize(
    "cells",
    [
        None,
        "x",
        [1, None, {"metadata": 3}, {"metadata": {"academy": 1, "nbgrader": {"grade_id": "a"}}}],
        [{"metadata": {"academy": {"hints": 5}, "nbgrader": {"grade_id": "a"}}}],
    ],
)
def test_a_damaged_notebook_has_no_hints(
    cells: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, cells)

    assert said(capsys, "first") == ["There are no hints beside this notebook."]


def test_a_file_that_is_no_notebook_is_passed_by(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.ipynb").write_bytes(b"\xff{")
    (folder / "deep.ipynb").write_text("[" * 100_000)

    assert said(capsys, "second") == ["Hint 1 of 1: Only this"]


def test_a_hint_that_was_changed_is_said_to_be(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = cell("first", "a")
    changed["metadata"]["academy"]["hints"] = ["!", base64.b64encode(b"\xff").decode()]
    write(folder, [changed])

    assert "changed and can't be read" in said(capsys, "first")[0]
    assert "changed and can't be read" in said(capsys, "first")[0]


def test_a_folder_that_cannot_be_written_still_gives_the_hint(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / ASKED_FILE).mkdir()

    told = said(capsys, "first")

    assert told[0] == f"Hint 1 of 3: {HINTS[0]}"
    assert told[-1].startswith("(It could not be noted that you asked: ")


def test_hints_are_not_to_be_read_in_the_notebook(folder: Path) -> None:
    text = (folder / "task.ipynb").read_text()

    assert all(word not in text for word in ("lesson", "value_counts", "idxmax"))
