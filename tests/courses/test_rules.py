"""`academy course check`: a good course has nothing to mend, each fault is told once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell, new_markdown_cell

from academy.courses.course import load_course
from academy.courses.rules import check_folder
from tests.courses.conftest import (
    ENDING,
    OPENING,
    SOLUTION,
    TEST,
    answers,
    edit_cell,
    graded,
    lesson_notebook,
    make_course,
    run_cell,
    settings,
    source_notebook,
    write_notebook,
    write_settings,
)

LESSON = "lessons/01-count-the-days.ipynb"
EXERCISE = "source/six-times-seven/exercise.ipynb"
ANSWERS = "answers/six-times-seven.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_course(tmp_path / "courses" / "tiny-course")


def told(folder: Path, *, run: bool = False) -> list[str]:
    return [str(finding) for finding in check_folder(folder, run=run)]


def one(folder: Path, *, run: bool = False) -> str:
    (finding,) = told(folder, run=run)
    return finding


def save_answers(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    content = answers()
    change(content["cells"]["result"])
    (folder / ANSWERS).write_text(yaml.safe_dump(content))


def test_a_good_course_has_nothing_to_mend(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert told(folder, run=True) == []
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_broken_course_yaml_is_all_that_is_told(folder: Path) -> None:
    (folder / "course.yaml").write_text("title: [")
    assert "course.yaml, line 1" in one(folder)


def test_enrolment_by_code_has_no_page_yet(folder: Path) -> None:
    write_settings(folder, settings() | {"enrol": "code", "enrol_code": "open sesame"})
    assert "there is no page yet on which a code can be typed" in one(folder)
    assert load_course(folder).enrol_code == "open sesame"


def test_enrolment_by_roster_is_nothing_to_mend(folder: Path) -> None:
    write_settings(folder, settings() | {"enrol": "roster"})
    assert told(folder) == []


@pytest.mark.parametrize(("language", "findings"), [("en", 2), ("en-US", 2), ("es", 0)])
def test_english_of_any_country_has_its_rules(language: str, findings: int, folder: Path) -> None:
    write_settings(folder, settings() | {"language": language})
    hard = "Notwithstanding municipal administrative organisational considerations, " * 20
    edit_cell(folder / LESSON, f"{ENDING.replace('Key points', 'Points')}\n{hard}.", cell=2)
    assert len(told(folder)) == findings


# How notebooks are stored and what their code may do


def test_stored_outputs(folder: Path) -> None:
    run_cell(folder / LESSON)
    assert "lessons/01-count-the-days.ipynb, cell 2: The cell is stored with its output" in (
        one(folder)
    )


def test_another_kernel_and_an_old_format(folder: Path) -> None:
    content = nbformat.read(folder / LESSON, as_version=4)
    content.metadata["kernelspec"]["name"] = "ir"
    content.nbformat_minor = 4
    for cell in content.cells:
        del cell["id"]
    nbformat.write(content, folder / LESSON)
    first, second = told(folder)
    assert "format 4.4" in first
    assert "kernel 'ir'" in second


def test_an_invalid_notebook_and_a_repeated_cell_id(folder: Path) -> None:
    text = (folder / LESSON).read_text()
    content = nbformat.read(folder / LESSON, as_version=4)
    repeated = text.replace(content.cells[0]["id"], content.cells[1]["id"])
    (folder / LESSON).write_text(repeated)
    assert any("stands 2 times" in finding for finding in told(folder))
    (folder / LESSON).write_text(text.replace('"outputs": [],', ""))
    assert "not a valid notebook" in one(folder)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("!pip install folium", "installs software"),
        ("%pip install -q folium", "installs software"),
        ("x = 1\n  ! python -m pip install folium", "installs software"),
        ('open("/home/ann/data.csv")', "a place on one machine"),
        ("open('C:\\\\data.csv')", "a place on one machine"),
        ('open("/tmp")', "a place on one machine"),
        ('import warnings\nwarnings.filterwarnings("ignore")', "silences warnings"),
        ("import warnings\nwarnings.simplefilter(action='ignore')", "silences warnings"),
        ('get("https://data.brla.gov/x.csv")', "reaches for the internet"),
    ],
)
def test_code_that_a_lesson_may_not_hold(code: str, words: str, folder: Path) -> None:
    edit_cell(folder / LESSON, code)
    finding = one(folder)
    assert "cell 2" in finding
    assert words in finding


@pytest.mark.parametrize(
    "code",
    ['label = "km/h"', "pip = 3", "# see https://data.brla.gov", 'path = "data/x.csv"', "10 % 3"],
)
def test_code_that_only_looks_like_it(code: str, folder: Path) -> None:
    edit_cell(folder / LESSON, code)
    assert told(folder) == []


# A lesson's prose


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# Count the days", "Count the days", "does not open with its title"),
        ("**Who it is for:**", "", "does not say who it is for"),
        ("4 minutes", "20 minutes", "gives the lesson 4 minutes; its opening says 20"),
        ("4 minutes", "a while", "its opening does not say how many"),
        ("- name what a row is.", "- b\n- c\n- d", "lists 4 objectives"),
        ("You will be able to:", "Things:", "lists no objectives"),
        ("**One row**", "This", "what one row of the data is"),
        ("come from", "are of", "where the data come from"),
        ("22 November 2026", "some day", "on what day the data were taken"),
        ("are missing", "are there", "what is missing"),
    ],
)
def test_an_opening_that_lacks_something(old: str, new: str, words: str, folder: Path) -> None:
    assert old in OPENING
    edit_cell(folder / LESSON, OPENING.replace(old, new).strip(), cell=0)
    assert sum(words in finding for finding in told(folder)) == 1


@pytest.mark.parametrize(("old", "words"), [("Key points", "key points"), ("at home", "at home")])
def test_an_ending_that_lacks_something(old: str, words: str, folder: Path) -> None:
    edit_cell(folder / LESSON, ENDING.replace(old, "Other"), cell=-1)
    assert words in one(folder)


HARD = (
    "Notwithstanding considerable heterogeneity, municipal administrations increasingly "
    "operationalise sophisticated methodologies characterising infrastructural deterioration, "
    "necessitating interdisciplinary collaboration. "
)
EASY = "The truck came today. It took the trash from our street. We like that a lot. "


def test_prose_that_is_too_hard_to_read(folder: Path) -> None:
    edit_cell(folder / LESSON, ENDING + "\n\n" + HARD * 5, cell=-1)
    finding = one(folder)
    assert "at most 8 is wanted" in finding
    assert "Notwithstanding" in finding


def test_code_tables_and_addresses_are_not_prose(folder: Path) -> None:
    text = f"{ENDING}\n\n{EASY * 10}\n\n```python\n{HARD}\n```\n\n| {HARD} |\n| --- |\n"
    edit_cell(folder / LESSON, f"{text}\n<!-- {HARD} -->\n[a page](https://{'x' * 300})", cell=-1)
    assert told(folder) == []


def test_a_lesson_that_fails_when_it_is_run(folder: Path) -> None:
    edit_cell(folder / LESSON, "days = 1 / 0")
    assert "cell 2: The cell fails: ZeroDivisionError" in one(folder, run=True)
    assert told(folder, run=False) == []


def test_a_lesson_that_ends_its_process_is_told(folder: Path) -> None:
    edit_cell(folder / LESSON, "import os\nos._exit(3)")
    assert "ended its process (exit code 3)" in one(folder, run=True)


def test_a_solution_in_a_lesson(folder: Path) -> None:
    write_notebook(folder / LESSON, lesson_notebook(graded(SOLUTION, "result", is_solution=True)))
    assert "cell 3: A lesson is shown to learners as it is" in one(folder)


# Datasets and folders


def test_datasets_that_are_not_on_the_shelf_or_not_listed(folder: Path) -> None:
    write_settings(folder, settings() | {"datasets": ["no-such-table"]})
    edit_cell(folder / LESSON, 'load_dataset("another-table")')
    first, second = told(folder)
    assert "no dataset 'no-such-table' on the shelf" in first
    assert "'another-table', which course.yaml does not list" in second


def test_an_assignment_folder_that_is_not_listed(folder: Path) -> None:
    write_notebook(folder / "source" / "draft" / "draft.ipynb", source_notebook())
    (folder / "source" / "empty").mkdir()
    first, second = told(folder)
    assert "source/draft" in first
    assert "has no notebook" in second


# Graded cells


def exercise(folder: Path, *cells: Any) -> None:
    write_notebook(folder / EXERCISE, _with(*cells))


def _with(*cells: Any) -> Any:
    content = source_notebook()
    content.cells[2:] = cells
    return content


def solution() -> Any:
    return graded(SOLUTION, "result", is_solution=True)


def test_a_graded_cell_without_points_and_a_repeated_grade_id(folder: Path) -> None:
    empty = graded(TEST, "second-test", points=1)
    empty.metadata["nbgrader"]["points"] = 0
    exercise(folder, solution(), graded(TEST, "result-test", points=2), empty,
             graded(TEST, "result-test", points=1))  # fmt: skip
    first, second = told(folder)
    assert "'result-test' stands at 2 cells" in first
    assert "cell 5 (second-test): The cell is graded and gives no points" in second


def test_a_bare_assert_and_an_unlocked_test(folder: Path) -> None:
    test = graded("assert result == 42", "result-test", points=2)
    test.metadata["nbgrader"]["locked"] = False
    exercise(folder, solution(), test)
    first, second = told(folder)
    assert "not locked" in first
    assert "line 1 has no message" in second


def test_marks_that_release_would_not_cut_out(folder: Path) -> None:
    exercise(folder, solution(), new_code_cell(TEST), graded(TEST, "t", points=1))
    assert "cell 4: BEGIN HIDDEN TESTS stands in a cell" in one(folder)
    half = graded(TEST.replace("### END HIDDEN TESTS", ""), "t", points=1)
    exercise(folder, solution(), half)
    assert "1 times BEGIN HIDDEN TESTS and 0 times END" in one(folder)


# Answers


def test_a_missing_answers_file_too_few_answers_and_an_unknown_cell(folder: Path) -> None:
    (folder / ANSWERS).unlink()
    assert "answers/six-times-seven.yaml" in told(folder)[0]
    (folder / ANSWERS).write_text("cells: {other: {alternatives: [{why: a, code: b}]}}")
    first, second, third, fourth = told(folder)
    assert "answers 'other'" in first
    assert "'result' has 0 other right answers (alternatives), and at least 2" in second
    assert "'result' has 0 wrong answers (mutants), and at least 5" in third
    assert "The exercise 'result' has no 3 hints" in fourth


def test_a_wrong_key_in_the_answers_names_the_line(folder: Path) -> None:
    (folder / ANSWERS).write_text("cells:\n  result:\n    mutant: []\n")
    assert "tiny-course/answers/six-times-seven.yaml, line 3" in told(folder)[0]


def test_an_instructors_version_that_fails(folder: Path) -> None:
    exercise(folder, solution(), graded(TEST.replace("42", "43"), "t", points=1))
    assert "cell 4 (t): The cell of the instructor's version fails: AssertionError" in (
        one(folder, run=True)
    )


def test_a_test_that_warns_gives_no_points_and_is_told(folder: Path) -> None:
    warns = 'import sys\nprint("careful", file=sys.stderr)'
    exercise(folder, solution(), graded(TEST, "t", points=1), graded(warns, "w", points=1))
    assert "cell 5 (w): The test runs without an error and would not give all" in (
        one(folder, run=True)
    )


def test_a_test_that_the_blank_passes(folder: Path) -> None:
    exercise(folder, solution(), graded(TEST, "t", points=1), graded("six", "free", points=1))
    assert "cell 5 (free): The released version passes this test" in one(folder, run=True)


def test_a_right_answer_that_is_refused(folder: Path) -> None:
    def change(cell: dict[str, Any]) -> None:
        cell["alternatives"].append({"why": "a float", "code": "result = 42.0"})

    save_answers(folder, change)
    finding = one(folder, run=True)
    assert "The right answer 'a float' to 'result' is refused" in finding
    assert "result should be a whole number" in finding


def test_a_wrong_answer_that_passes(folder: Path) -> None:
    def change(cell: dict[str, Any]) -> None:
        cell["mutants"].append({"why": "right after all", "code": "result = 6 * 7"})

    save_answers(folder, change)
    assert "cell 3 (result): The wrong answer 'right after all' passes every test" in (
        one(folder, run=True)
    )


def test_answers_that_do_not_run(folder: Path) -> None:
    def change(cell: dict[str, Any]) -> None:
        cell["mutants"].append({"why": "a typo", "code": "result = sx"})
        cell["mutants"].append({"why": "no Python", "code": "result ="})
        cell["alternatives"].append({"why": "a slip", "code": "result = 1 / 0"})
        cell["mutants"].append({"why": "an end", "code": "import os; os._exit(0)"})

    save_answers(folder, change)
    found = "\n".join(told(folder, run=True))
    assert "The wrong answer 'a typo' does not run: NameError" in found
    assert "The wrong answer 'no Python' does not run: SyntaxError" in found
    assert "The right answer 'a slip' does not run: ZeroDivisionError" in found
    assert "The wrong answer 'an end' ended its process" in found


def test_a_solution_that_nbgrader_cannot_clear(folder: Path) -> None:
    broken = graded("### BEGIN SOLUTION\nresult = 42", "result", is_solution=True)
    exercise(folder, broken, graded(TEST, "t", points=1))
    first, second = told(folder, run=True)
    assert "1 times BEGIN SOLUTION and 0 times END" in first
    assert "can't clear the solutions" in second


DOUBLED = """\
assert double > 0, "double should be above zero"
assert double > result, f"double should be more than result and not {double}"
assert double == 84, f"double should be twice result and not {double}"
"""


def test_each_solution_cell_is_judged_by_itself(folder: Path) -> None:
    exercise(
        folder,
        solution(),
        graded(TEST, "t", points=1),
        new_markdown_cell("Now `double`."),
        graded("double = result * 2", "double", is_solution=True),
        graded(DOUBLED, "u", points=1),
    )
    content = answers()
    content["cells"]["double"] = {
        "alternatives": [{"why": "adds", "code": "double = result + result"},
                         {"why": "types it", "code": "double = 84"}],
        "mutants": [{"why": f"gives {n}", "code": f"double = {n}"} for n in (-1, 2, 3, 43, 44, 84)],
        "hints": ["What is twice?", "Look at `result`.", "Twice three is `3 * 2`."],
    }  # fmt: skip
    (folder / ANSWERS).write_text(yaml.safe_dump(content))
    assert "cell 6 (double): The wrong answer 'gives 84' passes" in one(folder, run=True)
