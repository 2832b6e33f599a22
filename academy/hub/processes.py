"""Processes: keeping hold of everything that was started, and ending all of it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans() -> None:
    """Become the parent of every orphan below this process (Linux; elsewhere nothing happens)."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent(number: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel for a signal when the parent dies (Linux; elsewhere nothing happens)."""
    _prctl(_PR_SET_PDEATHSIG, int(number))


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def descendants() -> list[psutil.Process]:
    """Return every process below this one."""
    return psutil.Process().children(recursive=True)


def end_services(seconds: float) -> None:
    """End what a hub that was killed left behind, but for learners' servers.

    Its services hold tokens that the next hub does not know, and ports that it needs.

    Parameters
    ----------
    seconds
        How long they may take to end by themselves.
    """
    services = [process for process in psutil.Process().children() if _is_service(process)]
    for process in services:
        with suppress(psutil.Error):
            process.terminate()
    _, survivors = psutil.wait_procs(services, timeout=seconds)
    for process in survivors:
        with suppress(psutil.Error):
            process.kill()


def _is_service(process: psutil.Process) -> bool:
    """Tell whether the hub started a process as its service, and not for a learner."""
    try:
        variables = process.environ()
    except psutil.Error:
        return False
    return variables.get("JUPYTERHUB_CLIENT_ID", "").startswith("service-")


def end_all(known: list[psutil.Process], seconds: float) -> int:
    """End processes: ask, wait, then kill; also those that appear meanwhile below this one.

    Parameters
    ----------
    known
        Processes that were ours, some of which may be gone.
    seconds
        How long they may take to end by themselves.

    Returns
    -------
    int
        How many had to be killed.
    """
    processes = {*known, *descendants()}
    for process in processes:
        with suppress(psutil.Error):
            process.terminate()
    psutil.wait_procs(processes, timeout=seconds)
    survivors = [one for one in {*processes, *descendants()} if is_alive(one)]
    for process in survivors:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(survivors, timeout=5)
    return len(survivors)


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs (a zombie does not)."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def reap() -> dict[int, int]:
    """Collect ended children, orphans too; return exit codes by process id."""
    ended: dict[int, int] = {}
    with suppress(ChildProcessError):
        while True:
            number, status = os.waitpid(-1, os.WNOHANG)
            if number == 0:
                break
            ended[number] = os.waitstatus_to_exitcode(status)
    return ended


def watch_make() -> Callable[[], bool] | None:
    """Return a function that tells whether the ``make`` above us was told to stop.

    ``make`` passes SIGTERM on to what it runs, but on SIGINT and SIGHUP it only waits for it,
    and takes its own handler for that signal away. The loss of a handler is what we look for.

    Returns
    -------
    callable or None
        None when no ``make`` runs us or the system does not show its handlers.
    """
    status = Path(f"/proc/{os.getppid()}/status")
    if "MAKELEVEL" not in os.environ or not status.exists():
        return None
    end_with_parent()
    first = _caught(status)

    def told_to_stop() -> bool:
        return first & ~_caught(status) != 0

    return told_to_stop


def _caught(status: Path) -> int:
    """Return which of the three ending signals a process catches, as bits."""
    with suppress(OSError):
        for line in status.read_text().splitlines():
            if line.startswith("SigCgt:"):
                ending = sum(1 << (n - 1) for n in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM))
                return int(line.split()[1], 16) & ending
    return 0
