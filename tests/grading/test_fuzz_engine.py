"""Damaged notebooks through the whole engine: each gets a score or a sentence, none stops it."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from academy.grading import steps
from academy.grading.gradebook import open_gradebook
from academy.grading.outcomes import Outcome
from tests.grading import fuzzing
from tests.grading.classroom import ASSIGNMENT, COURSE

pytestmark = pytest.mark.integration

FEW, MANY, BATCH = 24, 1_000, 100
WORKERS = 2
CELL_SECONDS = 5
#: What a sandbox may live here, and what is before and after it.
LONGEST_SECONDS = 30 + 30
MOST = 10.0


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory, _made_course: Path) -> Path:
    base = tmp_path_factory.mktemp("fuzzed")
    root = base / "state" / "courses" / COURSE
    shutil.copytree(_made_course, root)
    (root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Execute.timeout = {CELL_SECONDS}\nc.Execute.iopub_timeout = 2\n"
        "c.SandboxManager.limits = {'seconds': 30}\n",
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(base / "state"))
        steps.release(COURSE, ASSIGNMENT)
    return base / "state"


@dataclass
class Clock:
    """Hears of each submission that is done; says how long the slowest can have taken.

    Work is passed on in order, so a submission begins no sooner than the one is done that is as
    many places before it as there are workers.
    """

    done: list[float] = field(default_factory=lambda: [time.monotonic()] * WORKERS)

    def __call__(self, _done: int, _total: int, outcome: Outcome | None) -> None:
        """Take note of the time."""
        if outcome is not None:
            self.done.append(time.monotonic())

    @property
    def slowest(self) -> float:
        """How many seconds the slowest took at most."""
        return max(b - a for a, b in zip(self.done, self.done[WORKERS:], strict=False))


def grade(state: Path, seeds: Sequence[int]) -> tuple[Counter[str], float]:
    """Grade a class of damaged notebooks, and look at all that must hold."""
    submitted = state / "courses" / COURSE / "submitted"
    for seed in seeds:
        folder = submitted / f"s{seed}" / ASSIGNMENT
        folder.mkdir(parents=True)
        (folder / f"{ASSIGNMENT}.ipynb").write_bytes(fuzzing.damaged(seed, "counting")[1])
        (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC", encoding="utf-8")
    before, clock = hashes(submitted), Clock()

    result = steps.grade(COURSE, ASSIGNMENT, workers=WORKERS, unsafe=True, progress=clock)

    assert hashes(submitted) == before
    outcomes = {one.learner: one for one in result.outcomes}
    assert sorted(outcomes) == sorted(f"s{seed}" for seed in seeds), "none stops the run"
    for outcome in outcomes.values():
        check(outcome)
    assert not result.is_stopped
    assert list((submitted.parent / ".grading" / ASSIGNMENT / "runs").glob("*")) == []
    assert clock.slowest < LONGEST_SECONDS
    check_gradebook(outcomes)
    return Counter("told" if one.score is None else "graded" for one in outcomes.values()), (
        clock.slowest
    )


def check(outcome: Outcome) -> None:
    """See that an outcome is a score, or a sentence for people."""
    assert outcome.sentence.endswith((".", "'", '"')), outcome
    assert "Traceback" not in outcome.sentence
    assert "did not end" not in outcome.sentence, outcome
    assert "nbgrader says" not in outcome.sentence, outcome
    if outcome.score is None:
        assert outcome.sentence.startswith(("Not graded", "'", "The ")), outcome
    else:
        assert outcome.max_score == MOST
        assert 0 <= outcome.score <= MOST


def check_gradebook(outcomes: dict[str, Outcome]) -> None:
    """See that the gradebook says the same."""
    with open_gradebook(COURSE) as gradebook:
        found = {one.student.id: one.score for one in gradebook.assignment_submissions(ASSIGNMENT)}
    graded = {name: one.score for name, one in outcomes.items() if one.score is not None}
    assert {name: found.get(name) for name in graded} == graded
    assert all(not found.get(name) for name in outcomes if name not in graded)


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of each file."""
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_few_damaged_notebooks_are_graded_or_told(state: Path, released: Path) -> None:
    """One of every second kind of damage."""
    shutil.copytree(released, state)

    counted, _ = grade(state, range(0, 2 * FEW, 2))

    assert counted["graded"] > FEW / 2


@pytest.mark.torture
@pytest.mark.parametrize("batch", range(MANY // BATCH))
def test_a_thousand_damaged_notebooks_are_graded_or_told(
    state: Path, released: Path, batch: int
) -> None:
    shutil.copytree(released, state)

    counted, slowest = grade(state, range(5_000 + batch * BATCH, 5_000 + (batch + 1) * BATCH))

    print(f"batch {batch}: {dict(counted)}, the slowest took at most {slowest:.1f} s")
    assert counted["graded"] > BATCH / 2
