"""The loop of the maker: it forks a sandbox for each who asks and may, and ends it in time."""

from __future__ import annotations

import os
import re
import select
import selectors
import signal
import socket
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from academy.errors import AcademyError
from academy.forkserver import cellinside, protocol, warm
from academy.forkserver.cell import KIND, Cell
from academy.forkserver.celllimits import CellLimits
from academy.forkserver.order import Order
from academy.forkserver.parent import Parent
from academy.forkserver.uidblock import Block
from academy.isolation import syscalls
from academy.isolation.cgroups import Controller

#: What a sandbox has from its first moment.
WARM = (*warm.FOR_LESSONS, *warm.FOR_KERNELS)
#: The names by which sandboxes are asked for.
_NAME = re.compile(r"[0-9a-f]{16}")
#: How soon to try again to clear away what is in use.
_AGAIN_SECONDS = 0.02


class Maker(Parent):
    """Forks sandboxes, no two of which have one user id or one name, and ends them in time.

    Parameters
    ----------
    order
        What it was told.
    keeper
        The keeper's process id, by which control groups are named.
    block
        Numbers for strangers; ``None`` for an ordinary user, who has only their own.
    controllers
        The control groups, as they are named in the base view.
    """

    def __init__(
        self, order: Order, keeper: int, block: Block | None, controllers: list[Controller]
    ) -> None:
        door = socket.socket(fileno=order.door)
        super().__init__(door, {KIND}, lambda _process, user: user in order.uids)
        self._order = order
        self._keeper = keeper
        self._block = block
        self._controllers = controllers
        self._living: dict[int, Cell] = {}
        self._left: list[Cell] = []
        #: One that was made for a process that has not begun yet.
        self._admitted: Cell | None = None
        self._own_processes = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        # It tells that an asker has gone, and nothing else of what happens on a lifeline.
        self._gone = select.epoll()
        self._selector.register(self._gone.fileno(), selectors.EVENT_READ, self._see_off)

    def admit(
        self, connection: socket.socket, message: dict[str, Any], descriptors: Sequence[int]
    ) -> dict[str, Any]:
        """Give a request the sandbox that it will have."""
        name, asked = message.get("cell"), message.get("limits")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(asked, dict):
            raise AcademyError("A sandbox's name of sixteen digits, and limits, were expected.")
        if len(descriptors) != cellinside.DESCRIPTORS:
            raise AcademyError("What belongs to a request was expected, and it is not there.")
        try:
            limits = self._order.limits.lowered(asked)
        except TypeError as error:
            raise AcademyError("Limits are numbers, and these are not.") from error
        warm.import_once(WARM)
        cell = self._cell(name, protocol.peer_group(connection), limits)
        try:
            cell.make()
        except FileExistsError as error:
            raise AcademyError("There is a sandbox of that name.") from error
        self._admitted = cell
        cell.lifeline = os.dup(descriptors[cellinside.LIFELINE])
        return {**message, "made": cell}

    def _cell(self, name: str, group: int, limits: CellLimits) -> Cell:
        uid, gid = os.geteuid(), os.getegid()
        if self._block is not None:
            used = {cell.uid for cell in (*self._living.values(), *self._left)}
            uid = gid = self._block.next(used)
        return Cell(
            name=name,
            uid=uid,
            gid=gid,
            shared_with=group,
            limits=limits,
            controllers=self._controllers,
            is_root=self._block is not None,
            keeper=self._keeper,
        )

    def fork(self) -> int:
        """Fork the first process of a new process space."""
        syscalls.unshare(syscalls.CLONE_NEWPID)
        number = -1
        try:
            number = os.fork()
        finally:
            if number != 0:
                syscalls.setns(self._own_processes, syscalls.CLONE_NEWPID)
        return number

    def began(self, number: int, watch: int, message: Mapping[str, Any]) -> None:
        """Note a sandbox that lives."""
        cell: Cell = message["made"]
        self._admitted = None
        self._living[number] = cell
        cell.watch = watch
        self._gone.register(cell.lifeline, 0)

    def ended(self, number: int, code: int) -> int:
        """Note a sandbox that has ended; a limit of time is told as the signal of a clock."""
        cell = self._living.pop(number)
        self._gone.unregister(cell.lifeline)
        self._left.append(cell)
        return -signal.SIGALRM if cell.is_late else code

    def look(self) -> float | None:
        """Clear away what was left, and end what is late."""
        if self._admitted is not None:  # it never began: no process could be made
            self._left.append(self._admitted)
            self._admitted = None
        self._left = [cell for cell in self._left if not cell.clear_away()]
        now = time.monotonic()
        for cell in self._living.values():
            if cell.end <= now and not cell.is_late:
                cell.is_late = True
                _end(cell)
        waits = [cell.end - now for cell in self._living.values() if not cell.is_late]
        return min([*waits, *([_AGAIN_SECONDS] if self._left else [])], default=None)

    def _see_off(self) -> None:
        """End the sandboxes whose askers have gone."""
        gone = {number for number, _ in self._gone.poll(0)}
        for cell in self._living.values():
            if cell.lifeline in gone:
                self._gone.modify(cell.lifeline, select.EPOLLET)
                _end(cell)


def _end(cell: Cell) -> None:
    with suppress(ProcessLookupError):  # it has ended by itself
        signal.pidfd_send_signal(cell.watch, signal.SIGKILL)
