from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from academy.cli.main import app
from academy.errors import AcademyError
from academy.grading.scores import read_scores
from academy.grading.status import status
from tests.grading.classroom import ASSIGNMENT, COURSE, EDITS, FILE_EDITS, Classroom
from tests.grading.marked import Marked, at

ALL = {"add-test": 4.0, "double-test": 3.0, "why": 3.0}


@pytest.fixture
def marked(course: Path) -> Marked:
    return Marked(course)


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["grade", "status", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_nobody_handed_in(marked: Marked) -> None:
    marked.student("amira")

    assert run(COURSE) == "counting: 0 of 1 learners handed in.\n"


def test_counts_of_a_class(marked: Marked) -> None:
    marked.student("zoe")
    first = marked.submit("amira")
    marked.grade(first, ALL)
    marked.give_back(first)
    marked.grade(marked.submit("bruno"), ALL | {"why": None})
    marked.collect(marked.submit("chloe"))
    marked.submit("dewey")

    assert run(COURSE) == (
        "counting: 4 of 5 learners handed in: 1 graded and returned, 1 waiting for the "
        "instructor's marks, 1 waiting to be graded, 1 waiting to be collected.\n"
    )


def test_an_assignment_has_a_line_for_each_who_handed_in(marked: Marked) -> None:
    marked.student("zoe")
    marked.grade(marked.submit("amira"), ALL | {"add-test": 1.5, "why": None})
    marked.penalty("amira", 0.256)

    assert run(COURSE, ASSIGNMENT).splitlines()[1:] == [
        "  amira: waiting for the instructor's marks. 4.24 of 10 points. To be marked by hand: "
        "'why'."
    ]


def test_a_newer_submission_waits_though_an_older_is_graded(marked: Marked) -> None:
    marked.grade(marked.submit("amira"), ALL)
    marked.submit("amira")

    (assignment,) = status(COURSE)

    assert assignment.counts == {"to_collect": 1}


def test_json_has_every_learner(marked: Marked) -> None:
    marked.student("zoe")
    receipt = marked.submit("amira")
    marked.grade(receipt, ALL)

    (told,) = json.loads(run(COURSE, "--json"))

    assert told["handed_in"] == 1
    assert told["learners"] == [
        {
            "learner": "amira",
            "assignment": ASSIGNMENT,
            "submitted_at": receipt.timestamp,
            "state": "graded",
            "why": "",
            "score": 10.0,
            "max_score": 10.0,
            "penalty": 0.0,
        },
        {
            "learner": "zoe",
            "assignment": ASSIGNMENT,
            "submitted_at": None,
            "state": "not_handed_in",
            "why": "",
        },
    ]


def test_work_that_an_instructor_put_there_by_hand_counts(marked: Marked) -> None:
    folder = marked.folder("submitted", "amira")
    folder.mkdir(parents=True)
    (folder / f"{ASSIGNMENT}.ipynb").write_text("{}")

    (assignment,) = status(COURSE)

    assert assignment.counts == {"to_grade": 1}


def test_a_course_without_a_gradebook_has_a_status(marked: Marked) -> None:
    for file in marked.root.glob("gradebook.db*"):
        file.unlink()
    marked.submit("amira")

    assert run(COURSE) == "counting: 1 of 1 learners handed in: 1 waiting to be collected.\n"
    assert not list(marked.root.glob("gradebook.db*"))


def test_a_gradebook_that_is_none_is_a_sentence(marked: Marked) -> None:
    (marked.root / "gradebook.db").write_text("This is not a database, and long enough. " * 99)

    with pytest.raises(AcademyError, match="The gradebook of 'tiny' can't be read"):
        status(COURSE)


def test_an_unknown_assignment_is_a_sentence(marked: Marked) -> None:
    with pytest.raises(AcademyError, match="has no assignment 'nothing'"):
        status(COURSE, "nothing")


def test_scores_are_what_nbgrader_says_they_are(marked: Marked) -> None:
    """Every way in which a cell can get points, compared with nbgrader's own sums."""
    from academy.grading.gradebook import open_gradebook

    marked.due(at("2026-01-01"))
    for name, add in (("amira", 4.0), ("bruno", 1.25), ("chloe", None)):
        marked.grade(marked.submit(name), ALL | {"add-test": add})
    with open_gradebook(COURSE) as gradebook:
        grade = gradebook.find_grade("why", ASSIGNMENT, ASSIGNMENT, "amira")
        grade.manual_score, grade.extra_credit = 2.5, 0.5
        only_extra = gradebook.find_grade("add-test", ASSIGNMENT, ASSIGNMENT, "chloe")
        only_extra.extra_credit = 7
        gradebook.db.commit()
        gradebook.find_submission(ASSIGNMENT, "bruno").extension = at("2026-01-03") - at(
            "2026-01-01"
        )
        gradebook.db.commit()
        own = {
            one.student_id: (one.score, one.max_score, one.total_seconds_late)
            for one in gradebook.assignment_submissions(ASSIGNMENT)
        }

    ours = {
        learner: (one.points, one.most, one.late.total_seconds())
        for (learner, _), one in read_scores(COURSE).items()
    }

    assert ours == own
    assert own["bruno"][2] < own["amira"][2]


@pytest.mark.integration
def test_a_real_class(classroom: Classroom) -> None:
    (assignment,) = status(COURSE)

    by_learner = {one.learner: one.standing for one in assignment.learners}
    assert assignment.handed_in == len({*EDITS, *FILE_EDITS})
    for outcome in classroom.results["grade"].outcomes:
        standing = by_learner[outcome.learner]
        assert standing is not None
        assert (standing.score is None) == (outcome.score is None), outcome
        # 'amira' got a mark by hand after the machine's.
        if standing.score and outcome.learner != "amira":
            assert standing.score.total == outcome.score
