"""A source and what is made from it: after a kill at any moment both are old, or both are new."""

from __future__ import annotations

import random
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from academy.datasets.catalogue import described_folders
from academy.datasets.verify import verify_folder
from portals.refresher import Refresher, Run, warm

SOURCE, DERIVED = "employee-pay", "pay-by-job"
EXPORT = "g9vh-zeiw_made_up_pay.csv"
RAW = Path(__file__).parent / "data" / SOURCE / EXPORT

Content = dict[str, dict[str, bytes]]


@dataclass
class Group:
    """Two exports of one dataset, and what a refresh makes of each."""

    refresher: Refresher
    root: Path
    old: Content = field(default_factory=dict)
    new: Content = field(default_factory=dict)
    seconds: float = 0.0
    steps: int = 0

    @property
    def datasets(self) -> Path:
        return self.root / "state" / "datasets"

    def refresh(self, export: str = "new", *options: str, **treatment: object) -> int:
        arguments = ["data", "refresh", SOURCE, "--from", str(self.root / export)]
        arguments += ["--taken", "2026-08-29", *options]
        run = Run(arguments, str(self.root / "output"), **treatment)  # type: ignore[arg-type]
        return self.refresher.run(run)[0]

    def output(self) -> str:
        return (self.root / "output").read_text()

    def found(self) -> Content:
        """What a reader finds."""
        return {
            name: {path.name: path.read_bytes() for path in folder.iterdir()}
            for name, folder in described_folders(self.datasets).items()
        }

    def reset(self) -> None:
        shutil.rmtree(self.datasets, ignore_errors=True)
        for name, files in self.old.items():
            (self.datasets / name).mkdir(parents=True)
            for file, data in files.items():
                (self.datasets / name / file).write_bytes(data)

    def check(self, note: object) -> str:
        found = self.found()
        assert found in (self.old, self.new), f"a mixture after {note}"
        for name in (SOURCE, DERIVED):
            assert verify_folder(self.datasets / name) == []
        return "old" if found == self.old else "new"

    def mend(self) -> None:
        """The next refresh goes on as if nothing had been, and leaves nothing lying about."""
        assert self.refresh() == 0, self.output()
        assert self.found() == self.new
        left = {path.name for path in self.datasets.iterdir() if not path.name.endswith("lock")}
        assert left == {SOURCE, DERIVED}


def write_exports(root: Path) -> None:
    """Thirty people of each row of the made-up export, and forty in the new one."""
    header, *rows = RAW.read_text().splitlines()
    for name, people in {"old": 30, "new": 40}.items():
        lines = [
            re.sub(r"0x\w*$", f"0xPERSON{number}", row) for number in range(people) for row in rows
        ]
        (root / name).mkdir()
        (root / name / EXPORT).write_text("\n".join([header, *lines]) + "\n")


@pytest.fixture(scope="module")
def warm_group(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Group]:
    root = tmp_path_factory.mktemp("group")
    write_exports(root)
    with warm({"ACADEMY_STATE": str(root / "state"), "COLUMNS": "200"}) as refresher:
        group = Group(refresher, root)
        # Far shorter than the embedded tables, with which a first refresh is compared.
        assert group.refresh("old", "--allow-shrink") == 0, group.output()
        group.old = group.found()
        start = time.monotonic()
        assert group.refresh() == 0, group.output()
        group.seconds = time.monotonic() - start
        group.steps = int(re.findall(r"steps on the disk: (\d+)", group.output())[0])
        group.new = group.found()
        assert set(group.new) == {SOURCE, DERIVED}
        assert all(group.old[name] != group.new[name] for name in group.new)
        yield group


@pytest.fixture
def group(warm_group: Group) -> Group:
    warm_group.reset()
    return warm_group


def killed_at_moments(group: Group, moments: int, seed: int) -> list[str]:
    chance = random.Random(seed)
    found = []
    for _ in range(moments):
        group.reset()
        moment = chance.uniform(0, group.seconds * 1.05)
        group.refresh(kill_after=moment)
        found.append(group.check(f"{moment:.3f} of {group.seconds:.3f} s"))
    group.mend()
    return found


def killed_at_steps(group: Group, steps: list[int]) -> list[str]:
    found = []
    for step in steps:
        group.reset()
        assert group.refresh(kill_at_step=step) == (-9 if step <= group.steps else 0)
        found.append(group.check(f"step {step} of {group.steps}"))
    group.mend()
    return found


def test_killed_at_six_moments(group: Group) -> None:
    killed_at_moments(group, 6, seed=20260829)


def test_killed_at_eight_steps_on_the_disk(group: Group) -> None:
    last = group.steps
    found = killed_at_steps(group, [1, last // 3, *range(last - 14, last + 1, 3), last + 1])
    assert found[0] == "old"
    assert found[-1] == "new"


def test_readers_find_the_pair_while_it_is_replaced(group: Group) -> None:
    """A refresh runs; whoever looks finds both tables, and neither is half there."""
    run = Run(
        ["data", "refresh", SOURCE, "--from", str(group.root / "new"), "--taken", "2026-08-29"],
        str(group.root / "output"),
    )
    reader = Run(["data", "verify"], str(group.root / "reader"))
    assert group.refresher.run(run, reader) == [0, 0], (group.root / "reader").read_text()
    assert group.check("a reader") == "new"


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_thirty_moments(group: Group, seed: int) -> None:
    assert set(killed_at_moments(group, 30, seed)) <= {"old", "new"}


@pytest.mark.torture
def test_killed_before_every_step_on_the_disk(group: Group) -> None:
    found = killed_at_steps(group, list(range(1, group.steps + 2)))
    assert found == sorted(found, reverse=True), "once it is new it stays new"
    assert {"old", "new"} == set(found)
