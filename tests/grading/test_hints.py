from __future__ import annotations

import json
from pathlib import Path

import pytest

from academy.errors import AcademyError
from academy.grading import steps
from academy.grading.hints import hints_of
from academy.lessons import hint
from tests.grading.classroom import ASSIGNMENT, COURSE

ANSWERS = """
cells:
  add:
    hints: ["Which sign adds?", "It is on the key with =.", "Say: return a + b"]
    mutants: [{why: "returns the first", code: "def add(a, b):\\n    return a"}]
"""


@pytest.fixture
def answers(course: Path) -> Path:
    file = course / "answers" / f"{ASSIGNMENT}.yaml"
    file.parent.mkdir()
    file.write_text(ANSWERS)
    return file


@pytest.mark.integration
def test_a_release_carries_the_hints_and_no_answers(
    answers: Path, course: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.release(COURSE, ASSIGNMENT)

    for root in (course / "release", course.parents[1] / "exchange" / COURSE / "outbound"):
        text = (root / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text()
        assert "Which sign" not in text
        assert "returns the first" not in text
        with_hints = [one for one in json.loads(text)["cells"] if "academy" in one["metadata"]]
        assert [one["metadata"]["nbgrader"]["grade_id"] for one in with_hints] == ["add"]
    source = course / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert '"academy"' not in source.read_text()

    monkeypatch.chdir(course / "release" / ASSIGNMENT)
    hint("add")
    assert capsys.readouterr().out.startswith("Hint 1 of 3: Which sign adds?\n")


def test_an_assignment_without_an_answers_file_has_no_hints(course: Path) -> None:
    assert hints_of(COURSE, ASSIGNMENT) == {}


def test_an_answers_file_that_cannot_be_read_is_a_sentence(answers: Path) -> None:
    answers.write_text("cells: {add: {hints: 3}}")

    with pytest.raises(AcademyError, match=r"tiny/answers/counting.yaml"):
        hints_of(COURSE, ASSIGNMENT)
