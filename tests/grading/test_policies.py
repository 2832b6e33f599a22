from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from typer.testing import CliRunner

from academy import paths
from academy.cli.main import app
from academy.errors import FindingsError
from academy.grading import policies
from academy.grading.config import nbgrader_config
from academy.grading.gradebook import gradebook_url, open_gradebook
from academy.grading.guard.verdict import NOTICED_MARK
from academy.grading.plugins import autograde_preprocessors
from academy.grading.policies import LateRules, PointRules, Policies, load_policies
from academy.grading.review import SaveReviewedGrades
from academy.grading.scores import read_scores
from tests.grading.classroom import ASSIGNMENT, COURSE, cell, source_notebook
from tests.grading.marked import Marked, at

MINUTE, DAY = 60.0, 86_400.0
ALL = {"add-test": 4.0, "double-test": 3.0, "why": 3.0}


@pytest.fixture
def marked(course: Path) -> Marked:
    return Marked(course)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A policies file of the test's own."""
    own = tmp_path / "policies.yaml"
    monkeypatch.setattr(policies, "policies_file", lambda: own)
    return own


def test_the_file_of_the_checkout_takes_nothing_off_and_says_so() -> None:
    assert load_policies() == Policies()
    assert load_policies().sentences[0] == "Late work loses no points."


@pytest.mark.parametrize(
    ("seconds", "lost"),
    [
        (0, 0),
        (10 * MINUTE, 0),
        (10 * MINUTE + 1, 1),
        (DAY, 1),
        (DAY + 1, 2),
        (3 * DAY, 3),
        (3 * DAY + 1, 10),
        (400 * DAY, 10),
    ],
)
def test_a_late_submission_loses_a_share_for_each_day(seconds: float, lost: float) -> None:
    rules = LateRules(grace_minutes=10, penalty_per_day=0.1, zero_after_days=3)

    assert rules.penalty(10, seconds) == pytest.approx(lost)


def test_a_penalty_takes_no_more_than_there_is() -> None:
    assert LateRules(penalty_per_day=0.4).penalty(5, 20 * DAY) == 5
    assert LateRules(zero_after_days=1).penalty(5, DAY) == 0


@pytest.mark.parametrize(
    ("points", "shown"), [(2.345, 2.35), (1.005, 1.01), (0.1 + 0.2, 0.3), (7, 7.0), (-0.004, 0.0)]
)
def test_points_are_rounded_as_people_do(points: float, shown: float) -> None:
    assert Policies().rounded(points) == shown


def test_rounding_to_whole_points() -> None:
    assert Policies(points=PointRules(decimals=0)).rounded(6.5) == 7


def test_passing_is_a_share_and_a_hair_less_passes() -> None:
    rules = Policies(points=PointRules(passing_share=0.7))

    assert rules.is_passed(0.7 * 3, 3)
    assert rules.is_passed(2.1 - 1e-12, 3)
    assert not rules.is_passed(2.09, 3)
    assert rules.is_passed(0, 0)


def test_mistakes_are_all_told_with_their_lines(file: Path) -> None:
    file.write_text("late:\n  grace_minutes: -1\n  penalty_per_day: 2\nnoticed: shoot\nlatte: {}\n")

    with pytest.raises(FindingsError) as caught:
        load_policies()

    places = [finding.where for finding in caught.value.findings]
    assert sorted(places) == [f"grading/policies.yaml, line {line}" for line in (2, 3, 4, 5)]


@pytest.mark.parametrize("command", [("course", "grade"), ("grade", "status")])
def test_mistakes_are_told_before_anything_is_graded(
    file: Path, marked: Marked, command: tuple[str, str]
) -> None:
    file.write_text("noticed: shoot\n")
    marked.collect(marked.submit("amira"))

    result = CliRunner().invoke(app, [*command, COURSE, ASSIGNMENT])

    assert isinstance(result.exception, FindingsError)
    assert "grading/policies.yaml, line 1" in str(result.exception)
    assert not list(marked.root.glob(".grading/*"))


