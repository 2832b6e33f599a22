"""The whole class: what becomes of each kind of submission, with the real nbgrader and kernels."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from academy.errors import AcademyError
from academy.grading import steps, submissions
from academy.grading.arrivals import Arrival
from academy.grading.gradebook import open_gradebook
from academy.grading.outcomes import Outcome
from tests.grading.classroom import (
    ASSIGNMENT,
    COURSE,
    EDITS,
    FILE_EDITS,
    Classroom,
    Learner,
    cell,
    keep_only,
    solve,
    solve_wrong,
    source_notebook,
)

pytestmark = pytest.mark.integration

TESTS = 7.0  # what the two checks give; three more points are given by hand


def test_every_learner_has_an_outcome_at_each_step(classroom: Classroom) -> None:
    everybody = sorted({*EDITS, *FILE_EDITS})
    graded = [o.learner for o in classroom.results["grade"].outcomes]

    assert [o.learner for o in classroom.results["collect"].outcomes] == everybody
    assert graded == everybody
    assert len(classroom.results["return"].outcomes) == len(everybody) - 2


@pytest.mark.parametrize(
    ("learner", "score"),
    [("amira", TESTS), ("bruno", 0), ("chloe", 3), ("spy", 3)],
)
def test_a_submission_as_expected_is_scored_and_needs_no_look(
    classroom: Classroom, learner: str, score: float
) -> None:
    outcome = classroom.outcome("grade", learner)

    assert (outcome.ok, outcome.score, outcome.max_score) == (True, score, 10)
    assert "To be marked by hand: 'why'." in outcome.sentence


@pytest.mark.parametrize(
    ("learner", "score", "sentence"),
    [
        ("badjson", TESTS, "It was damaged: it stops being valid JSON at line"),
        ("quitter", 0, " ended the kernel, so what follows was not run"),
        ("copied", TESTS, "'counting-Copy1.ipynb' was graded as 'counting.ipynb'"),
        ("deleted-answer", 3, "The answer 'add' had been deleted"),
        ("deleted-check", TESTS, "The check 'add-test' had been deleted; it was put back and run"),
        ("duplicate", TESTS, "The cell 'add' is there 2 times; the last was graded"),
        ("endless", TESTS, "The cell number 2 ran longer than 5 seconds and was stopped"),
        ("kernel", TESTS, "saved for the kernel 'ir'; it was run with 'python3'"),
        ("pointless", TESTS, "Points or marks of the cell 'add-test' had been changed"),
        ("printer", TESTS, "The cell number 2 put out too much; the rest was left out"),
        ("renamed", TESTS, "The cell 'add-test' had been renamed to 'my-own-name'"),
        ("stubborn", 0, "The cell number 2 could not be stopped, so what follows was not run"),
    ],
)
def test_an_unusual_submission_is_graded_and_told(
    classroom: Classroom, learner: str, score: float, sentence: str
) -> None:
    outcome = classroom.outcome("grade", learner)

    assert not outcome.ok
    assert sentence in outcome.sentence
    assert outcome.score == score


@pytest.mark.parametrize(
    ("learner", "sentence"),
    [
        ("listed", "is not a notebook: it is JSON of another kind"),
        ("nocells", "has no cells"),
    ],
)
def test_what_cannot_be_graded_is_told_and_kept(
    classroom: Classroom, learner: str, sentence: str
) -> None:
    outcome = classroom.outcome("grade", learner)
    kept = classroom.root / "submitted" / learner / ASSIGNMENT / "counting.ipynb"

    assert not outcome.ok
    assert sentence in outcome.sentence
    assert f"kept in {kept.parent}" in outcome.sentence
    assert kept.read_bytes() == classroom.learners[learner].notebook.read_bytes()


def test_the_gradebook_has_the_released_points(classroom: Classroom) -> None:
    with open_gradebook(COURSE) as gradebook:
        assert gradebook.find_submission(ASSIGNMENT, "pointless").max_score == 10
        assert gradebook.find_submission(ASSIGNMENT, "amira").score == 9


def test_two_hundred_megabytes_of_output_leave_a_small_notebook(classroom: Classroom) -> None:
    graded = classroom.root / "autograded" / "printer" / ASSIGNMENT / "counting.ipynb"

    assert "The cell number 3 put out too much" in classroom.outcome("grade", "printer").sentence
    assert graded.stat().st_size < 5_000_000


def test_grading_again_does_only_what_is_new(own_classroom: Classroom) -> None:
    for folder in (own_classroom.root / "submitted").iterdir():
        if folder.name not in ("amira", "bruno", "nocells"):
            shutil.rmtree(folder)
    _submit_again(own_classroom.learners["bruno"])
    keep_only(own_classroom.state, {"bruno"})

    collected = steps.collect(COURSE, ASSIGNMENT)
    graded = {o.learner: o for o in steps.grade(COURSE, ASSIGNMENT).outcomes}

    assert [o.sentence[:9] for o in collected.outcomes] == ["Collected"]
    assert graded["amira"].sentence == "Graded before and not handed in again since."
    assert graded["amira"].score == 9, "marks given by hand stay"
    assert graded["bruno"].score == TESTS
    assert not graded["nocells"].ok


def _submit_again(learner: Learner) -> None:
    learner.change(solve)
    learner.submit()


def test_every_submission_stays_in_the_exchange(own_classroom: Classroom) -> None:
    keep_only(own_classroom.state, {"bruno"})
    first = own_classroom.learners["bruno"].notebook.read_bytes()
    _submit_again(own_classroom.learners["bruno"])

    steps.collect(COURSE, ASSIGNMENT)

    inbound = own_classroom.state / "exchange" / COURSE / "inbound"
    kept = [path.read_bytes() for path in sorted(inbound.glob("bruno+*/counting.ipynb"))]
    assert kept == [first, own_classroom.learners["bruno"].notebook.read_bytes()]


def test_a_submission_that_is_too_large_is_not_collected_and_the_earlier_one_stays(
    own_classroom: Classroom,
) -> None:
    keep_only(own_classroom.state, {"amira", "bruno"})
    with (own_classroom.root / "nbgrader_config.py").open("a") as file:
        file.write("c.CourseDirectory.max_dir_size = 40\n")
    learner = own_classroom.learners["bruno"]
    before = learner.notebook.read_bytes()
    learner.change(lambda notebook: cell(notebook, "add").update(source="#" * 60_000))
    learner.submit()

    outcomes = {o.learner: o for o in steps.collect(COURSE, ASSIGNMENT).outcomes}

    assert outcomes["amira"].ok
    assert "Not collected: 'the submission' has 0.1 MB" in outcomes["bruno"].sentence
    assert "kept in" in outcomes["bruno"].sentence
    collected = own_classroom.root / "submitted" / "bruno" / ASSIGNMENT / "counting.ipynb"
    assert collected.read_bytes() == before


def test_one_learners_failure_does_not_stop_the_others_and_is_logged(
    course: Path, new_learner: Callable[[str], Learner], monkeypatch: pytest.MonkeyPatch
) -> None:
    def collect_one(api: Any, assignment: str, arrival: Arrival) -> Outcome:
        if arrival.learner == "bruno":
            raise OSError("disk full")
        return submissions.collect_one(api, assignment, arrival)

    monkeypatch.setattr(steps, "collect_one", collect_one)
    steps.release(COURSE, ASSIGNMENT)
    for name in ("amira", "bruno", "chloe"):
        learner = new_learner(name)
        learner.fetch()
        learner.submit()

    seen: list[tuple[int, int]] = []
    outcomes = steps.collect(
        COURSE, ASSIGNMENT, progress=lambda done, total, _: seen.append((done, total))
    ).outcomes

    log = course / ".nbgrader.log"
    assert [o.ok for o in outcomes] == [True, False, True]
    assert outcomes[1].sentence == (
        "This step did not end for this learner; the submission is kept. "
        f"What happened stands in {log}."
    )
    told = log.read_text()
    assert "did not end for bruno" in told
    assert "Traceback" in told
    assert "OSError: disk full" in told
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_releasing_again_replaces_what_learners_fetch(course: Path, state: Path) -> None:
    steps.release(COURSE, ASSIGNMENT)
    source = course / "source" / ASSIGNMENT / "counting.ipynb"
    source.write_text(source.read_text().replace("Three questions", "A few questions"))

    result = steps.release(COURSE, ASSIGNMENT)

    fetched = state / "exchange" / COURSE / "outbound" / ASSIGNMENT / "counting.ipynb"
    assert "'counting.ipynb'" in result.sentence
    assert "A few questions" in fetched.read_text()
    for secret in ("marker_of", "return a + b", "HIDDEN"):
        assert secret not in fetched.read_text()


def test_a_release_that_would_change_graded_cells_is_refused_in_words(
    own_classroom: Classroom,
) -> None:
    source = own_classroom.root / "source" / ASSIGNMENT / "counting.ipynb"
    source.write_text(source.read_text().replace('"add-test"', '"plus-test"'))
    fetched = own_classroom.state / "exchange" / COURSE / "outbound" / ASSIGNMENT / "counting.ipynb"
    before = fetched.read_bytes()

    with pytest.raises(AcademyError, match="academy course amend"):
        steps.release(COURSE, ASSIGNMENT)

    assert fetched.read_bytes() == before


def test_an_unclosed_solution_is_told_in_words(course: Path) -> None:
    source = course / "source" / ASSIGNMENT / "counting.ipynb"
    source.write_text(source.read_text().replace("### END SOLUTION", ""))

    with pytest.raises(AcademyError, match="'### BEGIN SOLUTION' has no '### END SOLUTION'"):
        steps.release(COURSE, ASSIGNMENT)


def test_grading_what_was_not_released_says_what_to_run(course: Path) -> None:
    with pytest.raises(AcademyError, match="academy course release tiny counting"):
        steps.grade(COURSE, ASSIGNMENT)


def test_the_checkout_and_the_working_folder_stay_clean(
    own_classroom: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_only(own_classroom.state, {"chloe"})
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    steps.collect(COURSE, ASSIGNMENT)
    steps.release(COURSE, ASSIGNMENT)

    assert list(elsewhere.iterdir()) == []
    assert Path.cwd() == elsewhere
    assert "Released as" in (own_classroom.root / ".nbgrader.log").read_text()


def test_the_notebook_that_the_class_solves_is_what_the_source_says() -> None:
    notebook = source_notebook()
    solve_wrong(notebook)

    assert "'x'" in cell(notebook, "add").source
