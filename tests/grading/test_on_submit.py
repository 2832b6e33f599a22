"""Graded when it is handed in: by the real worker, killed, replayed, and beside an instructor."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from academy.grading import steps, tries, turns
from academy.grading.course import AssignmentRules
from academy.grading.due import NOTHING_HERE, STOPPED, TRY_LATER, due, is_due
from academy.grading.handouts import feedback, has_feedback, submissions
from academy.grading.on_submit import grade_arrivals
from academy.grading.reading import why_it_failed
from academy.grading.receipts import Receipt
from academy.grading.scores import read_scores
from academy.grading.session import course_api
from academy.grading.standing import Standing, State
from academy.grading.status import status, when_graded
from academy.grading.tries import MOST_TRIES, Try
from academy.grading.turns import alone, somebody_waits
from tests.grading.classroom import (
    ASSIGNMENT,
    COURSE,
    course_yaml,
    hand_in,
    never_end,
    solve,
    solve_wrong,
)


def tried(count: int = 0) -> Try:
    return Try("amira", "2026-03-01 12:00:00 UTC", count)


@pytest.mark.parametrize(
    ("state", "is_returned", "count", "expected"),
    [
        ("to_collect", False, 0, True),
        ("to_grade", False, 0, True),
        ("graded", False, 0, True),
        ("to_mark", False, 0, True),  # a partial score is returned
        ("to_mark", True, 0, False),  # and then the instructor's turn has come
        ("graded", True, 0, False),  # marked by hand: the instructor returns it
        ("returned", True, 0, False),
        ("returned", True, 1, True),  # killed while it was being returned
        ("to_mark", True, 1, True),
        ("refused", False, 1, False),
        ("to_grade", False, MOST_TRIES - 1, True),
        ("to_grade", False, MOST_TRIES, False),
    ],
)
def test_what_is_graded_now(state: State, is_returned: bool, count: int, expected: bool) -> None:
    assert is_due(Standing(state), tried(count), is_returned=is_returned) is expected


@pytest.mark.parametrize(
    ("grading", "why_not", "words"),
    [
        ("manual", "", ""),
        ("manual", "no Linux", ""),
        ("on_submit", "", "graded and returned by itself"),
        ("on_submit", "no Linux", "no sandbox can be made here (no Linux). Grading waits for you"),
    ],
)
def test_when_an_assignment_is_graded(grading: Any, why_not: str, words: str) -> None:
    rules = AssignmentRules(id="counting", grading=grading)

    told = when_graded(rules, why_not)

    assert words in told
    assert bool(told) is bool(words)


@dataclass
class Night:
    """A course whose assignment is graded on submit, and nobody is there."""

    root: Path

    def submit(self, learner: str, edit: Callable[[Any], None] = solve) -> Receipt:
        folder = self.root.parents[1] / "desk" / learner
        folder.mkdir(parents=True, exist_ok=True)
        release = self.root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        notebook = nbformat.read(release, as_version=4)
        edit(notebook)
        nbformat.write(notebook, folder / release.name)
        receipt: Receipt = hand_in(learner, folder)
        return receipt

    def worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "academy.grading.on_submit", COURSE]
        return subprocess.Popen(command, cwd="/")

    def work(self) -> int:
        """Do in this process what the worker does."""
        return grade_arrivals(COURSE)

    def page(self, receipt: Receipt) -> str:
        return feedback(COURSE, receipt.learner, receipt.number, ASSIGNMENT).decode()

    def state(self, learner: str) -> Standing:
        (assignment,) = status(COURSE)
        found = next(one.standing for one in assignment.learners if one.learner == learner)
        assert found is not None
        return found

    @property
    def notes(self) -> list[Path]:
        return sorted((self.root / ".grading" / ASSIGNMENT / "tries").glob("[!.]*"))

    def score(self, learner: str) -> float:
        return read_scores(COURSE, ASSIGNMENT)[learner, ASSIGNMENT].total


@pytest.fixture
def night(course: Path) -> Night:
    (course / "course.yaml").write_text(course_yaml("    grading: on_submit\n"))
    steps.release(COURSE, ASSIGNMENT)
    return Night(course)


@pytest.fixture(scope="module", autouse=True)
def _maker() -> Iterator[None]:
    """One maker of sandboxes for all tests of this file, as a running Academy has."""
    from academy.grading.sandbox import at_hand

    with at_hand() as ways, pytest.MonkeyPatch.context() as patch:
        for name, value in ways.variables.items():
            patch.setenv(name, value)
        yield


@pytest.mark.integration
def test_what_is_handed_in_is_graded_and_a_partial_score_returned(night: Night) -> None:
    amira, bruno = night.submit("amira"), night.submit("bruno", solve_wrong)
    night.submit("chloe", lambda notebook: notebook.cells.clear())
    (night.root.parents[1] / "desk" / "dilan").mkdir()
    (night.root.parents[1] / "desk" / "dilan" / f"{ASSIGNMENT}.ipynb").write_text("{")
    hand_in("dilan", night.root.parents[1] / "desk" / "dilan")

    assert night.work() == 0

    assert (night.score("amira"), night.score("bruno")) == (7, 3)
    told = night.page(amira)
    assert "You have 7 of 10 points so far" in told
    assert "This score is partial:" in told
    assert "one answer is waiting for your instructor" in told
    assert "Waiting for your instructor" in told
    assert "You have 3 of 10 points so far" in night.page(bruno)
    assert night.state("amira").state == "to_mark"
    assert "A partial score was returned." in night.state("amira").why
    assert night.state("chloe").state == night.state("dilan").state == "refused"
    assert night.notes == []
    assert due(COURSE, ASSIGNMENT) == []
    before = {one.receipt.number: dict(one.feedback) for one in submissions(COURSE, None)}
    assert night.work() == 0
    assert {one.receipt.number: dict(one.feedback) for one in submissions(COURSE, None)} == before

    _mark_by_hand("amira")
    assert night.state("amira") == Standing(
        "graded", "A partial score was returned.", night.state("amira").score
    )
    assert night.work() == 0
    assert "so far" in night.page(amira), "the instructor returns it, when all is marked"
    steps.return_feedback(COURSE, ASSIGNMENT)
    assert "You got 9 of 10 points" in night.page(amira)
    assert "partial" not in night.page(amira)
    assert night.state("amira").state == "returned"
    assert night.state("bruno").state == "to_mark"


def _mark_by_hand(learner: str) -> None:
    from academy.grading.gradebook import open_gradebook

    with open_gradebook(COURSE) as gradebook:
        grade = gradebook.find_grade("why", ASSIGNMENT, ASSIGNMENT, learner)
        grade.manual_score, grade.needs_manual_grade = 2, False
        gradebook.db.commit()


def _until(is_so: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.01)


#: What shows that the worker has come to a place in its work.
MOMENTS: dict[str, Callable[[Night], object]] = {
    "noted": lambda night: night.notes,
    "collected": lambda night: list(night.root.glob(f"submitted/*/{ASSIGNMENT}")),
    "graded": lambda night: list(night.root.glob(f"autograded/*/{ASSIGNMENT}")),
    "returning": lambda night: list(night.root.glob(f"feedback/*/{ASSIGNMENT}/*.html")),
}


@pytest.mark.integration
@pytest.mark.parametrize(
    "moment",
    [
        "graded",
        *(
            pytest.param(name, marks=pytest.mark.torture)
            for name in ("noted", "collected", "returning")
        ),
    ],
)
def test_killed_in_the_middle_it_is_replayed_and_there_is_one_score(
    night: Night, moment: str
) -> None:
    receipt = night.submit("amira")
    worker = night.worker()
    _until(lambda: MOMENTS[moment](night) or worker.poll() is not None)
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    newer = night.submit("bruno")

    assert night.work() == 0

    assert sorted(read_scores(COURSE)) == [("amira", ASSIGNMENT), ("bruno", ASSIGNMENT)]
    assert (night.score("amira"), night.score("bruno")) == (7, 7)
    assert "7 of 10 points" in night.page(receipt)
    assert "7 of 10 points" in night.page(newer)
    assert night.notes == []
    assert not list((night.root / ".grading" / ASSIGNMENT / "runs").glob("*/*"))


@contextmanager
def somebody_grades(until: Callable[[], object]) -> Iterator[None]:
    """Have the turn at the assignment, as an instructor's command has it, until something is so."""
    begun = threading.Event()

    def grade() -> None:
        with alone(COURSE, ASSIGNMENT):
            begun.set()
            _until(until)

    thread = threading.Thread(target=grade)
    thread.start()
    begun.wait()
    yield
    thread.join()


