from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from academy import paths
from academy.isolation import launch, support
from academy.isolation.launch import Plan
from academy.isolation.limits import Limits
from academy.isolation.view import Bind, View, account_files

UID = 399_001

needs_walls = pytest.mark.skipif(
    bool(support.why_not()), reason=f"no walls here: {'; '.join(support.why_not())}"
)


def interpreter() -> list[Bind]:
    """What Python needs behind a wall."""
    return [Bind(sys.base_prefix), Bind(sys.prefix), Bind(str(paths.checkout() / "academy"))]


@dataclass
class Cell:
    """A place behind a wall in which tests run Python."""

    home: Path
    uid: int = UID
    limits: Limits = field(default_factory=Limits)
    binds: tuple[Bind, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def plan(self, script: str, **changes: Any) -> Plan:
        """Return the plan that runs a script in this place."""
        view = View(
            (*interpreter(), Bind(str(self.home), writable=True), *self.binds),
            account_files([("ana", self.uid, str(self.home))]),
            (f"/run/academy/{self.uid}",),
            self.limits.tmp_bytes,
        )
        settings = {"limits": self.limits, "speaks_for_itself": True, **self.extra, **changes}
        return Plan([sys.executable, "-c", script], self.uid, str(self.home), view, **settings)

    def start(self, script: str, **changes: Any) -> subprocess.Popen[str]:
        """Start a script."""
        plan = self.plan(script, **changes)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **plan.to_environment()}
        return subprocess.Popen(
            launch.command(),
            env=environment,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            pass_fds=[plan.door] if plan.door >= 0 else [],
        )

    def run(self, script: str, **changes: Any) -> subprocess.CompletedProcess[str]:
        """Run a script to its end."""
        process = self.start(script, **changes)
        said, wrong = process.communicate(timeout=60)
        return subprocess.CompletedProcess(script, process.returncode, said, wrong)


@pytest.fixture
def cell() -> Iterator[Cell]:
    """A place of its own, in a folder that the uid may reach only behind the wall."""
    with tempfile.TemporaryDirectory(prefix="academy-cell-") as name:
        home = Path(name) / "home"
        home.mkdir(mode=0o700)
        os.chown(home, UID, UID)
        yield Cell(home)


@pytest.fixture
def another_cell(cell: Cell) -> Callable[[int], Cell]:
    """Make a place for another user id beside the first."""

    def make(uid: int) -> Cell:
        home = cell.home.parent / str(uid)
        home.mkdir(mode=0o700)
        os.chown(home, uid, uid)
        return Cell(home, uid)

    return make
