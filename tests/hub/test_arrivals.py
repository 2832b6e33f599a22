"""A course's grading is started by what arrives, once, and not again and again where it fails."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from academy import paths
from academy.grading.due import NOTHING_HERE, TRY_LATER, why_not
from academy.grading.exchange_store import ensure_exchange
from academy.grading.receipts import record_file
from academy.hub import arrivals
from academy.hub.arrivals import Arrivals, Waiting, watch
from academy.hub.settings import load_settings

COURSE_YAML = (100, 20)
OTHER_YAML = (200, 20)


def test_what_was_handed_in_before_the_start_is_looked_for_once() -> None:
    course = Waiting()

    course.see(500, COURSE_YAML)
    assert course.is_wanted

    course.is_wanted = False  # it was started
    assert not course.end(0, COURSE_YAML, now=10)
    course.see(500, COURSE_YAML)
    assert not course.is_wanted


def test_a_course_to_which_nothing_was_handed_in_is_not_looked_at() -> None:
    course = Waiting()

    course.see(0, COURSE_YAML)

    assert not course.is_wanted


def test_what_arrives_during_a_run_is_graded_by_the_next() -> None:
    course = Waiting(record_bytes=500)

    course.see(900, COURSE_YAML)
    course.end(0, COURSE_YAML, now=10)

    assert course.is_wanted
    assert course.not_before == 0


@pytest.mark.parametrize("code", [1, TRY_LATER, -9, 137])
def test_after_a_failure_it_waits_longer_each_time_and_then_for_what_comes(code: int) -> None:
    course = Waiting(record_bytes=500)
    pauses = []
    for _ in range(2):
        assert not course.end(code, COURSE_YAML, now=100)
        assert course.is_wanted
        pauses.append(course.not_before - 100)
        course.is_wanted = False

    assert course.end(code, COURSE_YAML, now=100)
    assert not course.is_wanted
    assert 0 < pauses[0] < pauses[1] < 60
    course.see(900, COURSE_YAML)
    assert course.is_wanted
    assert (course.failures, course.not_before) == (0, 0)


def test_a_course_that_grades_by_hand_is_asked_once_until_it_says_something_else() -> None:
    course = Waiting(record_bytes=500)
    course.end(NOTHING_HERE, COURSE_YAML, now=100)

    course.see(900, COURSE_YAML)
    assert not course.is_wanted

    course.see(1300, OTHER_YAML)
    assert course.is_wanted


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux grades on submit")
def test_the_record_wakes_who_waits(tmp_path: Path) -> None:
    number = watch(tmp_path / "receipts")
    assert not select.select([number], [], [], 0)[0]

    (tmp_path / "receipts" / "tiny.jsonl").write_text("a line\n")

    assert select.select([number], [], [], 10)[0]


class Started:
    """Counts what is started: processes that end at once, or when they are killed."""

    def __init__(self, seconds: float = 60) -> None:
        self.courses: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self._seconds = seconds

    def __call__(self, course: str, *_: object) -> subprocess.Popen[bytes]:
        self.courses.append(course)
        self.processes.append(subprocess.Popen(["sleep", str(self._seconds)]))
        return self.processes[-1]

    def end(self, course: str) -> dict[int, int]:
        """End the newest process of a course as a crash does; return what the parent learns."""
        index = max(i for i, name in enumerate(self.courses) if name == course)
        process = self.processes[index]
        process.kill()
        return {process.pid: process.wait()}


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    one = Started()
    monkeypatch.setattr(arrivals, "start_grading", one)
    yield one
    for process in one.processes:
        process.kill()
        process.wait()


def hand_in(course: str) -> None:
    with record_file(course).open("a") as record:
        record.write("a line\n")


@pytest.fixture
def courses() -> list[str]:
    paths.hub_state().mkdir(parents=True, exist_ok=True)
    names = ["anna", "beta", "cara"]
    for name in names:
        ensure_exchange(name)
    return names


def opened(courses: list[str], sandbox: str = "/somewhere", reason: str = "") -> Arrivals:
    one = Arrivals()
    one.open_for(load_settings(), courses, sandbox, reason)
    return one


def test_one_process_a_course_and_two_courses_at_once(started: Started, courses: list[str]) -> None:
    for name in courses:
        hand_in(name)
    one = opened(courses)
    one.turn()
    hand_in("anna")
    one.turn()
    assert started.courses == ["anna", "beta"]
    assert one.seconds() is None

    one.ended(started.end("beta"))
    one.turn()
    assert started.courses == ["anna", "beta", "cara"]
    one.ended(started.end("anna") | {999_999: 0})
    one.turn()

    # Killed, and something came meanwhile: it is started again, after a pause.
    assert started.courses == ["anna", "beta", "cara"]
    seconds = one.seconds()
    assert seconds is not None
    assert 0 < seconds < 20
    hand_in("anna")
    one.turn()
    assert started.courses[-1] == "anna"
    one.close()


def test_without_sandboxes_nothing_is_started_and_everybody_can_read_why(
    started: Started, courses: list[str]
) -> None:
    hand_in("anna")
    one = opened(courses, sandbox="", reason="only Linux has them")

    one.turn()

    assert started.courses == []
    assert one.seconds() is None
    assert one.fileno() == -1
    assert why_not() == "only Linux has them"
    opened(courses).close()
    assert why_not() == ""


def test_where_the_system_tells_nothing_it_is_looked_at_now_and_then(
    started: Started, courses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "watch", lambda _folder: -1)
    one = opened(courses)
    one.turn()
    assert one.seconds() == arrivals._POLL_SECONDS

    hand_in("beta")
    one.turn()

    assert started.courses == ["beta"]


def test_a_process_that_cannot_be_started_is_told_and_not_tried_at_once_again(
    courses: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(12, "Cannot allocate memory")

    monkeypatch.setattr(arrivals, "start_grading", fail)
    hand_in("anna")
    one = opened(courses)

    for _ in range(5):
        one.turn()

    assert capsys.readouterr().out.count("could not be started: [Errno 12]") == 1
    one.close()