def test_the_schema_for_editors_is_current() -> None:
    kept = (paths.checkout() / "grading" / "policies.schema.json").read_text()

    assert kept == CliRunner().invoke(app, ["grade", "policies", "--schema"]).output, (
        "run: academy grade policies --schema > grading/policies.schema.json"
    )


def test_without_a_file_the_defaults_hold(file: Path) -> None:
    assert load_policies() == Policies()


def test_the_command_says_what_the_file_says(file: Path) -> None:
    file.write_text("late: {penalty_per_day: 0.1, zero_after_days: 5}\nnoticed: manual_review\n")

    result = CliRunner().invoke(app, ["grade", "policies"])

    assert result.output.splitlines() == [
        "Work is late 15 minutes after the due date. Each day that begins costs 10% of the points. "
        "After 5 days there are no points.",
        "Points are shown with 2 digits after the point.",
        "An assignment is passed with 60% of its points.",
        "Where tampering was noticed, the instructor is told and confirms the points by hand.",
    ]


def names() -> dict[str, Any]:
    own = {"notebook": ASSIGNMENT, "assignment": ASSIGNMENT, "student": "amira"}
    return {"nbgrader": {**own, "db_url": gradebook_url(COURSE)}}


def assign_penalty() -> None:
    """Do what Autograde does after it saved the points, with the course's settings."""
    step = AssignLatePenalties(config=nbgrader_config(COURSE))
    step.preprocess(source_notebook(), names())


@pytest.mark.parametrize(
    ("due", "extension", "lost"),
    [("2026-01-01", 0, 5.0), ("2999-01-01", 0, 0.0), ("2026-01-01", 9_999, 0.0)],
)
def test_nbgraders_own_step_takes_off_what_the_file_says(
    marked: Marked, file: Path, due: str, extension: int, lost: float
) -> None:
    from datetime import timedelta

    file.write_text("late: {penalty_per_day: 0.5, zero_after_days: null}\n")
    marked.due(at(due))
    receipt = marked.submit("amira")
    marked.grade(receipt, ALL | {"add-test": 4.0})
    with Gradebook(gradebook_url(COURSE)) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, "amira")
        submission.extension = timedelta(days=extension)
        submission.timestamp = at("2026-01-01T12:00:00").replace(tzinfo=None)
        gradebook.db.commit()

    assign_penalty()

    score = read_scores(COURSE)["amira", ASSIGNMENT]
    assert (score.points, score.penalty) == (10, lost)


def save(marked: Marked, *, noticed: bool) -> set[str]:
    """Save the points of a notebook; return the questions that wait for a person."""
    marked.grade(marked.submit("amira"), dict.fromkeys(ALL))
    notebook = source_notebook()
    if noticed:
        cell(notebook, "double").metadata[NOTICED_MARK] = ["The code replaced 'print'."]
    SaveReviewedGrades(config=nbgrader_config(COURSE)).preprocess(notebook, names())
    with open_gradebook(COURSE) as gradebook:
        book = gradebook.find_submission_notebook(ASSIGNMENT, ASSIGNMENT, "amira")
        assert {one.name: one.auto_score for one in book.grades} == {
            "add-test": 4,
            "double-test": 3,
            "why": None,
        }
        return {one.name for one in book.grades if one.needs_manual_grade}


def test_tampering_that_was_noticed_goes_to_a_person_where_the_file_says_so(
    marked: Marked, file: Path
) -> None:
    file.write_text("noticed: manual_review\n")

    assert save(marked, noticed=True) == {"add-test", "double-test", "why"}
    assert save(marked, noticed=False) == {"why"}


def test_tampering_that_was_noticed_is_a_remark_by_default(marked: Marked, file: Path) -> None:
    assert save(marked, noticed=True) == {"why"}


def test_the_grader_uses_both() -> None:
    assert SaveReviewedGrades in autograde_preprocessors()
    config = nbgrader_config("tiny")
    plugin = AssignLatePenalties(config=config).plugin_class
    assert plugin.__name__ == "LatePolicy"
