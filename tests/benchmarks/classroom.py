"""A class of thirty: they log in together, and all of them run the same lesson.

The same people do the same things at a stock hub and at the Academy, in turns; both run all the
time. People at the stock hub are let in by their name alone; at the Academy each password is
checked, which is part of what is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tornado.httpclient import HTTPClientError

from academy import paths
from benchmarks.hub import Hub, academy_hub, stock_hub
from benchmarks.learner import Learner
from benchmarks.row import Row, median_row

CLASS = 30
ROUNDS = 2
STARTS = 7
COURSE, LESSON = "start-here", "01-load-and-count.ipynb"
#: A benchmark comes from one address and more often than people do.
SETTINGS = """
accounts:
  tries_at_once: 10000
  tries_per_minute: 1000
  tries_in_all: 10000
servers:
  most: 500
  start_seconds: 600
  idle_minutes: 0
"""
HOW = "JupyterHub with SimpleLocalProcessSpawner and no password check"


@dataclass
class Times:
    """What was measured at one hub, in seconds, a value for each round."""

    one: list[float] = field(default_factory=list)
    first: list[float] = field(default_factory=list)
    last: list[float] = field(default_factory=list)
    lesson: list[float] = field(default_factory=list)


def measure(folder: Path) -> list[Row]:
    """Measure one learner, then classes."""
    names = [f"learner-{number}-{one}" for number in range(ROUNDS) for one in range(CLASS)]
    with both_hubs(folder, ["learner-one", *names]) as (stock, academy):
        return rows(*asyncio.run(_measure(stock, academy)))


def rows(stock: Times, academy: Times) -> list[Row]:
    """Return the table's lines."""
    class_of = f"{CLASS} learners log in and start together"
    ran = f"{CLASS} learners open a lesson and run all cells, last one done"
    return [
        median_row("one learner, server asked to answering", academy.one, stock.one, how=HOW),
        median_row(f"{class_of}, first lab", academy.first, stock.first, how=HOW),
        median_row(f"{class_of}, last lab", academy.last, stock.last, how=HOW),
        median_row(ran, academy.lesson, stock.lesson, how=HOW),
    ]


@contextlib.contextmanager
def both_hubs(folder: Path, names: Sequence[str]) -> Iterator[tuple[Hub, Hub]]:
    """Run both; the accounts exist, and the labs are closed."""

    def sign_up(url: str) -> None:
        asyncio.run(together([Learner(url, name) for name in names], Learner.sign_up))

    (folder / "stock").mkdir()
    with (
        academy_hub(folder, SETTINGS, sign_up) as academy,
        stock_hub(folder / "stock") as stock,
    ):
        prepare_stock_homes(stock.homes, names)
        time.sleep(15)  # a class does not begin in the hub's first seconds
        yield stock, academy


def prepare_stock_homes(homes: Path, names: Sequence[str]) -> None:
    """Lay the lesson into each home, and what a home has after its first use."""
    import matplotlib

    lists = list(Path(matplotlib.get_cachedir()).glob("fontlist-*.json"))
    for name in names:
        caches = homes / name / ".cache" / "matplotlib"
        caches.mkdir(parents=True)
        shutil.copy(lesson_file(), homes / name / LESSON)
        for file in lists:
            shutil.copy(file, caches / file.name)


def lesson_file() -> Path:
    """Return the shipped lesson that everybody runs."""
    return paths.shipped_courses() / COURSE / "lessons" / LESSON


def lesson_cells() -> list[str]:
    """Return the code of the lesson's cells."""
    cells = json.loads(lesson_file().read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def lesson_path(hub: Hub) -> str:
    """Return where a home has the lesson."""
    return LESSON if hub.form == "login" else f"lessons/{COURSE}/lessons/{LESSON}"


async def together(
    learners: Sequence[Learner], do: Callable[[Learner], Awaitable[None]]
) -> list[float]:
    """Have all of them do something at once; return when each was done, in order."""
    start = time.monotonic()

    async def one(learner: Learner) -> float:
        await do(learner)
        return time.monotonic() - start

    return sorted(await asyncio.gather(*map(one, learners)))


async def _measure(stock: Hub, academy: Hub) -> tuple[Times, Times]:
    measured = {"stock": Times(), "academy": Times()}
    hubs = {"stock": stock, "academy": academy}
    async with contextlib.AsyncExitStack() as stack:
        alone = {
            name: await stack.enter_async_context(_logged_in(hub)) for name, hub in hubs.items()
        }
        for _ in range(STARTS + 1):
            for name, learner in alone.items():
                measured[name].one += await together([learner], Learner.press_start)
                await learner.stop()
    for times in measured.values():
        del times.one[0]  # in which the home was made
    for number in range(ROUNDS):
        for name, hub in hubs.items():
            await _class_at(hub, number, measured[name])
            print(f"  round {number + 1} of {ROUNDS}, {name}: {measured[name]}", flush=True)
    return measured["stock"], measured["academy"]


@contextlib.asynccontextmanager
async def _logged_in(hub: Hub) -> AsyncIterator[Learner]:
    learner = Learner(hub.url, "learner-one")
    await learner.come_in()
    # The log-in is answered by a redirect that starts the server; nobody followed it.
    yield learner
    await learner.http.aclose()


async def _class_at(hub: Hub, number: int, times: Times) -> None:
    """Have a class that was not there before; at the end all have left."""
    learners = [Learner(hub.url, f"learner-{number}-{one}") for one in range(CLASS)]
    await together(learners, Learner.open_log_in)
    ready = await together(learners, Learner.log_in)
    times.first.append(ready[0])
    times.last.append(ready[-1])
    await asyncio.sleep(5)  # until the lessons are there
    times.lesson.append((await together(learners, runs_lesson(hub)))[-1])
    if tries := sum(learner.tries for learner in learners):
        print(f"  {tries} times a connection to a kernel was closed, and all was run once more")
    await together(learners, Learner.stop)
    for learner in learners:
        await learner.http.aclose()
    await asyncio.sleep(5)


def runs_lesson(hub: Hub) -> Callable[[Learner], Awaitable[None]]:
    """Return what a learner does who opens the lesson and runs all of it."""
    cells, path = lesson_cells(), lesson_path(hub)

    async def run(learner: Learner) -> None:
        while True:
            kernel = await learner.open_lesson(path)
            try:
                await learner.run_all(kernel, cells)
            except HTTPClientError:  # a kernel that was too slow to come is given up by its server
                learner.tries += 1
            else:
                return

    return run
