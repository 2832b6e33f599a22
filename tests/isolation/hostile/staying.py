"""Staying after the server was stopped. Whether it worked is judged from outside."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from .catalogue import Facts, Outcome, attempt, held, planted
from .system import LIBC

STAYING = "Living on after the server was stopped"
LIVES_SECONDS = 900


def beat(facts: Facts, name: str, prepare: Callable[[], None]) -> Outcome:
    """Leave a process behind that writes the time to a file of the home, over and over."""
    file = facts.home / f"beat-{name}"
    if os.fork() == 0:
        prepare()
        _beat(file)
    deadline = time.monotonic() + 5
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return planted(f"it writes {file.name}") if file.exists() else held("it did not even start")


def _beat(file: Path) -> None:
    os.closerange(0, 4096)
    deadline = time.monotonic() + LIVES_SECONDS
    while time.monotonic() < deadline:
        file.write_text(f"{time.time()}")
        time.sleep(0.2)
    os._exit(0)


def _daemonise() -> None:
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")


def _ignore_everything() -> None:
    for number in range(1, signal.NSIG):
        if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33):
            signal.signal(number, signal.SIG_IGN)


@attempt(STAYING)
def stay_by_double_fork(facts: Facts) -> Outcome:
    """Leave a process in a session of its own, without a parent that knows it."""
    return beat(facts, "double-fork", _daemonise)


@attempt(STAYING)
def stay_by_deafness(facts: Facts) -> Outcome:
    """Leave a process that ignores every signal that can be ignored, as nohup does."""

    def prepare() -> None:
        _daemonise()
        _ignore_everything()

    return beat(facts, "deaf", prepare)


@attempt(STAYING)
def stay_under_another_name(facts: Facts) -> Outcome:
    """Leave a process that calls itself like one of the hub's."""

    def prepare() -> None:
        _daemonise()
        LIBC.prctl(15, ctypes.c_char_p(b"jupyterhub"), 0, 0, 0)

    return beat(facts, "renamed", prepare)


@attempt(STAYING)
def stay_by_forking_on(facts: Facts) -> Outcome:
    """Leave a process that is always a new one: each lives a moment and starts the next."""
    file = facts.home / "beat-forking"
    if os.fork() == 0:
        _daemonise()
        os.closerange(0, 4096)
        deadline = time.monotonic() + LIVES_SECONDS
        while time.monotonic() < deadline:
            file.write_text(f"{time.time()}")
            time.sleep(0.02)
            if os.fork():
                os._exit(0)
        os._exit(0)
    time.sleep(0.5)
    return planted("it writes beat-forking")


@attempt(STAYING)
def stay_as_an_orphan_keeper(facts: Facts) -> Outcome:
    """Leave a process that adopts orphans, so that they are not handed up to the launcher."""

    def prepare() -> None:
        LIBC.prctl(36, 1, 0, 0, 0)
        _daemonise()

    return beat(facts, "keeper", prepare)
