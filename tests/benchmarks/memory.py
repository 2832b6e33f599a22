"""Memory that each learner adds: their server and one kernel that has run the lesson.

The proportional set size (PSS) of every process below the hub is added up before the learners come
and after. A page that several processes share counts once in all, so forks get no credit for pages
that they have only borrowed, and whatever stands behind a learner (wall, nursery) is counted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.classroom import both_hubs, runs_lesson, together
from benchmarks.hub import Hub
from benchmarks.learner import Learner
from benchmarks.row import Row

LEARNERS = 5


def measure(folder: Path) -> list[Row]:
    """Measure both hubs, one after the other: the other one stands still meanwhile."""
    names = [f"learner-{number}" for number in range(LEARNERS)]
    with both_hubs(folder, ["learner-warm", *names]) as hubs:
        stock, academy = (asyncio.run(_added(hub, names)) for hub in hubs)
    idle = "server alone, idle"
    worked = "server and kernel after the lesson"
    how = f"PSS of all processes of the hub, {LEARNERS} learners; stock: jupyterhub-singleuser"
    return [
        Row(f"memory a learner adds: {idle}", academy[0], stock[0], "MB", how),
        Row(f"memory a learner adds: {worked}", academy[1], stock[1], "MB", how),
    ]


async def _added(hub: Hub, names: list[str]) -> tuple[float, float]:
    """Return MB per learner, after all have come in and after all have run the lesson."""
    await _warm(hub)
    before = by_name(hub.pid)
    learners = [Learner(hub.url, name) for name in names]
    await together(learners, Learner.log_in)
    await asyncio.sleep(10)
    idle = by_name(hub.pid)
    await together(learners, runs_lesson(hub))
    await asyncio.sleep(2)
    worked = by_name(hub.pid)
    for name in sorted(worked, key=lambda one: -worked[one]):
        print(f"  {name:24} {before[name]:8.1f} {idle[name]:8.1f} {worked[name]:8.1f} MB")
    total = before.total()
    return (idle.total() - total) / len(names), (worked.total() - total) / len(names)


async def _warm(hub: Hub) -> None:
    """Let one learner come and go, so that what the hub itself learns by it is not counted."""
    learner = Learner(hub.url, "learner-warm")
    await learner.log_in()
    await learner.stop()
    await learner.http.aclose()
    await asyncio.sleep(3)


def by_name(number: int) -> Counter[str]:
    """Return the proportional set size of a process and all below it, in MB, by name."""
    root = psutil.Process(number)
    found: Counter[str] = Counter()
    for process in [root, *root.children(recursive=True)]:
        try:
            found[name_of(process)] += proportional_megabytes(process.pid)
        except (psutil.Error, OSError):
            continue  # it has ended
    return found


def name_of(process: psutil.Process) -> str:
    """Return what a person would call a process."""
    words = " ".join(process.cmdline())
    modules = ("ipykernel_launcher", "jupyterhub.singleuser", "jupyterhub", "academy.hub")
    known = [one for one in modules if f"-m {one}" in words]
    is_fork = process.name().startswith("academy-")
    return process.name() if is_fork or not known else known[0]


def proportional_megabytes(number: int) -> float:
    """Return the proportional set size of one process; 0 when it has ended."""
    for line in Path(f"/proc/{number}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0