@pytest.mark.integration
def test_it_waits_for_an_instructor_and_grades_what_came_meanwhile(night: Night) -> None:
    night.submit("amira")
    newer: list[Receipt] = []

    def has_waited() -> bool:
        if somebody_waits(COURSE, ASSIGNMENT):
            assert not list(night.root.glob("submitted/*"))
            newer.append(night.submit("amira", solve_wrong))
        return bool(newer)

    with somebody_grades(has_waited):
        assert night.work() == 0

    assert "3 of 10 points" in night.page(newer[0])
    returned = [one.receipt for one in submissions(COURSE, None) if one.feedback]
    assert returned == newer


@pytest.mark.integration
def test_formgraders_buttons_wait_for_their_turn_too(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.0)
    night.submit("amira")
    pressed: list[dict[str, Any]] = []

    with course_api(COURSE) as api, somebody_grades(lambda: len(pressed) == 3):
        for button in (api.collect, lambda one: api.autograde(one, "amira"), api.generate_feedback):
            pressed.append(button(ASSIGNMENT))

    assert [result["success"] for result in pressed] == [False] * 3
    assert all("being graded at this moment" in result["error"] for result in pressed)
    assert "try again in a minute" in why_it_failed(pressed[1])
    assert not list(night.root.glob("submitted/*"))
    with course_api(COURSE) as api:
        assert api.collect(ASSIGNMENT)["success"]


