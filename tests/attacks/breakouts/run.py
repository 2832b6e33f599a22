"""Grade a class in which every learner but one tries something, and see what came of it.

It is one run of the real engine, with real workers and real sandboxes, as
``academy course grade`` does it; only some limits are lower, so that bombs end sooner.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil

from attacks.breakouts.catalogue import Breakout
from attacks.breakouts.scene import NEIGHBOUR, class_of, outside_of
from grading.classroom import ASSIGNMENT, COURSE

#: What may be kept of one notebook, in bytes of the file: the limit on its output and some more.
MOST_KEPT = 15_000_000
#: The arguments of processes that attempts leave behind.
_MARKS = ("86421", "86422")
#: Attempts of which only what is left tells how they went.
_STAYING = {"leave-a-daemon", "leave-an-orphan", "keep-forking-on", "burn-all-processors"}


@dataclass(frozen=True)
class Came:
    """What came of one attempt.

    Parameters
    ----------
    succeeds
        Whether it got what it wanted.
    words
        What it met, in its own words or the engine's.
    """

    succeeds: bool
    words: str


@dataclass
class Ran:
    """What came of the whole class.

    Parameters
    ----------
    came
        For each attempt.
    neighbour
        The points of the one who just solved the exercise.
    left
        Processes and files that were left behind.
    changed
        Files of the course that are not as they were.
    """

    came: dict[str, Came]
    neighbour: float | None
    left: list[str]
    changed: list[str]


def grade_class(base: Path, some: Collection[Breakout], workers: int = 2) -> Ran:
    """Grade a class in which each attempt is one learner's.

    Parameters
    ----------
    base
        A folder of the run's own; ``ACADEMY_STATE`` must name its folder ``state``.
    some
        The attempts.
    workers
        How many are graded at once.
    """
    from academy.forkserver.local import environment_with
    from academy.grading import steps
    from academy.grading.sandbox import at_hand

    known = _known()
    with (
        tempfile.TemporaryDirectory(prefix="attempts-", dir="/tmp") as short,
        outside_of(Path(short)) as (listeners, outside),
    ):
        with at_hand() as ways, environment_with(ways.variables):
            root, _ = class_of(base, some, {**outside, "maker": os.environ["ACADEMY_SANDBOX"]})
            before = _hashes(root)
            with environment_with({"GRADERS_TOKEN": outside["secret"][::-1]}):
                graded = steps.grade(COURSE, ASSIGNMENT, workers=workers)
        outcomes = {one.learner: one for one in graded.outcomes}
        came = {one.name: _judge(root, one, outcomes, listeners.heard) for one in some}
        left = _left_behind(known)
        if not left:
            came |= {name: Came(False, "it ended with its sandbox") for name in _STAYING & {*came}}
        after, places = _hashes(root), [Path(outside["evidence"])]
        places += (root / ".grading" / ASSIGNMENT / "runs").glob("*")
        return Ran(
            came,
            outcomes[NEIGHBOUR].score if NEIGHBOUR in outcomes else None,
            [*left, *(str(path) for path in places if path.exists())],
            sorted(name for name in before | after if before.get(name) != after.get(name)),
        )


def _judge(root: Path, one: Breakout, outcomes: dict[str, Any], heard: Collection[str]) -> Came:
    """Return whether an attempt got what it wanted: by points, by its own word, or outside."""
    outcome = outcomes.get(one.name)
    if outcome is None:
        return Came(True, "it has no outcome")
    told = _told(root / "autograded" / one.name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb")
    succeeds = bool(outcome.score) or one.name in heard or (told is not None and told.succeeds)
    words = told.words if told is not None and told.words else _sentence(outcome.sentence)
    return Came(succeeds, words)


def _told(path: Path) -> Came | None:
    """Return what an attempt's code has printed of itself, and whether too much was kept of it."""
    if not path.exists():
        return None
    if path.stat().st_size > MOST_KEPT:
        return Came(True, f"{path.stat().st_size} bytes were kept")
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for one in notebook.cells:
        for output in one.get("outputs", []):
            for line in str(output.get("text", "")).splitlines():
                if line.startswith("ATTEMPT "):
                    succeeds, words = json.loads(line.removeprefix("ATTEMPT "))
                    return Came(succeeds, words)
    return None


def _sentence(text: str) -> str:
    """Return what an outcome says, without the points that all have none of, and without paths."""
    for tail in (" Not graded; ", " It is kept in "):
        text = text.partition(tail)[0]
    text = re.sub(r"'/\S*", "'…", text)
    return text.removeprefix("0 of 10 points.").strip() or "no points"


def _hashes(root: Path) -> dict[str, str]:
    """Return hashes of all that nobody may change while a class is graded."""
    found = {}
    kept = ("source", "release", "submitted", "course.yaml", "nbgrader_config.py")
    exchange = root.parents[1] / "exchange"
    for place in [*(root / name for name in kept), exchange]:
        for path in [place, *place.rglob("*")]:
            if path.is_symlink():
                found[str(path)] = str(path.readlink())
            elif path.is_file():
                found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def _known() -> set[str]:
    """Return what is there of this kind whoever started it: others may grade meanwhile."""
    return {*_strays(), *(str(path) for path in Path("/tmp").glob("academy-sandboxes-*"))}


def _left_behind(known: set[str], seconds: float = 10) -> list[str]:
    """Return what the run started and did not end, after a moment to end in."""
    end = time.monotonic() + seconds
    while (found := set(_strays()) - known) and time.monotonic() < end:
        time.sleep(0.1)
    return sorted(found)


def _strays() -> list[str]:
    """Return processes that came out of a sandbox and are below no maker of sandboxes."""
    found = []
    for one in psutil.process_iter(["pid", "name", "cmdline"]):
        is_marked = any(word in _MARKS for word in one.info["cmdline"] or [])
        is_named = one.info["name"] in ("academy-cell", "academy-kernel")
        if is_marked or (is_named and not _has_maker(one)):
            found.append(f"{one.info['pid']} {one.info['name']}")
    return found


def _has_maker(one: psutil.Process) -> bool:
    try:
        return any(parent.name() == "academy-maker" for parent in one.parents())
    except psutil.NoSuchProcess:
        return True  # it ended just now
