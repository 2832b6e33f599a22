"""A whole `academy data refresh`, badly treated: the old snapshot or the new one, never a mixture.

The short forms run with all tests; those marked ``torture`` run with ``make torture``.
"""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from academy.datasets.verify import verify_folder
from portals.refresher import Refresher, Run, warm
from portals.server import PortalServer, paced, running
from portals.tables import Table, read_table

ID, NAME = "7ixm-mnvx", "service-requests"
RAW = Path(__file__).parent / "data" / "7ixm-mnvx_made_up_requests.csv"

Content = dict[str, bytes]


def raw_table() -> Table:
    """The rows of the made-up export that the Academy keeps."""
    table = read_table(RAW)
    kept = {row["id"]: row for row in table.rows if row["id"].isdigit()}
    return Table(table.columns, list(kept.values()))


def grown(table: Table, rows: int) -> Table:
    """The same with more rows, each with a number of its own."""
    more = [
        table.rows[number % len(table.rows)] | {"id": str(5_000_000 + number)}
        for number in range(rows)
    ]
    return Table(table.columns, [*table.rows, *more])


def content(folder: Path) -> Content:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@dataclass
class Arena:
    """A portal, a state directory with an old snapshot, and what a new one would be."""

    portal: PortalServer
    refresher: Refresher
    root: Path
    old: Content = field(default_factory=dict)
    new: Content = field(default_factory=dict)
    seconds: float = 0.0
    steps: int = 0
    options: tuple[str, ...] = ()

    @property
    def datasets(self) -> Path:
        return self.root / "state" / "datasets"

    @property
    def folder(self) -> Path:
        return self.datasets / NAME

    def order(self, **treatment: object) -> Run:
        arguments = ["data", "refresh", NAME, "--portal", self.portal.url, *self.options]
        return Run(arguments, str(self.root / "output"), **treatment)  # type: ignore[arg-type]

    def refresh(self, **treatment: object) -> int:
        return self.refresher.run(self.order(**treatment))[0]

    def output(self) -> str:
        return (self.root / "output").read_text()

    def reset(self) -> None:
        """Only the old snapshot is there."""
        shutil.rmtree(self.datasets, ignore_errors=True)
        self.folder.mkdir(parents=True)
        for name, data in self.old.items():
            (self.folder / name).write_bytes(data)

    def check(self, note: object) -> str:
        """The old snapshot or the new one is there, whole and sound; tell which."""
        found = content(self.folder)
        assert found in (self.old, self.new), f"a mixture after {note}"
        assert verify_folder(self.folder) == []
        return "old" if found == self.old else "new"

    def mend(self) -> None:
        """The next refresh goes on as if nothing had been, and leaves nothing lying about."""
        assert self.refresh() == 0, self.output()
        assert content(self.folder) == self.new
        left = [path.name for path in self.datasets.iterdir() if not path.name.endswith("lock")]
        assert left == [NAME]


@pytest.fixture(scope="module")
def warm_arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    root = tmp_path_factory.mktemp("torture")
    environment = {"ACADEMY_STATE": str(root / "state"), "COLUMNS": "200"}
    table = raw_table()
    portal = PortalServer({ID: table}, row_cap=40)
    with running(portal), warm(environment) as refresher:
        arena = Arena(portal, refresher, root)
        # Far shorter than the embedded table, with which a first refresh is compared.
        arena.options = ("--allow-shrink",)
        assert arena.refresh() == 0, arena.output()
        arena.options = ()
        arena.old = content(arena.folder)
        portal.tables[ID] = grown(table, 200)
        start = time.monotonic()
        assert arena.refresh() == 0, arena.output()
        arena.seconds = time.monotonic() - start
        arena.steps = int(re.findall(r"steps on the disk: (\d+)", arena.output())[0])
        arena.new = content(arena.folder)
        yield arena


@pytest.fixture
def arena(warm_arena: Arena) -> Iterator[Arena]:
    warm_arena.reset()
    table = warm_arena.portal.tables[ID]
    yield warm_arena
    portal = warm_arena.portal
    portal.tables[ID], portal.faults, portal.pace, portal.row_cap = table, [], lambda: None, 40


