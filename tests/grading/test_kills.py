"""Grading that is killed at any moment loses nothing, doubles nothing and goes on.

Real runs of ``academy course grade`` are killed, at moments drawn from the time that a whole run
takes here; then the same command is given once more with ``--resume``.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest

from academy.forkserver.local import environment_with
from academy.grading import ledger, steps
from academy.grading.engine import Options, grade_all
from academy.grading.sandbox import at_hand
from tests.grading.classroom import ASSIGNMENT, COURSE, solve, solve_visibly, solve_wrong

pytestmark = pytest.mark.integration

#: Twelve learners and their points.
CLASS: dict[str, tuple[Callable[[Any], None], float]] = {
    f"{name}-{number}": (edit, points)
    for number in range(4)
    for name, edit, points in (("a", solve, 7), ("b", solve_visibly, 0), ("c", solve_wrong, 3))
}
SCORES = {name: points for name, (_, points) in sorted(CLASS.items())}
#: Who is killed, by the names of their processes; the engine is the command itself.
VICTIMS = {
    "engine": None,
    "worker": "academy-grader",
    "template of the workers": "academy-workers",
    "kernel": "academy-kernel",
    "sandbox": "academy-cell",
    "maker": "academy-maker",
    "keeper": "academy-keeper",
}


@dataclass(frozen=True)
class Run:
    """A course with a class whose submissions wait, and how long it takes to grade them.

    Parameters
    ----------
    state
        Its state directory.
    seconds
        How long a whole run takes, from which the moments are drawn.
    """

    state: Path
    seconds: float


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, _made_course: Path) -> Iterator[Run]:
    """Runs that share one maker of sandboxes, as those of a running Academy do."""
    with at_hand(unsafe=True) as ways, environment_with(ways.variables):
        yield _measure(tmp_path_factory.mktemp("shared"), _made_course)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, _made_course: Path) -> Run:
    """Runs that have a maker of their own, which is killed as well."""
    return _measure(tmp_path_factory.mktemp("alone"), _made_course)


def _measure(base: Path, _made_course: Path) -> Run:
    root = base / "state" / "courses" / COURSE
    shutil.copytree(_made_course, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(base / "state"))
        steps.release(COURSE, ASSIGNMENT)
    for name, (edit, _) in CLASS.items():
        _hand_in(root, name, edit)
    shutil.copytree(base / "state", base / "whole")
    began = time.monotonic()
    command = _grade(base / "whole")
    assert json.loads(command.communicate()[0])["outcomes"], "the whole run failed"
    return Run(base / "state", time.monotonic() - began)


def _hand_in(root: Path, learner: str, edit: Callable[[Any], None]) -> None:
    notebook = nbformat.read(root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    edit(notebook)
    folder = root / "submitted" / learner / ASSIGNMENT
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")
    (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC", encoding="utf-8")


def _grade(state: Path, *flags: str) -> subprocess.Popen[str]:
    command = ["-m", "academy", "course", "grade", COURSE, ASSIGNMENT, "--json", "--unsafe", *flags]
    return subprocess.Popen(
        [sys.executable, *command],
        env=os.environ | {"ACADEMY_STATE": str(state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _kill(command: subprocess.Popen[str], victim: str) -> bool:
    """Kill one process of a run, as soon as there is one; return whether there was one."""
    name = VICTIMS[victim]
    while command.poll() is None:
        if name is None:
            command.kill()
            return True
        if _kill_named(name):
            return True
        time.sleep(0.01)
    return False


def _kill_named(name: str) -> bool:
    for one in psutil.Process().children(recursive=True):  # a shared maker is not the command's
        with suppress(OSError):
            if Path(f"/proc/{one.pid}/comm").read_text(encoding="utf-8").strip() == name[:15]:
                os.kill(one.pid, signal.SIGKILL)
                return True
    return False


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _places(root: Path) -> dict[str, tuple[int, int]]:
    """Return which graded folders the ledger knows of, by what changes when one is made anew."""
    folder = root / ".grading" / ASSIGNMENT / "graded"
    done = [json.loads(path.read_bytes())["learner"] for path in folder.glob("*.json")]
    found = {}
    for learner in done:
        place = root / "autograded" / learner / ASSIGNMENT
        notebook = place / f"{ASSIGNMENT}.ipynb"
        if notebook.exists():
            found[learner] = (place.stat().st_ino, notebook.stat().st_mtime_ns)
    return found


def check(run: Run, state: Path, seed: int, victims: Sequence[str]) -> list[str]:
    """Kill these one after the other, at moments of the seed's; go on, and look at everything."""
    chance = random.Random(seed)
    shutil.copytree(run.state, state)
    root = state / "courses" / COURSE
    submitted, done, told = _hashes(root / "submitted"), {}, []
    for victim in victims:
        command = _grade(state, "--resume")
        time.sleep(chance.random() * run.seconds)
        told.append(f"{victim} {'killed' if _kill(command, victim) else 'not there'}")
        command.communicate()
        _check_kept(root, done)
        done = _places(root)
        told.append(f"{len(done)} done")

    resumed = _grade(state, "--resume")
    answer, wrong = resumed.communicate()

    assert resumed.returncode in (0, 3), wrong
    scores = {one["learner"]: one["score"] for one in json.loads(answer)["outcomes"]}
    assert scores == SCORES, "none is lost, and all points are right"
    assert sorted(_places(root)) == sorted(SCORES)
    _check_kept(root, done)
    assert _hashes(root / "submitted") == submitted
    assert list((root / ".grading" / ASSIGNMENT / "runs").glob("*")) == []
    check_gradebook(root)
    return told


