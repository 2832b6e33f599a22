"""Inside a sandbox: its first process, and the kernel.

The order matters. The kernel starts in an empty home; when it listens, the folder of its sockets is
closed to writing; then the first process becomes the stranger too, and lays out the submission.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from academy import paths
from academy.forkserver import bundle, cellview, fresh, kernel, protocol, warm
from academy.forkserver.cell import COULD_NOT_BUILD, Cell
from academy.isolation import syscalls
from academy.isolation.become import become

#: How many descriptors come with a request, and which of them is the lifeline.
DESCRIPTORS, LIFELINE = 4, 2
#: What the kernel's sockets are called, before their number.
SOCKETS = "k"
_CONNECTION = Path("/run/kernel.json")
#: Signals that who asked for a sandbox may send to its kernel, each as one byte.
FORWARDED = (signal.SIGINT, signal.SIGTERM)
_OWN_NAMESPACES = (
    syscalls.CLONE_NEWNS
    | syscalls.CLONE_NEWIPC
    | syscalls.CLONE_NEWUTS
    | syscalls.CLONE_NEWNET  # whose loopback stays switched off
)


def first_process(cell: Cell, descriptors: Sequence[int]) -> NoReturn:
    """Be the first process of a sandbox's process space, until its kernel ends.

    Parameters
    ----------
    cell
        The sandbox.
    descriptors
        The request (a memory file: ``arguments``, ``connection``), the submission's files (a
        memory file), a socket whose other end is held by who asked, an event that says that all
        is ready.
    """
    status = COULD_NOT_BUILD
    try:
        syscalls.end_with_parent(signal.SIGKILL)
        syscalls.set_name("academy-cell")
        fresh.restore_signals()
        _keep_only(descriptors)
        doors = cell.group.open()
        syscalls.unshare(_OWN_NAMESPACES)
        socket.sethostname("academy")
        cellview.furnish(cell.name, cell.uid, cell.gid, cell.limits.disk_bytes)
        os.environ[paths.STATE_VARIABLE] = str(cellview.STATE)
        request = protocol.read_memory_file(descriptors[0])
        status = _live(cell, request, descriptors[1:], doors)
    except BaseException as error:  # noqa: BLE001 - it is said, and the process ends
        print(f"A sandbox could not be built: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def rehearse(*, is_root: bool) -> None:
    """Do what a machine may refuse to a sandbox, and nothing else.

    Raises
    ------
    OSError
        When it is refused.
    """
    syscalls.unshare(_OWN_NAMESPACES)
    cellview.rehearse()
    if not is_root:
        syscalls.enter_user_namespace()


def _keep_only(descriptors: Sequence[int]) -> None:
    """Close all but the three streams, what belongs to the request, and what libraries hold."""
    kept = {0, 1, 2, *descriptors, *warm.held()}
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number not in kept:
            with suppress(OSError):
                os.close(number)


def _live(
    cell: Cell, request: dict[str, Any], descriptors: Sequence[int], doors: Sequence[int]
) -> int:
    """Start the kernel, lay out the submission, keep watch; return how the kernel ended."""
    files, lifeline, ready = descriptors
    listens = os.eventfd(0, os.EFD_CLOEXEC)
    woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    _write_connection({**request["connection"], "ip": str(cellview.SHARED / SOCKETS)}, cell)
    child = os.fork()
    if child == 0:
        _keep_only([listens])
        _become_kernel(cell, request["arguments"], listens)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, _note)
    # The system takes its time to move processes; the kernel meanwhile gets ready.
    _enter(doors, child)
    cellview.link_data()
    _await(listens, woken)
    cellview.close_shared()
    _become_stranger(cell)
    syscalls.hide_memory()
    bundle.unpack(files, cellview.WORK)
    os.eventfd_write(ready, 1)
    protocol.close_all([files, ready, listens])
    return _keep_watch(child, lifeline, woken)


def _enter(doors: Sequence[int], child: int) -> None:
    """Move this process and the kernel into the control group."""
    for door in doors:
        with suppress(ProcessLookupError):  # a kernel that has ended already
            for number in (os.getpid(), child):
                os.write(door, str(number).encode())
    protocol.close_all(doors)


def _become_stranger(cell: Cell) -> None:
    groups: list[int] | None = [] if cell.is_root else None
    become(cell.uid, cell.gid, groups, cell.limits.of_processes(), cell.group.holds)
    os.umask(0o007)


def _become_kernel(cell: Cell, arguments: list[str], listens: int) -> NoReturn:
    def run() -> None:
        if not cell.is_root:
            # A user's processes are counted by namespace: here, those of this sandbox alone.
            syscalls.enter_user_namespace()
        _become_stranger(cell)
        os.setsid()
        syscalls.set_name("academy-kernel")
        fresh.restore_signals()
        cellview.WORK.mkdir()
        fresh.renew(_environment(), str(cellview.WORK), arguments)
        kernel.launch(arguments[1:], listens)

    nothing = os.open(os.devnull, os.O_RDWR)
    for number in range(3):
        os.dup2(nothing, number)
    os.close(nothing)
    fresh.run_and_end(run)


def _environment() -> dict[str, str]:
    """Return what a lesson needs, and nothing of anybody's."""
    return {
        **kernel.USUAL,
        "HOME": str(cellview.HOME),
        "LANG": "C.UTF-8",
        "LOGNAME": "learner",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin:/usr/bin:/bin"]),
        "SHELL": "/bin/bash",
        "USER": "learner",
        paths.STATE_VARIABLE: str(cellview.STATE),
    }


def connection_arguments(arguments: Sequence[str]) -> list[str]:
    """Return a kernel's arguments with the connection file as it is named inside."""
    inside = list(arguments)
    inside[inside.index("-f") + 1] = str(_CONNECTION)
    return inside


def _write_connection(connection: dict[str, Any], cell: Cell) -> None:
    number = os.open(_CONNECTION, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "w", encoding="ascii") as file:
        os.fchown(number, cell.uid, cell.gid)
        json.dump(connection, file)


def _await(listens: int, woken: int) -> None:
    """Wait until the kernel listens, or until it has ended already."""
    waiting = select.poll()
    for number in (listens, woken):
        waiting.register(number, select.POLLIN)
    waiting.poll()


def _keep_watch(child: int, lifeline: int, woken: int) -> int:
    """Pass signals on and take in orphans until the kernel ends; return how it ended."""
    connection = socket.socket(fileno=lifeline)
    waiting = select.poll()
    for number in (lifeline, woken):
        waiting.register(number, select.POLLIN)
    while True:
        code = _take_in(child)
        if code is not None:
            return code if code >= 0 else 128 - code
        for number, _ in waiting.poll():
            if number == lifeline:
                _pass_on(_hear(connection), child)
            else:
                os.read(woken, 512)


def _take_in(child: int) -> int | None:
    """Take in all that have ended; return the kernel's code if it is one of them."""
    while True:
        number, status = os.waitpid(-1, os.WNOHANG)
        if number == child:
            return os.waitstatus_to_exitcode(status)
        if number == 0:
            return None


def _hear(connection: socket.socket) -> bytes:
    with suppress(OSError):
        return connection.recv(64)
    return b""


def _pass_on(said: bytes, child: int) -> None:
    if not said:  # who asked is gone; the maker ends us in a moment
        os._exit(0)
    for number in said:
        if number in FORWARDED:
            with suppress(ProcessLookupError):
                os.killpg(child, number)


def _note(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: the signal's number is in the pipe already."""
