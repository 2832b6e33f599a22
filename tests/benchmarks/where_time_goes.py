"""Where a class's time goes: `python tests/benchmarks/where_time_goes.py` (two minutes, as root).

Prints the seconds of a processor that each kind of process takes while thirty people log in and
while they run the first lesson, then what the lesson's own cells and one password cost. It
measures the Academy alone and is not a part of `make bench`.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bcrypt
import psutil

from benchmarks.classroom import (
    CLASS,
    SETTINGS,
    lesson_cells,
    runs_lesson,
    together,
)
from benchmarks.hub import Hub, academy_hub
from benchmarks.learner import Learner
from benchmarks.memory import name_of


def main() -> None:
    """Measure and print."""
    names = [f"learner-{number}" for number in range(CLASS)]

    def sign_up(url: str) -> None:
        asyncio.run(together([Learner(url, name) for name in names], Learner.sign_up))

    with (
        tempfile.TemporaryDirectory(prefix="academy-bench-") as folder,
        academy_hub(Path(folder), SETTINGS, sign_up) as hub,
    ):
        time.sleep(15)  # a class does not begin in the hub's first seconds
        asyncio.run(_class(hub, names))
    print(f"one password: {_password():.2f} s")


async def _class(hub: Hub, names: list[str]) -> None:
    learners = [Learner(hub.url, name) for name in names]
    await together(learners, Learner.open_log_in)
    before = seconds_by_name(hub.pid)
    last = (await together(learners, Learner.log_in))[-1]
    _show(f"{CLASS} log in, last lab after {last:.1f} s", before, seconds_by_name(hub.pid))
    await asyncio.sleep(5)
    before = seconds_by_name(hub.pid)
    last = (await together(learners, runs_lesson(hub)))[-1]
    _show(f"{CLASS} run the lesson, last after {last:.1f} s", before, seconds_by_name(hub.pid))
    await together(learners, Learner.stop)
    await together(learners[:1], Learner.press_start)
    kernel = await learners[0].start_kernel()
    start = time.monotonic()
    await learners[0].run_all(kernel, lesson_cells())
    print(f"the lesson's cells, one learner alone: {time.monotonic() - start:.2f} s")


def seconds_by_name(number: int) -> Counter[str]:
    """Return the processor time of a process and all below it, by name, children that ended too."""
    found: Counter[str] = Counter()
    root = psutil.Process(number)
    for process in [psutil.Process(), root, *root.children(recursive=True)]:
        try:
            times = process.cpu_times()
            name = "whoever watches" if process.pid == psutil.Process().pid else name_of(process)
        except psutil.Error:
            continue  # it has ended
        found[name] += times.user + times.system
        found[f"ended children of {name}"] += times.children_user + times.children_system
    return found


def _show(what: str, before: Counter[str], after: Counter[str]) -> None:
    taken = after - before
    print(f"{what}; seconds of a processor: {taken.total():.1f}")
    for name, seconds in taken.most_common():
        if seconds >= 0.1:
            print(f"  {name:40} {seconds:6.1f}")


def _password() -> float:
    hashed = bcrypt.hashpw(b"red beans and rice", bcrypt.gensalt())
    start = time.monotonic()
    bcrypt.checkpw(b"red beans and rice", hashed)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