@pytest.mark.integration
@pytest.mark.torture
def test_what_comes_during_a_run_is_returned_before_a_slow_one_ends(night: Night) -> None:
    slow = night.submit("endless", never_end)
    worker = night.worker()
    _until(lambda: night.notes)
    quick = night.submit("amira")

    def is_done() -> bool:
        return has_feedback(quick) and [note.stem for note in night.notes] == ["endless"]

    _until(lambda: is_done() or worker.poll() is not None)

    assert worker.poll() is None
    assert not has_feedback(slow)
    # The Academy closes: that was no try, and the next time it opens it is tried anew.
    worker.terminate()
    assert worker.wait(60) == STOPPED
    assert tries.read_try(COURSE, ASSIGNMENT, slow).count == 0
    assert [one.learner for one in due(COURSE, ASSIGNMENT)] == ["endless"]
    assert night.page(quick)


@pytest.mark.integration
def test_what_ends_the_process_again_and_again_is_left_to_the_instructor(night: Night) -> None:
    receipt = night.submit("amira")
    for _ in range(MOST_TRIES):
        assert [one.number for one in due(COURSE, ASSIGNMENT)] == [receipt.number]
        tries.begin(COURSE, ASSIGNMENT, receipt)  # and then it was killed

    assert due(COURSE, ASSIGNMENT) == []
    assert night.work() == 0
    assert night.state("amira").state == "refused"
    assert "ended 3 times" in night.state("amira").why
    newer = night.submit("amira")
    assert [one.number for one in due(COURSE, ASSIGNMENT)] == [newer.number]


@pytest.mark.integration
def test_without_a_sandbox_nothing_is_run_and_the_instructor_is_told(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    night.submit("amira")
    monkeypatch.setenv("ACADEMY_SANDBOX", str(night.root / "nobody-is-here"))

    assert night.work() == TRY_LATER

    assert night.state("amira").state == "to_grade"
    assert "sandbox" in night.state("amira").why
    assert not list(night.root.glob("autograded/*"))


@pytest.mark.integration
def test_a_course_that_grades_by_hand_is_left_alone(night: Night) -> None:
    (night.root / "course.yaml").write_text(course_yaml())
    night.submit("amira")

    assert night.work() == NOTHING_HERE

    assert not list(night.root.glob("submitted/*"))
    assert night.notes == []
