"""Each number in the prose is bound to the data or has a reason, and is what the data give."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from academy.courses.facts import Facts, load_facts
from academy.courses.lesson import Notebook, read_notebook
from academy.courses.measuring import kind_of, measure
from academy.courses.rules import check_folder
from academy.courses.rules_facts import disagreement, loaded, told_elsewhere, value_findings
from academy.courses.running import run_notebook
from academy.errors import FindingsError
from tests.courses.changed_data import put_changed
from tests.courses.conftest import (
    ENDING,
    edit_cell,
    facts,
    lesson_notebook,
    make_course,
    settings,
    write_facts,
    write_notebook,
    write_settings,
)

LESSON = "lessons/01-count-the-days.ipynb"
STEM = "01-count-the-days"


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    return make_course(tmp_path / "courses" / "tiny-course")


@pytest.fixture
def folder(whole: Path) -> Path:
    """One lesson alone, for it is run often."""
    lesson = {"file": "01-count-the-days.ipynb", "title": "Count the days", "minutes": 4}
    write_settings(whole, settings() | {"lessons": [lesson], "assignments": []})
    shutil.rmtree(whole / "source")
    return whole


def told(folder: Path, prose: str, *numbers: dict[str, Any], **more: Any) -> list[str]:
    """What is told of a lesson whose end says more, with more entries in its facts file."""
    edit_cell(folder / LESSON, f"{ENDING}\n\n{prose}", cell=-1)
    content = facts()
    content["numbers"] += numbers
    content["reasons"] += more.pop("reasons", [])
    write_facts(folder, STEM, content | more)
    return [str(finding) for finding in check_folder(folder, run=bool(numbers))]


def test_a_number_without_an_entry_is_told_once_with_its_place(folder: Path) -> None:
    (finding,) = told(folder, "There were 2,243 rows.\n\nAll 2,243 of them.")
    assert finding.startswith("tiny-course/lessons/01-count-the-days.ipynb, cell 3: ")
    assert "The number 2,243 is neither bound to the data nor listed" in finding
    assert "There were 2,243 rows." in finding
    assert "facts/01-count-the-days.yaml" in finding


def test_a_lesson_without_a_facts_file_may_hold_no_number(folder: Path) -> None:
    (folder / "facts" / f"{STEM}.yaml").unlink()
    found = [str(finding) for finding in check_folder(folder, run=False)]
    assert ["22" in found[0], "2026" in found[1], len(found)] == [True, True, 2]


def test_a_bound_number_that_agrees_and_one_with_a_reason(folder: Path) -> None:
    reason = {"says": "24 hours", "because": "the length of a day"}
    bound = {"says": "7 days", "value": "days"}
    assert told(folder, "It has 7 days of 24 hours.", bound, reasons=[reason]) == []


def test_a_bound_number_that_the_data_no_longer_give(folder: Path) -> None:
    (finding,) = told(folder, "It has **8** days.", {"says": "8 days", "value": "days"})
    assert finding == (
        "tiny-course/lessons/01-count-the-days.ipynb, cell 3: The prose says '8 days', and the "
        "data now give 7. Correct the prose, or the expression in facts/01-count-the-days.yaml."
    )


def test_numbers_of_an_assignment_are_worked_out_with_the_instructors_answers(
    whole: Path,
) -> None:
    exercise = whole / "source" / "six-times-seven" / "exercise.ipynb"
    edit_cell(exercise, "# Exercise\n\nPut six times seven in `result`. It is 43.", cell=0)
    write_facts(whole, "exercise", {"numbers": [{"says": "43", "value": "result"}]})
    (finding,) = check_folder(whole, run=True)
    assert "says '43', and the data now give 42" in finding.problem


def test_the_longest_entry_speaks_for_its_place(folder: Path) -> None:
    entries = {"says": "7", "value": "days"}, {"says": "those 7", "value": "days + 0"}
    assert told(folder, "It has 7, and those 7 are days.", *entries) == []
    (finding,) = told(folder, "And those 7 are days.", *entries)
    assert "facts/01-count-the-days.yaml: The entry '7' stands nowhere" in finding


def test_setup_runs_once_and_sees_the_notebooks_names(folder: Path) -> None:
    entry = {"says": "49", "value": "square"}
    assert (
        told(folder, "7 by 7 is 49.".replace("7", "Seven"), entry, setup="square = days**2") == []
    )
    (finding,) = told(folder, "It is 49.", entry, setup="square = no_such_name")
    assert "can't be worked out: the setup fails with NameError" in finding


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (True, "yes or no"),
        (np.int64(7), "number"),
        (7.5, "number"),
        ("7", "text"),
        (pd.DataFrame({"n": [1]}), "table"),
        (pd.Series([1]), "several values"),
        ((1, 2), "several values"),
        ({"n": 1}, "several values"),
        (len, "function"),
        (pd.Timestamp("2016-08-01"), "moment"),
        (None, "NoneType"),
    ],
)
def test_kinds_of_answers(answer: object, kind: str) -> None:
    assert kind_of(answer) == kind


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("no_such_name", "it fails with NameError"),
        ("days +", "it fails with SyntaxError"),
        ("str(days)", "a number is expected, and this is text: '7'"),
        ("days == 7", "a number is expected, and True is none"),
        ("float('nan')", "this is nan"),
        ("(days, days)", "'7' holds 1 number, and its expression gives 2"),
        ("range(0)", "can't be worked out"),
    ],
)
def test_an_expression_that_gives_no_number(value: str, words: str) -> None:
    (found,) = measure({"days": 7}, "", [value])
    assert words in disagreement("7", found)


@pytest.mark.parametrize(
    ("says", "value"),
    [
        ("1 and 2", 'table["n"]'),
        ("1.5", 'table["n"].mean()'),
        ("2", 'len(table[table["n"] > 0])'),
        ("1 August 2016", 'table["day"].to_numpy().max()'),
        ("August 2016", 'table["day"].dt.to_period("M").max()'),
        ("2016", 'table["day"].max().date()'),
        ("5 to 6", "np.array([5.2, 5.8])"),
        ("35 to 72", "range_of_share(13, 24)"),
        ("4,134", 'len(load_dataset("service-requests"))'),
    ],
)
def test_values_of_pandas_and_numpy_and_our_own(says: str, value: str) -> None:
    setup = 'table = pd.DataFrame({"n": [1, 2], "day": pd.to_datetime(["2016-08-01"] * 2)})'
    (found,) = measure({}, setup, [value])
    assert disagreement(says, found) == ""


def load(tmp_path: Path, text: str) -> Facts | None:
    (tmp_path / "f.yaml").write_text(text)
    return load_facts(tmp_path / "f.yaml", shown_as="facts/f.yaml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("numbers: [{says: 311, value: x}]", "expected text, and found 311; put quote marks"),
        ("numbers: [{says: '7', value: 7}]", "expected text, and found 7"),
        ("numbers: [{says: seven, value: x}]", "holds no digit"),
        ("reasons: [{says: '7'}]", "'reasons.0.because' is missing"),
        (
            "numbers: [{says: '7', value: x}]\nreasons: [{says: '7', because: b}]",
            "one or the other",
        ),
        ("number: []", "no setting 'number'"),
    ],
)
def test_a_facts_file_that_does_not_fit(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(FindingsError, match=words):
        load(tmp_path, text)
    assert load_facts(tmp_path / "none.yaml", shown_as="none.yaml") is None


def test_what_other_rules_look_after_needs_no_entry(folder: Path) -> None:
    notebook = loading(folder, "# 311")
    assert "29 August 2026" in told_elsewhere(notebook, [45])
    assert "45 minutes" in told_elsewhere(notebook, [45])
    assert loaded(*notebook.code_cells, facts=Facts(setup="load_dataset('parks')")) == [
        "parks",
        "service-requests",
    ]


def loading(folder: Path, prose: str) -> Notebook:
    write_notebook(folder / LESSON, lesson_notebook())
    code = 'from academy.datasets import load_dataset\nrequests = load_dataset("service-requests")'
    edit_cell(folder / LESSON, code)
    edit_cell(folder / LESSON, prose, cell=-1)
    return read_notebook(folder / LESSON)


def test_other_data_are_noticed_and_a_constant_in_disguise_is_too(
    folder: Path, state: Path
) -> None:
    notebook = loading(folder, "There are 4,134 rows.")
    bound = Facts.model_validate(
        {
            "numbers": [
                {"says": "4,134", "value": value} for value in ("len(requests)", "4000 + 134")
            ]
        }
    )
    assert value_findings(notebook, bound, run_notebook(notebook, facts=bound).values, "x") == []
    put_changed(["service-requests"], state, seed=7)
    first, second = run_notebook(notebook, facts=bound).values
    assert "the data now give" in disagreement("4,134", first)
    assert disagreement("4,134", second) == ""
