"""Points, minutes, hints, names and wrong answers of an assignment's exercises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from academy import paths
from academy.courses.rules import check_folder
from tests.courses.conftest import (
    answers,
    edit_cell,
    make_course,
    settings,
    source_notebook,
    write_notebook,
    write_settings,
)

EXERCISE = "source/six-times-seven/exercise.ipynb"
LESSON = "lessons/01-count-the-days.ipynb"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_course(tmp_path / "courses" / "tiny-course")


def told(folder: Path, *, run: bool = False) -> list[str]:
    return [str(finding) for finding in check_folder(folder, run=run)]


def save_answers(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = answers()
    change(content["cells"]["result"])
    (folder / "answers" / "six-times-seven.yaml").write_text(yaml.safe_dump(content))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You can get 2 points.\n\n*4 minutes, 2 points.* Go.", ""),
        ("You can get 3 points.", "give 2 points, and the text tells 3"),
        ("*4 minutes, 1 point.* Go.", "give 2 points, and the exercises together tell 1"),
        ("*4 minutes, 1 point.* Go.\n\n*3 minutes, 1 point.* Go.", ""),
        ("*6 minutes, 2 points.* Go.", "An exercise tells 6 minutes, and 2 to 5 are wanted"),
    ],
)
def test_told_points_and_minutes(text: str, words: str, folder: Path) -> None:
    edit_cell(folder / EXERCISE, f"# Exercise\n\n{text}", cell=0)
    found = told(folder)
    assert len(found) == bool(words)
    assert all(words in finding for finding in found)


def test_a_resident_gets_three_hints_in_one_way_or_the_other(folder: Path) -> None:
    save_answers(folder, lambda cell: cell.pop("hints"))
    (finding,) = told(folder)
    assert "cell 3 (result): The exercise 'result' has no 3 hints" in finding
    write_settings(folder, settings() | {"track": "staff"})
    assert told(folder) == []
    write_settings(folder, settings())
    content = source_notebook()
    content.cells[1], content.cells[0] = content.cells[0], content.cells[1]
    content.cells[1].source = "# Exercise\n\n" + "<details>\nhint\n</details>\n" * 3
    write_notebook(folder / EXERCISE, content)
    assert told(folder) == []


def test_a_lesson_tells_the_day_of_each_table(folder: Path) -> None:
    write_settings(folder, settings() | {"datasets": ["service-requests"]})
    edit_cell(folder / LESSON, 'load_dataset("service-requests")')
    (finding,) = told(folder)
    assert "does not tell that 'service-requests' was taken on 29 August 2026" in finding


def test_a_released_name_may_not_go(folder: Path) -> None:
    write_notebook(folder / "release" / "six-times-seven" / "exercise.ipynb", source_notebook())
    assert told(folder) == []
    renamed = source_notebook()
    renamed.cells[3].metadata["nbgrader"]["grade_id"] = "another-test"
    write_notebook(folder / EXERCISE, renamed)
    (finding,) = told(folder)
    assert "The grade_id 'result-test' was there before and is gone." in finding
    assert "learners hold copies" in finding


def test_a_committed_name_may_not_go_unseen(
    shipped: Path, git_in: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = shipped.parent.parent
    monkeypatch.setattr(paths, "checkout", lambda: root)
    git_in(root, "init", "--quiet")
    assert told(shipped) == []
    git_in(root, "add", ".")
    git_in(root, "commit", "--quiet", "-m", "One")
    renamed = source_notebook()
    renamed.cells[3].metadata["nbgrader"]["grade_id"] = "another-test"
    write_notebook(shipped / EXERCISE, renamed)
    (finding,) = told(shipped)
    assert "'result-test' was there before and is gone" in finding
    assert "commit the change" in finding


# Wrong answers, taken together


def mutants(*codes: str) -> Callable[[dict[str, Any]], None]:
    def change(cell: dict[str, Any]) -> None:
        cell["mutants"] = [{"why": f"does {code}", "code": code} for code in codes]

    return change


def test_five_wrong_answers_have_the_right_kind(folder: Path) -> None:
    numbers = [f"result = {n}" for n in (-1, 2, 3, 4)]
    save_answers(folder, mutants(*numbers, "result = '42'"))
    (finding,) = told(folder, run=True)
    assert "Only 4 wrong answers to 'result' give the right kind of value (result is a number)" in (
        finding
    )


def test_no_two_wrong_answers_are_told_the_same(folder: Path) -> None:
    save_answers(folder, mutants(*(f"result = {n}" for n in (-1, -2, 2, 3, "4.0"))))
    (finding,) = told(folder, run=True)
    assert "'does result = -1' and 'does result = -2', wrong answers to 'result'," in finding
    assert "are caught by the same assert alone" in finding


def test_wrong_answers_meet_several_asserts(folder: Path) -> None:
    save_answers(folder, mutants(*(f"result = {n}" for n in (-1, 2, 3, 4, 5))))
    (finding,) = told(folder, run=True)
    assert "All wrong answers to 'result' meet only 2 of the asserts" in finding


def test_a_picture_without_words_in_a_lesson(folder: Path) -> None:
    code = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\naxes.bar([1], [2])"
    edit_cell(folder / LESSON, code)
    (finding,) = told(folder, run=True)
    assert "cell 2: The cell shows a picture that has no text alternative" in finding
    assert "show(figure, alt=...)" in finding


def test_a_figure_that_is_too_pale(folder: Path) -> None:
    edit_cell(folder / LESSON, 'draw(color="yellow")')
    (finding,) = told(folder)
    assert "'yellow'" in finding


def test_a_test_that_gives_all_its_points_in_one_sentence(folder: Path) -> None:
    one = 'assert isinstance(result, int) and result == 42, f"not {result}"'
    write_notebook(folder / EXERCISE, source_notebook())
    edit_cell(folder / EXERCISE, one, cell=3)
    (finding,) = told(folder, run=True)
    assert "meet only 1 of the asserts" in finding
