"""The maker of sandboxes: ``python -m academy.forkserver.maker``, started by `making`.

Two processes. The *keeper* stays outside: it holds what belongs to the maker, and clears away all
of it when the maker, or who started it, is gone. The *maker* is the first process of a process
space of its own, so whatever it made ends with it. It sees the base view and nothing of a course;
it imports what lessons use, then forks a sandbox for each who asks and may.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from academy import paths
from academy.errors import AcademyError
from academy.forkserver import cellinside, cellview, fresh, warm
from academy.forkserver.cellparent import WARM, Maker
from academy.forkserver.order import CELLS, READY, Order, read_order
from academy.forkserver.parent import Forked
from academy.forkserver.uidblock import Block
from academy.isolation import cgroups, syscalls
from academy.isolation.cgroups import Controller, Group
from academy.isolation.view import enter_view

_HOME = "/tmp/maker"


def main() -> NoReturn:
    """Be the keeper: start the maker, and clear away when it has ended."""
    order = read_order(sys.stdin.buffer.read())
    os.environ[paths.STATE_VARIABLE] = order.state
    syscalls.end_with_parent(signal.SIGTERM)
    if os.getppid() != order.starter:  # it died before it could be watched
        sys.exit(1)
    del sys.path[0]  # where it was started
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C; who asked ends us
    syscalls.set_name("academy-keeper")
    with suppress(OSError):
        cgroups.remove_empty()
    try:
        maker = _fork_maker(order)
    except (OSError, AcademyError) as error:
        _say(order, f"this machine refuses a process space of its own ({_in_words(error)})")
        sys.exit(1)
    _keep(order, maker)


def _fork_maker(order: Order) -> int:
    block = Block() if os.geteuid() == 0 else None
    keeper = os.getpid()
    controllers = cgroups.usable() if block else []
    if block is None:
        syscalls.enter_user_namespace(syscalls.CLONE_NEWPID)
    else:
        syscalls.unshare(syscalls.CLONE_NEWPID)
    # From here on a wish to end waits until there is somebody to end.
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    number = os.fork()
    if number == 0:
        _become_maker(order, keeper, block, controllers)
    os.close(order.door)
    os.close(order.report)
    return number


def _keep(order: Order, maker: int) -> NoReturn:
    """Wait for the maker's end, bring it about when it is wished, and clear away."""

    def end(_number: int, _frame: FrameType | None) -> None:
        os.kill(maker, signal.SIGKILL)

    signal.signal(signal.SIGTERM, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    os.waitpid(maker, 0)
    # A starter that lives may start the next maker, in the same folder.
    is_alone = os.getppid() != order.starter
    _clear(Path(order.folder), everything=is_alone)
    for one in cgroups.usable():
        for folder in one.folder.glob(f"*-{os.getpid()}"):
            Group(folder.name, [one]).remove()
    sys.exit(0)


def _clear(folder: Path, *, everything: bool) -> None:
    for cell in (folder / CELLS).glob("*"):
        shutil.rmtree(cell, ignore_errors=True)
    if everything:
        shutil.rmtree(folder, ignore_errors=True)


def _become_maker(
    order: Order, keeper: int, block: Block | None, controllers: list[Controller]
) -> NoReturn:
    status = 1
    try:
        syscalls.end_with_parent(signal.SIGKILL)
        _close_others(order)
        _enter_base_view(order, controllers)
        maker = Maker(order, keeper, block, cellview.inside(controllers))
        _rehearse(order, maker, is_root=block is not None)
        os.close(order.report)
        if order.at_once:
            warm.import_once(WARM)
        _serve(maker)
    finally:
        os._exit(status)


def _close_others(order: Order) -> None:
    kept = {0, 1, 2, order.door, order.report}
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number not in kept:
            with suppress(OSError):
                os.close(number)


def _enter_base_view(order: Order, controllers: list[Controller]) -> None:
    syscalls.set_name("academy-maker")
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.umask(0o022)
    try:
        syscalls.unshare(
            syscalls.CLONE_NEWNS
            | syscalls.CLONE_NEWIPC
            | syscalls.CLONE_NEWUTS
            | syscalls.CLONE_NEWNET
        )
        enter_view(cellview.base_view(Path(order.folder) / CELLS, controllers), os.geteuid())
    except OSError as error:
        _say(
            order, f"this machine refuses to build a private file system view ({_in_words(error)})"
        )
        raise
    Path(_HOME).mkdir()
    os.environ |= {"HOME": _HOME, "MPLCONFIGDIR": _HOME}


def _rehearse(order: Order, maker: Maker, *, is_root: bool) -> None:
    """Try once what each sandbox needs, and say whether it can be had."""
    number = maker.fork()
    if number == 0:
        try:
            cellinside.rehearse(is_root=is_root)
        except OSError as error:
            _say(order, f"this machine refuses what a sandbox needs ({_in_words(error)})")
            os._exit(1)
        os._exit(0)
    if os.waitpid(number, 0)[1]:
        os._exit(1)
    _say(order, READY)


def _in_words(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _say(order: Order, words: str) -> None:
    os.write(order.report, words.encode())


def _serve(maker: Maker) -> NoReturn:
    fresh.restore_signals()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        maker.serve()
    except Forked as forked:
        cell, descriptors = forked.message["made"], forked.descriptors
    else:
        os._exit(0)
    cellinside.first_process(cell, descriptors)


if __name__ == "__main__":
    main()