def killed_at_moments(arena: Arena, moments: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    found = []
    for _ in range(moments):
        arena.reset()
        moment = chance.uniform(0, arena.seconds * 1.05)
        arena.refresh(kill_after=moment)
        found.append(arena.check(f"{moment:.3f} of {arena.seconds:.3f} s"))
    arena.mend()
    return found


def killed_at_steps(arena: Arena, steps: list[int]) -> list[str]:
    found = []
    for step in steps:
        arena.reset()
        code = arena.refresh(kill_at_step=step)
        assert code == (-9 if step <= arena.steps else 0)
        found.append(arena.check(f"step {step} of {arena.steps}"))
    arena.mend()
    return found


def test_killed_at_six_moments(arena: Arena) -> None:
    killed_at_moments(arena, 6, seed=20260829)


def test_killed_at_six_steps_on_the_disk(arena: Arena) -> None:
    steps = [1, arena.steps // 3, *range(arena.steps - 3, arena.steps + 1)]
    found = killed_at_steps(arena, [*steps, arena.steps + 1])
    assert found[0] == "old"
    assert found[-1] == "new"


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_thirty_moments(arena: Arena, seed: int) -> None:
    assert set(killed_at_moments(arena, 30, seed)) <= {"old", "new"}


@pytest.mark.torture
def test_killed_before_every_step_on_the_disk(arena: Arena) -> None:
    found = killed_at_steps(arena, list(range(1, arena.steps + 2)))
    assert found == sorted(found, reverse=True), "once it is new it stays new"
    assert {"old", "new"} == set(found)


@pytest.mark.torture
def test_killed_again_and_again_the_pull_comes_to_its_end(arena: Arena) -> None:
    """Each try is killed a little later; the pages that came are not asked for again."""
    arena.portal.row_cap, arena.portal.pace = 10, paced(0.05)
    pages = len(arena.portal.tables[ID].rows) // 10 + 1
    arena.portal.requests.clear()
    for attempt in range(1, 30):
        arena.refresh(kill_after=0.2 * attempt)
        if arena.check(attempt) == "new":
            break
    assert content(arena.folder) == arena.new
    # Two pages are under way when it is killed; one killed after its pull was used begins anew.
    assert len(arena.portal.requests) <= 2 * pages + 2 * attempt


@pytest.mark.parametrize("limit", [1_000, 8_000, 20_000])
def test_a_disk_that_fills(arena: Arena, limit: int) -> None:
    assert max(map(len, arena.new.values())) > 20_000
    assert arena.refresh(file_limit=limit) == 1
    assert arena.check(limit) == "old"
    output = arena.output()
    assert "Traceback" not in output
    assert "File too large" in output
    assert "stays as it is" in output or "stay as they are" in output
    arena.mend()


def test_two_refreshes_at_once(arena: Arena) -> None:
    arena.portal.pace = paced(0.1)
    second = Run(arena.order().arguments, str(arena.root / "second"))
    codes = arena.refresher.run(arena.order(), second)
    assert sorted(codes) == [0, 1]
    outputs = arena.output() + (arena.root / "second").read_text()
    assert "Another refresh of this dataset is at work" in outputs
    assert "Traceback" not in outputs
    assert arena.check("two at once") == "new"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("429", "could not be read in 8 tries"),
        ("html", "JSON was expected, and text/html came"),
        ("cut", "could not be read in 8 tries"),
        ("empty", "No rows came"),
        ("object", "Rows were expected"),
        ("latin-1", "is not UTF-8 text"),
    ],
)
def test_a_portal_that_is_broken_for_good(arena: Arena, fault: str, words: str) -> None:
    if fault == "latin-1":
        arena.portal.tables[ID].rows[50]["streetaddress"] = "100 CAFÉ ST"
    if fault == "429":
        fault = "429 without a word"
    arena.portal.faults = ["", *[fault] * 30]
    assert arena.refresh() == 1
    assert arena.check(fault) == "old"
    assert words in arena.output()
    assert "Traceback" not in arena.output()
    arena.portal.tables[ID].rows[50]["streetaddress"] = "100 CAFE ST"


def _rename(table: Table) -> None:
    table.rename("closeddate", "closed_date")


def _shrink(table: Table) -> None:
    del table.rows[20:], table.numbers[20:]


def _same_ids(table: Table) -> None:
    table.rows[30] = table.rows[30] | {"id": table.rows[31]["id"]}


def _all_gone(table: Table) -> None:
    del table.rows[:], table.numbers[:]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_rename, "perhaps now 'closed_date'"),
        (_shrink, "Fewer than 90% of the old rows stop a refresh"),
        (_same_ids, "IDs stand on rows that differ"),
        (_all_gone, "hold no usable request"),
    ],
)
def test_a_portal_that_changed_stops_the_refresh(arena: Arena, change: object, words: str) -> None:
    table = arena.portal.tables[ID]
    changed = Table(list(table.columns), [dict(row) for row in table.rows])
    assert callable(change)
    change(changed)
    arena.portal.tables[ID] = changed
    assert arena.refresh() == 1
    assert arena.check(words) == "old"
    output = " ".join(arena.output().split())
    assert words in output
    assert "Traceback" not in output
