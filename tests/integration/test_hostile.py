"""A hostile learner in a real Academy: everything that is in the catalogue is tried."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from academy import paths
from academy.isolation import support
from isolation.hostile.catalogue import Attempt, Outcome, attempt
from isolation.hostile.kernel import DOORS
from isolation.hostile.limits import LIMITS
from isolation.hostile.play import as_rows, play
from isolation.hostile.scene import Scene

RESULTS = paths.checkout() / "test-results"
WORLD = ("ask-the-cloud", "reach-the-world", "find-a-way-out")
OF_THE_MACHINE = ("listen-to-all-packets", "trace-the-launcher")
each_attempt = pytest.mark.parametrize("name", list(attempt.attempts))
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can play a whole machine")
with_walls = pytest.mark.skipif(
    bool(support.why_not()), reason=f"no walls here: {'; '.join(support.why_not())}"
)


def _played(mode: str, file: str) -> Iterator[dict[str, Outcome]]:
    scene = Scene(mode)
    try:
        outcomes = play(scene.start())
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / file).write_text(json.dumps(as_rows(outcomes), indent=1))
        yield outcomes
    finally:
        left = scene.stop()["left"]
    assert left == []


@pytest.fixture(scope="module")
def behind_walls() -> Iterator[dict[str, Outcome]]:
    yield from _played("required", "hostile.json")


@pytest.fixture(scope="module")
def in_the_open() -> Iterator[dict[str, Outcome]]:
    yield from _played("off", "hostile-without-walls.json")


@with_walls
@as_root
@each_attempt
def test_behind_walls(behind_walls: dict[str, Outcome], name: str) -> None:
    outcome, expected = behind_walls[name], attempt.attempts[name].behind

    assert outcome.result == expected, f"{attempt.attempts[name].tries} {outcome.evidence}"


@pytest.mark.torture
@as_root
@each_attempt
def test_without_walls(in_the_open: dict[str, Outcome], name: str) -> None:
    """The same attempts where nothing holds them: so they can succeed, and the test can fail."""
    outcome, one = in_the_open[name], attempt.attempts[name]

    assert outcome.result in allowed_without_walls(one), f"{one.tries} {outcome.evidence}"


def allowed_without_walls(one: Attempt) -> set[str]:
    """What may come of an attempt where the Academy's walls are off.

    What the system itself refuses to a root in a container differs from machine to machine.
    """
    of_the_machine = one.group in (DOORS, LIMITS) or one.name in OF_THE_MACHINE
    no_world = one.name in WORLD and "ACADEMY_NETWORK_CUT" not in os.environ
    either: set[str] = {"held", "succeeded"}
    return {one.open} | (either if of_the_machine or no_world else set())
