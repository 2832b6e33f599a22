"""Control groups, version 1 or 2: each controller is used where it can be written.

A group is made for each view, holds all of its processes, and is removed when the view ends.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass
from pathlib import Path

from academy.isolation.limits import Limits

ROOT = Path("/sys/fs/cgroup")
OURS = "academy"
CONTROLLERS = ("memory", "pids", "cpu")
_PERIOD_MICROSECONDS = 100_000


@dataclass(frozen=True)
class Controller:
    """One controller that can be used here.

    Parameters
    ----------
    name
        ``memory``, ``pids`` or ``cpu``.
    version
        Of the cgroup hierarchy: 1 or 2.
    folder
        Where groups of this controller are made.
    """

    name: str
    version: int
    folder: Path


def usable(root: Path = ROOT) -> list[Controller]:
    """Return the controllers in which this process can make groups, tried one by one."""
    found = (_version_1(root, name) or _version_2(root, name) for name in CONTROLLERS)
    return [controller for controller in found if controller]


def _version_1(root: Path, name: str) -> Controller | None:
    base = root / name
    if not (base / "cgroup.procs").exists() or (root / "cgroup.controllers").exists():
        return None
    return Controller(name, 1, base / OURS) if _can_make(base / OURS) else None


def _version_2(root: Path, name: str) -> Controller | None:
    for base in (root, root / "unified"):
        listed = base / "cgroup.controllers"
        if not listed.exists() or name not in listed.read_text().split():
            continue
        if not _can_make(base / OURS):
            return None
        try:
            for parent in (base, base / OURS):
                (parent / "cgroup.subtree_control").write_text(f"+{name}")
        except OSError:
            return None
        return Controller(name, 2, base / OURS)
    return None


def _can_make(folder: Path) -> bool:
    try:
        folder.mkdir(exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def settings(controller: Controller, limits: Limits) -> dict[str, str]:
    """Return which file of a group gets which value; empty when nothing is to be limited."""
    if controller.name == "memory":
        first = controller.version == 1
        swap = "memory.memsw.limit_in_bytes" if first else "memory.swap.max"
        return {
            "memory.limit_in_bytes" if first else "memory.max": str(limits.memory_bytes),
            swap: str(limits.memory_bytes) if first else "0",
        }
    if controller.name == "pids":
        return {"pids.max": str(limits.processes)}
    if not limits.cpus:
        return {}
    quota = int(limits.cpus * _PERIOD_MICROSECONDS)
    if controller.version == 1:
        return {"cpu.cfs_period_us": str(_PERIOD_MICROSECONDS), "cpu.cfs_quota_us": str(quota)}
    return {"cpu.max": f"{quota} {_PERIOD_MICROSECONDS}"}


# A kernel without swap accounting has no such file; then there is no swap limit to set.
_OPTIONAL = ("memory.memsw.limit_in_bytes", "memory.swap.max")


class Group:
    """The groups of one view, one a controller (in version 2 they are one folder).

    Parameters
    ----------
    name
        Unique on this machine, e.g. ``200007-4711``.
    controllers
        By `usable`.
    """

    def __init__(self, name: str, controllers: list[Controller]) -> None:
        self.name = name
        self.controllers = controllers
        self.holds: set[str] = set()

    @property
    def folders(self) -> list[Path]:
        """The folders of this group, each once."""
        return list(dict.fromkeys(one.folder / self.name for one in self.controllers))

    def make(self, limits: Limits) -> None:
        """Make the groups and set the limits; `holds` then names the controllers that took them."""
        for controller in self.controllers:
            with contextlib.suppress(OSError):
                _make_group(controller.folder / self.name, settings(controller, limits))
                self.holds.add(controller.name)

    def enter(self) -> None:
        """Move this process into the group; everything that it starts is in it too."""
        for door in self.open():
            with os.fdopen(door, "w") as file:
                file.write("0")

    def open(self) -> list[int]:
        """Return descriptors; a process is in the group when its number is written to each."""
        held = (one.folder / self.name for one in self.controllers if one.name in self.holds)
        flags = os.O_WRONLY | os.O_CLOEXEC
        return [os.open(folder / "cgroup.procs", flags) for folder in dict.fromkeys(held)]

    def remove(self) -> None:
        """Remove the groups; the last process may take a moment to leave them."""
        for folder in self.folders:
            for _ in range(50):
                with contextlib.suppress(FileNotFoundError):
                    try:
                        folder.rmdir()
                    except OSError:
                        time.sleep(0.02)
                        continue
                break


def _make_group(folder: Path, values: dict[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    for name, value in values.items():
        if name in _OPTIONAL and not (folder / name).exists():
            continue
        (folder / name).write_text(value)


def remove_empty(root: Path = ROOT) -> None:
    """Remove groups that launchers which were killed left behind; those in use stay."""
    for controller in usable(root):
        for folder in controller.folder.iterdir():
            launcher = folder.name.rpartition("-")[2]
            if folder.is_dir() and not Path(f"/proc/{launcher}").exists():
                with contextlib.suppress(OSError):
                    folder.rmdir()
