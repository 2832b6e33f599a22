"""The class whose learners try something: where all that they want lies, and who listens."""

from __future__ import annotations

import json
import os
import secrets
import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import psutil

from attacks.breakouts.catalogue import PREAMBLE, Breakout
from grading.classroom import ASSIGNMENT, COURSE, make_course, solve

NEIGHBOUR = "neighbour"
NEIGHBOURS_POINTS = 7
MIB = 1 << 20
#: Lower than the Academy's own, where that only saves time.
LIMITS: dict[str, int] = {
    "seconds": 30,
    "cpu_seconds": 15,
    "memory_bytes": 900 * MIB,
    "processes": 80,
    "disk_bytes": 64 * MIB,
    "file_bytes": 32 * MIB,
}
CELL_SECONDS = 6


@dataclass
class Listeners:
    """Those who listen outside, and who reached them."""

    heard: set[str] = field(default_factory=set)
    _open: list[socket.socket] = field(default_factory=list)

    def add(self, kind: int, address: Any, how: int = socket.SOCK_STREAM) -> Any:
        line = socket.socket(kind, how)
        line.bind(address)
        if how == socket.SOCK_STREAM:
            line.listen(50)
        self._open.append(line)
        threading.Thread(target=self._hear, args=(line, how), daemon=True).start()
        return line.getsockname()

    def _hear(self, line: socket.socket, how: int) -> None:
        while True:
            try:
                one = line if how == socket.SOCK_DGRAM else line.accept()[0]
                self.heard.add(one.recv(100).decode())
            except OSError:
                return

    def close(self) -> None:
        for line in self._open:
            line.close()


def with_code(notebook: Any, code: str, targets: dict[str, Any]) -> None:
    """Put code in the place of the first answer of a notebook, as JSON has it."""
    source = PREAMBLE.format(targets=json.dumps(targets)) + code
    (own,) = [
        one
        for one in notebook["cells"]
        if one["metadata"].get("nbgrader", {}).get("grade_id") == "add"
    ]
    own["source"] = source


@contextmanager
def outside_of(folder: Path) -> Iterator[tuple[Listeners, dict[str, Any]]]:
    """Have listeners and files outside of the sandboxes, and say where they are."""
    listeners = Listeners()
    address = _own_address()
    abstract = f"academy-attempt-{secrets.token_hex(6)}"
    listeners.add(socket.AF_UNIX, f"\0{abstract}")
    listeners.add(socket.AF_UNIX, str(folder / "socket"))
    (folder / "socket").chmod(0o777)
    folder.chmod(0o755)
    try:
        yield (
            listeners,
            {
                "port": listeners.add(socket.AF_INET, ("127.0.0.1", 0))[1],
                "port_six": _port_six(listeners),
                "address": address,
                "port_outside": listeners.add(socket.AF_INET, (address, 0))[1],
                "port_datagrams": listeners.add(socket.AF_INET, (address, 0), socket.SOCK_DGRAM)[1],
                "abstract": abstract,
                "socket": str(folder / "socket"),
                "evidence": str(folder / "evidence"),
                "secret": secrets.token_hex(16),
            },
        )
    finally:
        listeners.close()


def _port_six(listeners: Listeners) -> int:
    try:
        return int(listeners.add(socket.AF_INET6, ("::1", 0))[1])
    except OSError:  # this machine has none
        return 9


def _own_address() -> str:
    """Return the machine's address in its own network; its loopback where there is none."""
    for addresses in psutil.net_if_addrs().values():
        for one in addresses:
            if one.family == socket.AF_INET and not one.address.startswith("127."):
                return str(one.address)
    return "127.0.0.1"


def class_of(
    base: Path, some: Collection[Breakout], outside: dict[str, Any]
) -> tuple[Path, dict[str, Any]]:
    """Make a course whose learners have handed in; return its folder, and where everything is."""
    from academy.grading import steps
    from academy.grading.gradebook import ensure_gradebook

    root = make_course(base / "state")
    (root / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.Execute.timeout = {CELL_SECONDS}\nc.Execute.iopub_timeout = 2\n"
        f"c.SandboxManager.limits = {LIMITS}\n",
        encoding="utf-8",
    )
    ensure_gradebook(COURSE)
    steps.release(COURSE, ASSIGNMENT)
    _hand_in(root, NEIGHBOUR)
    targets = {**_targets(base, root), **outside, **LIMITS, "graders": _graders()}
    for one in some:
        _lay(_hand_in(root, one.name), one, {**targets, "own": [f"{root}/submitted/{one.name}"]})
    return root, targets


def _targets(base: Path, root: Path) -> dict[str, Any]:
    """Say where everything lies that an attempt might want."""
    from academy import paths
    from academy.grading.receipts import record_file

    notebook = f"{ASSIGNMENT}/{ASSIGNMENT}.ipynb"
    record = record_file(COURSE)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text("{}\n", encoding="utf-8")
    home, graded = base / "home", root / "autograded" / "before"
    work = root / ".grading" / ASSIGNMENT
    for place in (home, graded, work / "runs", work / "graded"):
        place.mkdir(parents=True, exist_ok=True)
    (graded / "of-a-peer.ipynb").write_text("{}", encoding="utf-8")
    (home / "key").write_text("secret", encoding="utf-8")
    real = paths.checkout() / "courses" / "start-here"
    return {
        "course": str(root),
        "solutions": [f"{root}/source/{notebook}", f"{root}/source"],
        "release": [f"{root}/release/{notebook}", f"{root}/release"],
        "gradebook": f"{root}/gradebook.db",
        "peer": [f"{root}/submitted/{NEIGHBOUR}/{notebook}", f"{root}/submitted"],
        "graded": [f"{graded}/of-a-peer.ipynb"],
        "receipts": str(record),
        "run": str(work / "runs"),
        "ledger": str(work / "graded"),
        "home": str(home),
        "home_file": str(home / "key"),
        "checkout": [str(real / "source"), str(real / "answers"), str(paths.checkout() / ".git")],
    }


def _graders() -> list[int]:
    """Return the numbers of the processes that must not be ended, and some more."""
    return [os.getpid(), os.getppid(), *range(os.getpid() + 1, os.getpid() + 60)]


def _hand_in(root: Path, learner: str) -> Path:
    folder = root / "submitted" / learner / ASSIGNMENT
    folder.mkdir(parents=True)
    released = root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC", encoding="utf-8")
    notebook: Any = nbformat.read(released, as_version=4)  # type: ignore[no-untyped-call]
    if learner == NEIGHBOUR:
        solve(notebook)
    nbformat.write(notebook, folder / released.name)  # type: ignore[no-untyped-call]
    return folder


def _lay(folder: Path, one: Breakout, targets: dict[str, Any]) -> None:
    path = folder / f"{ASSIGNMENT}.ipynb"
    if one.code:
        notebook = json.loads(path.read_bytes())
        with_code(notebook, one.code, targets)
        path.write_text(json.dumps(notebook), encoding="utf-8")
    if one.lay:
        one.lay(folder, targets)