def _check_kept(root: Path, done: dict[str, tuple[int, int]]) -> None:
    """See that what was done is not done again."""
    after = _places(root)
    assert {name: after[name] for name in done} == done


def check_gradebook(root: Path) -> None:
    """See that the gradebook opens, and holds each submission and each grade once."""
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        assert gradebook.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert gradebook.execute("PRAGMA foreign_key_check").fetchall() == []
        count = gradebook.execute("SELECT count(*) FROM submitted_assignment").fetchone()
        assert count == (len(CLASS),)
        for table, columns in (
            ("submitted_assignment", "assignment_id, student_id"),
            ("submitted_notebook", "notebook_id, assignment_id"),
            ("grade", "cell_id, notebook_id"),
            ("comment", "cell_id, notebook_id"),
        ):
            doubles = f"SELECT count(*) FROM {table} GROUP BY {columns} HAVING count(*) > 1"
            assert gradebook.execute(doubles).fetchall() == [], table


def test_killed_at_three_random_moments_nothing_is_lost_or_doubled(
    shared: Run, tmp_path: Path
) -> None:
    """One run that is killed, gone on with, killed again, and again."""
    check(shared, tmp_path / "state", 1, ("kernel", "engine", "worker"))


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(100, 150))
def test_killed_at_fifty_random_moments_nothing_is_lost_or_doubled(
    alone: Run, tmp_path: Path, seed: int
) -> None:
    victim = sorted(VICTIMS)[seed % len(VICTIMS)]
    print(seed, *check(alone, tmp_path / "state", seed, [victim]))


@pytest.mark.torture
def test_who_ends_two_real_workers_gets_a_sentence_and_the_others_are_graded(
    shared: Run, state: Path
) -> None:
    """Whoever works on one learner's submission is killed, twice."""
    shutil.copytree(shared.state, state)
    root = state / "courses" / COURSE
    runs, killed = root / ".grading" / ASSIGNMENT / "runs", set[int]()
    stop = threading.Event()

    def kill() -> None:
        while not stop.is_set() and len(killed) < 2:
            if list(runs.glob("*/b-1/prepared")):
                for one in psutil.Process().children(recursive=True):
                    if one.name() == "academy-grader" and one.pid not in killed:
                        os.kill(one.pid, signal.SIGKILL)
                        killed.add(one.pid)
                        break
                shutil.rmtree(next(runs.glob("*/b-1")), ignore_errors=True)
            time.sleep(0.005)

    thread = threading.Thread(target=kill)
    thread.start()
    outcomes = {
        one.learner: one for one in grade_all(COURSE, ASSIGNMENT, Options(workers=1)).outcomes
    }
    stop.set()
    thread.join()

    assert len(killed) == 2
    assert outcomes["b-1"].score is None
    assert "was ended 2 times" in outcomes["b-1"].sentence
    assert {name: one.score for name, one in outcomes.items() if name != "b-1"} == {
        name: score for name, score in SCORES.items() if name != "b-1"
    }
    again = {one.learner: one.score for one in grade_all(COURSE, ASSIGNMENT).outcomes}
    assert again == SCORES
    assert sorted(ledger.read_entries(COURSE, ASSIGNMENT)) == sorted(SCORES)
    check_gradebook(root)
