"""Whether this machine can put strangers behind walls, and if not, why."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from academy.isolation import cgroups, syscalls
from academy.isolation.identity import FIRST_UID
from academy.isolation.view import View, enter_view

_NEEDED = {
    "a process space of its own": syscalls.CLONE_NEWPID,
    "a file system view of its own": syscalls.CLONE_NEWNS,
    "a network of its own": syscalls.CLONE_NEWNET,
    "shared memory of its own": syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS,
}


@cache
def why_not() -> tuple[str, ...]:
    """Return the reasons why processes can't be isolated here; empty when they can.

    Each wall is tried for real, in a child process that ends at once.
    """
    if sys.platform != "linux":
        return ("only Linux has the walls (namespaces) that are needed",)
    if os.geteuid() != 0:
        return ("only root may give each learner an identity, and another user starts this",)
    refused = [words for words, flag in _NEEDED.items() if not _works(partial(_unshare, flag))]
    if refused:
        return tuple(f"this machine refuses {words}" for words in refused)
    if not _works(_become_somebody):
        return ("this machine refuses to give a process another user id",)
    if not _works(_build):
        return ("this machine refuses to mount a private file system view",)
    return ()


def _works(action: Callable[[], None]) -> bool:
    child = os.fork()
    if child == 0:
        status = 1
        try:
            action()
            status = 0
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def _unshare(flags: int) -> None:
    syscalls.unshare(flags)
    if flags == syscalls.CLONE_NEWNET:
        syscalls.bring_up_loopback()


def _become_somebody() -> None:
    os.setgroups([])
    os.setresgid(FIRST_UID, FIRST_UID, FIRST_UID)
    os.setresuid(FIRST_UID, FIRST_UID, FIRST_UID)


def _build() -> None:
    """Build a view in a process space of its own, as the launcher does."""
    syscalls.unshare(syscalls.CLONE_NEWPID | syscalls.CLONE_NEWNS)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            enter_view(View(tmp_bytes=1 << 20), os.getuid())
            status = 0 if Path("/usr").is_dir() and not Path("/root").exists() else 1
        finally:
            os._exit(status)
    if os.waitpid(child, 0)[1]:
        raise OSError("the view could not be built")


def limits_in_words() -> str:
    """Return in a sentence which limits control groups hold here and which rlimits do."""
    usable = {one.name: f"cgroup v{one.version}" for one in cgroups.usable()}
    words = {"memory": "memory", "pids": "processes", "cpu": "processor time"}
    without = {"memory": "rlimit, per process", "pids": "rlimit", "cpu": "not limited"}
    parts = [f"{words[name]} ({usable.get(name, without[name])})" for name in words]
    return f"Limits: {', '.join(parts)}, open files, file size and private /tmp (always)."
