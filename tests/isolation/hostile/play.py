"""Play the whole scene: every attempt, in its place and in its order, and what came of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import asdict

from . import browser, run
from .bundle import run_in
from .catalogue import Attempt, Facts, Outcome, attempt
from .judges import JUDGES
from .links import TRAPS
from .scene import ATTACKER, RIVAL, Scene
from .staying import STAYING

Outcomes = dict[str, Outcome]
assert run, browser  # their attempts are in the catalogue as soon as they are imported


def play(scene: Scene) -> Outcomes:
    """Run every attempt of the catalogue in a scene that was started.

    Returns
    -------
    dict
        How each went, by its name; none is left "planted".
    """
    facts = scene.facts(ATTACKER)
    outcomes = in_the_lab(scene, facts)
    outcomes |= _as_instructor(scene)
    for one in attempt.of("learner", last=True):
        # The hub is another process since it was reloaded.
        outcomes[one.name] = _last(scene, scene.facts(ATTACKER), one)
    return outcomes


def in_the_lab(scene: Scene, facts: Facts) -> Outcomes:
    """Run what a learner tries, in the lab and in the browser; then stop and start the server."""
    outcomes = _read(run_in(scene.attacker, facts, attempt.of("learner")))
    for one in attempt.of("browser"):
        outcomes[one.name] = one.run(facts, scene.attacker)
    # Those that live in the running server first, then those that outlive it, then the start.
    judge(scene, facts, outcomes, _names(lambda one: one.group not in (STAYING, TRAPS)))
    scene.attacker.stop()
    judge(scene, facts, outcomes, _names(lambda one: one.group == STAYING))
    scene.attacker.start()
    judge(scene, facts, outcomes, _names(lambda one: one.group == TRAPS))
    return outcomes


def _names(choose: object) -> list[str]:
    return [name for name, one in attempt.attempts.items() if choose(one)]  # type: ignore[operator]


def _as_instructor(scene: Scene) -> Outcomes:
    """Run what an instructor tries; then let the Academy work with their course."""
    facts = scene.facts(RIVAL)
    scene.rival.wait()
    outcomes = _read(run_in(scene.rival, facts, attempt.of("instructor")))
    scene.work_with_the_other_course()
    judge(scene, facts, outcomes, list(outcomes))
    return outcomes


def _last(scene: Scene, facts: Facts, one: Attempt) -> Outcome:
    """Run an attempt after which the attacker's lab may be gone."""
    found = Outcome("planted", "the lab was lost on the way")
    with contextlib.suppress(Exception):
        found = _read(run_in(scene.attacker, facts, [one], patience=30))[one.name]
    outcomes = {one.name: found}
    judge(scene, facts, outcomes, [one.name])
    return outcomes[one.name]


def _read(told: dict[str, dict[str, str]]) -> Outcomes:
    return {name: Outcome(**one) for name, one in told.items()}  # type: ignore[arg-type]


def judge(scene: Scene, facts: Facts, outcomes: Outcomes, names: Iterable[str]) -> None:
    """Put a judgement in the place of what was only laid out."""
    for name in names:
        if name in outcomes and outcomes[name].result == "planted":
            outcomes[name] = JUDGES[name](scene, facts)


def as_rows(outcomes: Outcomes) -> list[dict[str, str]]:
    """Return the outcomes with what was tried, for a file."""
    return [
        {"name": name, "tries": attempt.attempts[name].tries, **asdict(outcome)}
        for name, outcome in outcomes.items()
    ]
