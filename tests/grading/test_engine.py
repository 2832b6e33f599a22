"""The engine: the same scores as nbgrader's own, only what is new, and nothing lost when killed."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from academy.errors import AcademyError
from academy.grading import ledger, steps, turns, writer
from academy.grading.engine import Options, grade_all
from academy.grading.gradebook import open_gradebook
from academy.grading.staging import Job
from academy.grading.worker import work
from tests.grading.classroom import ASSIGNMENT, COURSE, cell, solve, solve_visibly, solve_wrong

pytestmark = pytest.mark.integration

CLASS: dict[str, Callable[[Any], None]] = {
    "amira": solve,
    "bruno": solve_visibly,
    "chloe": solve_wrong,
    "dilan": solve,
}


@dataclass
class Collected:
    """A course whose submissions were collected and not graded."""

    root: Path

    def submitted(self, learner: str) -> Path:
        return self.root / "submitted" / learner / ASSIGNMENT

    def graded(self, learner: str) -> Path:
        return self.root / "autograded" / learner / ASSIGNMENT

    def hand_in(self, learner: str, edit: Callable[[Any], None]) -> None:
        notebook = nbformat.read(
            self.root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4
        )
        edit(notebook)
        folder = self.submitted(learner)
        folder.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")
        (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC", encoding="utf-8")

    @property
    def leftovers(self) -> list[Path]:
        return list((self.root / ".grading" / ASSIGNMENT / "runs").glob("*"))


@pytest.fixture(scope="module")
def _released(tmp_path_factory: pytest.TempPathFactory, _made_course: Path) -> Path:
    base = tmp_path_factory.mktemp("released")
    shutil.copytree(_made_course, base / "state" / "courses" / COURSE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(base / "state"))
        steps.release(COURSE, ASSIGNMENT)
    return base / "state"


@pytest.fixture
def collected(state: Path, _released: Path) -> Collected:
    shutil.copytree(_released, state, dirs_exist_ok=True)
    made = Collected(state / "courses" / COURSE)
    for learner, edit in CLASS.items():
        made.hand_in(learner, edit)
    return made


class Here(Executor):
    """Does the work at once, where it is asked for, and counts."""

    def __init__(self, do: Callable[[Job], Any] = work) -> None:
        self.done: list[str] = []
        self._do = do

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.done.append(args[0].entry.learner)
        try:
            future.set_result(self._do(*args))
        except Exception as error:  # noqa: BLE001 - as an executor does
            future.set_exception(error)
        return future


@pytest.fixture(scope="module", autouse=True)
def _kernels() -> Iterator[None]:
    """One maker of sandboxes, or nursery, for all tests of this file."""
    from academy.grading.sandbox import at_hand

    with at_hand(unsafe=True) as ways, pytest.MonkeyPatch.context() as patch:
        for name, value in ways.variables.items():
            patch.setenv(name, value)
        yield


def cells_of(course_id: str, learner: str) -> dict[str, tuple[Any, ...]]:
    """Return what the gradebook holds of each cell of a submission."""
    with open_gradebook(course_id) as gradebook:
        submission = gradebook.find_submission(ASSIGNMENT, learner)
        return {
            grade.name: (
                grade.auto_score,
                grade.manual_score,
                grade.score,
                grade.max_score,
                bool(grade.needs_manual_grade),
            )
            for book in submission.notebooks
            for grade in book.grades
        } | {
            f"comment {comment.name}": (comment.auto_comment, comment.manual_comment)
            for book in submission.notebooks
            for comment in book.comments
        }


def stock_scores(root: Path) -> dict[str, dict[str, tuple[Any, ...]]]:
    """Return what nbgrader's own autograde gives, in a copy of the course with no settings of ours.

    The course of nbgrader's own has the same gradebook and files.
    """
    from nbgrader.apps.api import NbGraderAPI
    from traitlets.config import Config

    other = root.parent / "stock"
    shutil.copytree(root, other, ignore=shutil.ignore_patterns("autograded", ".grading"))
    config = Config()
    config.CourseDirectory.root = str(other)
    config.CourseDirectory.course_id = "stock"
    config.CourseDirectory.db_url = f"sqlite:///{other / 'gradebook.db'}"
    api = NbGraderAPI(config=config)
    found = {}
    for learner in sorted(CLASS):
        result = api.autograde(ASSIGNMENT, learner, create=True)
        assert result["success"], result
        found[learner] = cells_of("stock", learner)
    return found


def test_scores_are_nbgraders_own_cell_by_cell(collected: Collected) -> None:
    stock = stock_scores(collected.root)

    grade_all(COURSE, ASSIGNMENT)

    assert {learner: cells_of(COURSE, learner) for learner in CLASS} == stock
    assert collected.leftovers == []


def test_what_is_unchanged_is_not_run_again_and_what_is_new_is(collected: Collected) -> None:
    executor = Here()
    first = grade_all(COURSE, ASSIGNMENT, Options(executor=executor)).outcomes
    collected.hand_in("bruno", solve)
    collected.hand_in("erika", solve)
    again = Here()

    second = {o.learner: o for o in grade_all(COURSE, ASSIGNMENT, Options(executor=again)).outcomes}

    assert sorted(executor.done) == sorted(CLASS)
    assert [o.score for o in first] == [7, 0, 3, 7]
    assert sorted(again.done) == ["bruno", "erika"]
    assert second["bruno"].score == second["erika"].score == 7
    assert second["amira"].sentence == "Graded before and not handed in again since."


def test_again_runs_all_and_keeps_a_persons_marks_and_comments(collected: Collected) -> None:
    grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))
    with open_gradebook(COURSE) as gradebook:
        grade = gradebook.find_grade("why", ASSIGNMENT, ASSIGNMENT, "amira")
        grade.manual_score, grade.needs_manual_grade = 2, False
        comment = gradebook.find_comment("why", ASSIGNMENT, ASSIGNMENT, "amira")
        comment.manual_comment = "Good."
        gradebook.db.commit()
    executor = Here()

    grade_all(COURSE, ASSIGNMENT, Options(again=True, executor=executor))

    kept = cells_of(COURSE, "amira")
    assert sorted(executor.done) == sorted(CLASS)
    assert kept["why"][1] == 2
    assert kept["comment why"][1] == "Good."
    assert sum(cell[2] for name, cell in kept.items() if not name.startswith("comment")) == 9


def test_a_corrected_check_is_run_for_everybody_again(collected: Collected) -> None:
    grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))
    source = collected.root / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    source.write_text(source.read_text().replace("== 42", "== 2"))
    steps.release(COURSE, ASSIGNMENT)
    executor = Here()

    scores = grade_all(COURSE, ASSIGNMENT, Options(executor=executor)).outcomes

    assert sorted(executor.done) == sorted(CLASS)
    assert {o.learner: o.score for o in scores}["bruno"] == 4


def test_what_formgrader_graded_is_not_graded_once_more(collected: Collected) -> None:
    from academy.grading.session import course_api

    grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))
    with course_api(COURSE) as api:
        result = api.autograde(ASSIGNMENT, "amira")
    assert result["success"], result
    executor = Here()

    outcomes = grade_all(COURSE, ASSIGNMENT, Options(executor=executor)).outcomes

    assert executor.done == []
    assert [o.score for o in outcomes] == [7, 0, 3, 7]


def test_the_submission_stays_as_it_was_handed_in(collected: Collected) -> None:
    before = {path: path.read_bytes() for path in collected.root.glob("submitted/*/*/*")}

    grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))

    assert {path: path.read_bytes() for path in collected.root.glob("submitted/*/*/*")} == before
    assert (collected.graded("amira") / "timestamp.txt").read_text() == "2026-03-01 12:00:00 UTC"


def test_a_thread_grades_as_well(collected: Collected) -> None:
    with ThreadPoolExecutor(1) as threads:
        outcomes = grade_all(COURSE, ASSIGNMENT, Options(executor=threads)).outcomes

    assert [o.score for o in outcomes] == [7, 0, 3, 7]


def test_a_list_of_preprocessors_of_the_courses_own_is_obeyed(collected: Collected) -> None:
    (collected.root / "nbgrader_config.py").write_text(
        "import sys\n"
        "from nbconvert.preprocessors import Preprocessor\n"
        "class Stamp(Preprocessor):\n"
        "    enabled = True\n"
        "    def preprocess(self, nb, resources):\n"
        "        nb.metadata['stamped'] = nb.metadata.get('stamped', 0) + 1\n"
        "        return nb, resources\n"
        "from academy.grading.plugins import autograde_preprocessors, sanitize_preprocessors\n"
        "c = get_config()\n"
        "c.Autograde.sanitize_preprocessors = [Stamp, *sanitize_preprocessors()]\n"
        "c.Autograde.autograde_preprocessors = [Stamp, *autograde_preprocessors(), Stamp]\n"
    )

    grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))

    graded = nbformat.read(collected.graded("amira") / f"{ASSIGNMENT}.ipynb", as_version=4)
    assert graded.metadata["stamped"] == 3
    assert cells_of(COURSE, "amira")["add-test"][0] == 4


class _Killing(Here):
    """An executor whose worker is ended when it comes to one learner."""

    def __init__(self, learner: str, times: int) -> None:
        super().__init__()
        self._learner, self._left = learner, times

    def submit(self, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        from academy.grading.workers import WorkerEndedError

        if args[0].entry.learner == self._learner and self._left:
            self._left -= 1
            self.done.append(self._learner)
            future: Future[Any] = Future()
            future.set_exception(WorkerEndedError("It was ended."))
            return future
        return super().submit(fn, *args, **options)


@pytest.mark.parametrize(("times", "score"), [(1, 0), (2, None)])
def test_a_submission_whose_worker_ends_is_tried_twice_and_the_others_are_graded(
    collected: Collected, times: int, score: float | None
) -> None:
    executor = _Killing("bruno", times)

    outcomes = {
        o.learner: o for o in grade_all(COURSE, ASSIGNMENT, Options(executor=executor)).outcomes
    }

    assert executor.done.count("bruno") == 2
    assert outcomes["bruno"].score == score
    assert outcomes["bruno"].ok is (times == 1)
    assert [outcomes[name].score for name in ("amira", "chloe", "dilan")] == [7, 3, 7]


def test_a_killed_worker_is_replaced(collected: Collected) -> None:
    """Real workers, one of which is killed while it works."""
    before = set(_named("academy-grader"))
    killed: list[int] = []

    def kill_one() -> None:
        end = time.monotonic() + 60
        while not killed and time.monotonic() < end:
            for process in set(_named("academy-grader")) - before:
                os.kill(process, signal.SIGKILL)
                killed.append(process)
                break
            time.sleep(0.01)

    thread = threading.Thread(target=kill_one)
    thread.start()
    outcomes = grade_all(COURSE, ASSIGNMENT, Options(workers=1)).outcomes
    thread.join()

    assert len(killed) == 1
    assert [o.score for o in outcomes] == [7, 0, 3, 7]
    assert set(_named("academy-grader")) <= before


def _named(name: str) -> list[int]:
    """Return the processes of a name that this process has started, or they have."""
    parents: dict[int, tuple[str, int]] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            head, _, tail = (place / "stat").read_text().rpartition(")")
        except OSError:
            continue
        parents[int(place.name)] = (head.partition("(")[2], int(tail.split()[1]))

    def is_ours(number: int) -> bool:
        while number in parents:
            if number == os.getpid():
                return True
            number = parents[number][1]
        return False

    return [one for one, (comm, _) in parents.items() if comm == name[:15] and is_ours(one)]


def test_ctrl_c_saves_what_is_done_and_the_same_command_goes_on(collected: Collected) -> None:
    class Stopped(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
            if len(self.done) == 2:
                future: Future[Any] = Future()
                future.exception = _interrupt  # type: ignore[method-assign]
                future.set_result(None)
                return future
            return super().submit(fn, *args, **options)

    def _interrupt(timeout: float | None = None) -> BaseException | None:
        raise KeyboardInterrupt

    first = Stopped()
    stopped = steps.grade(COURSE, ASSIGNMENT, executor=first)
    executor = Here()
    done = steps.grade(COURSE, ASSIGNMENT, executor=executor)

    assert stopped.is_stopped
    assert f"'academy course grade {COURSE} {ASSIGNMENT}' goes on" in stopped.sentence
    assert sorted(first.done + executor.done) == sorted(CLASS), "none is run twice"
    assert [o.score for o in done.outcomes] == [7, 0, 3, 7]


def test_only_one_run_at_a_time(collected: Collected) -> None:
    with turns.alone(COURSE, ASSIGNMENT), pytest.raises(AcademyError, match="at this moment"):
        grade_all(COURSE, ASSIGNMENT)


_STEPS_OF_SAVING = (
    "Writer._write",
    "swap",
    "write_entry",
    "discard",
)


@pytest.mark.parametrize("moment", _STEPS_OF_SAVING)
@pytest.mark.parametrize("after", [False, True])
def test_a_crash_at_any_step_of_saving_is_mended_by_the_next_run(
    collected: Collected, monkeypatch: pytest.MonkeyPatch, moment: str, after: bool
) -> None:
    """The run ends before or after each of the steps, and nothing is cleared up."""
    grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))
    collected.hand_in("bruno", solve)
    with monkeypatch.context() as patch:
        _crash_at(patch, moment, after)
        with pytest.raises(_Crash):
            grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))
    executor = Here()

    outcomes = {
        o.learner: o for o in grade_all(COURSE, ASSIGNMENT, Options(executor=executor)).outcomes
    }

    assert executor.done == [], "what was worked out is saved, not worked out again"
    assert outcomes["bruno"].score == 7
    assert [outcomes[name].score for name in ("amira", "chloe", "dilan")] == [7, 3, 7]
    assert "def add(a, b):" in (collected.graded("bruno") / f"{ASSIGNMENT}.ipynb").read_text()
    assert collected.leftovers == []
    check_integrity(collected.root)


class _Crash(BaseException):
    """Passes everything by that handles errors, as the end of a process does."""


def _crash_at(patch: pytest.MonkeyPatch, moment: str, after: bool) -> None:
    owner: Any = writer.Writer if "." in moment else writer
    name = moment.rpartition(".")[2]
    original = getattr(owner, name)

    def crash(*args: Any, **options: Any) -> None:
        if after:
            original(*args, **options)
        raise _Crash

    patch.setattr(owner, name, crash)


def check_integrity(root: Path) -> None:
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        assert gradebook.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        doubles = gradebook.execute(
            "SELECT count(*) FROM submitted_assignment GROUP BY assignment_id, student_id "
            "HAVING count(*) > 1"
        )
        assert doubles.fetchall() == []


def test_the_ledger_is_mended_where_it_is_damaged(collected: Collected) -> None:
    grade_all(COURSE, ASSIGNMENT, Options(executor=Here()))
    for path in (collected.root / ".grading" / ASSIGNMENT / "graded").glob("*.json"):
        path.write_bytes(path.read_bytes()[:20])
    assert ledger.read_entries(COURSE, ASSIGNMENT) == {}

    outcomes = grade_all(COURSE, ASSIGNMENT, Options(executor=Here())).outcomes

    assert [o.score for o in outcomes] == [7, 0, 3, 7]
    assert sorted(ledger.read_entries(COURSE, ASSIGNMENT)) == sorted(CLASS)


def test_the_edits_are_what_the_scores_say(collected: Collected) -> None:
    submitted = nbformat.read(collected.submitted("chloe") / f"{ASSIGNMENT}.ipynb", as_version=4)

    assert "'x'" in cell(submitted, "add").source
