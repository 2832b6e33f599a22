"""The loop of a process that forks on request and reports how its children end.

It has one thread and runs nothing of what it forks: a child leaves the loop by an exception,
`Forked`, which unwinds it to the outermost function, where the child becomes what was asked for.
So no socket and no descriptor of the loop is left in a child.
"""

from __future__ import annotations

import errno
import os
import select
import selectors
import signal
import socket
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import Any

from academy.errors import AcademyError
from academy.forkserver import protocol

#: A caller that stops in the middle of a message must not hold up the others.
_PATIENCE_SECONDS = 5.0


class Forked(BaseException):
    """Raised in a child: it is to become what the message asks for.

    Parameters
    ----------
    message
        The request.
    descriptors
        What came with it; they belong to the child now.
    """

    def __init__(self, message: dict[str, Any], descriptors: list[int]) -> None:
        super().__init__()
        self.message = message
        self.descriptors = descriptors


@dataclass(frozen=True)
class _Child:
    number: int
    watch: int
    connection: socket.socket


class Parent:
    """Forks on request, one child a connection.

    Parameters
    ----------
    door
        A Unix stream socket that listens.
    kinds
        What may be asked for.
    may_ask
        Tells from a caller's process and user id whether it is served.
    """

    def __init__(
        self, door: socket.socket, kinds: Collection[str], may_ask: Callable[[int, int], bool]
    ) -> None:
        self.door = door
        self.kinds = kinds
        self.may_ask = may_ask
        self._children: dict[int, _Child] = {}
        self._selector = selectors.DefaultSelector()
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
        self._is_child = False

    def serve(self) -> None:
        """Serve until the process is told to end; in a child, raise `Forked`."""
        with self._selector, closing(self.door):
            self._selector.register(self.door, selectors.EVENT_READ, self._accept)
            try:
                while True:
                    for key, _ in self._selector.select(self.look()):
                        key.data()
            finally:
                self._forget_children()

    def admit(
        self, _connection: socket.socket, message: dict[str, Any], _descriptors: Sequence[int]
    ) -> dict[str, Any]:
        """Return a request as the child is to know it.

        Raises
        ------
        AcademyError
            When it is refused.
        """
        return message

    def fork(self) -> int:
        """Fork, and return as `os.fork` does."""
        return os.fork()

    def began(self, _number: int, _watch: int, _message: Mapping[str, Any]) -> None:
        """Take note of a child that has begun."""

    def ended(self, _number: int, code: int) -> int:
        """Take note of a child that has ended; return the exit code to tell who asked for it."""
        return code

    def look(self) -> float | None:
        """See to what is due; return after how many seconds to look again, if at all."""
        return None

    def _accept(self) -> None:
        try:
            connection, _ = self.door.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._turn_away()
            return
        with ExitStack() as unless_kept:
            unless_kept.enter_context(connection)
            connection.settimeout(_PATIENCE_SECONDS)
            if not self.may_ask(*protocol.peer(connection)):
                return
            try:
                message, descriptors = protocol.receive(connection)
            except (OSError, EOFError, protocol.ProtocolError):
                return
            if self._answer(connection, message, descriptors):
                unless_kept.pop_all()

    def _turn_away(self) -> None:
        """Answer a caller although no descriptor is left; who waits would wake us for ever."""
        os.close(self._spare)
        with suppress(OSError), closing(self.door.accept()[0]) as connection:
            self._refuse(connection, "there are too many processes")
        self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def _answer(
        self, connection: socket.socket, message: dict[str, Any], descriptors: list[int]
    ) -> bool:
        """Fork; return whether the connection is needed further."""
        try:
            kind = message.get("fork")
            if not isinstance(kind, str) or kind not in self.kinds:
                self._refuse(connection, f"{kind!r} can't be forked here")
                return False
            if _has_left(connection):  # while we were busy; it does without by now
                return False
            return self._fork(connection, message, descriptors)
        finally:
            # In the child they live on: it has left by an exception that takes them along.
            if not self._is_child:
                protocol.close_all(descriptors)

    def _fork(
        self, connection: socket.socket, message: dict[str, Any], descriptors: list[int]
    ) -> bool:
        try:
            message = self.admit(connection, message, descriptors)
            number = self.fork()
        except AcademyError as error:
            self._refuse(connection, str(error))
            return False
        except OSError as error:
            self._refuse(connection, f"no process can be made: {error.strerror}")
            return False
        if number == 0:
            self._is_child = True
            raise Forked(message, descriptors)
        try:
            watch = os.pidfd_open(number)
        except OSError as error:  # there is no descriptor left
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
            self._refuse(connection, f"no process can be watched: {error.strerror}")
            return False
        self._children[number] = _Child(number, watch, connection)
        self.began(number, watch, message)
        self._selector.register(watch, selectors.EVENT_READ, lambda: self._bury(number))
        try:
            protocol.send(connection, {"process": number}, [watch])
        except OSError:  # nobody knows of the child, so nobody would end it
            signal.pidfd_send_signal(watch, signal.SIGKILL)
        return True

    def _refuse(self, connection: socket.socket, why: str) -> None:
        with suppress(OSError):
            protocol.send(connection, {"error": why})

    def _bury(self, number: int) -> None:
        """Take in a child that has ended, and tell who asked for it."""
        child = self._children.pop(number)
        self._selector.unregister(child.watch)
        os.close(child.watch)
        _, status = os.waitpid(number, 0)
        code = self.ended(number, os.waitstatus_to_exitcode(status))
        with closing(child.connection), suppress(OSError):
            protocol.send(child.connection, {"ended": code})

    def _forget_children(self) -> None:
        for child in self._children.values():
            child.connection.close()
            os.close(child.watch)
        self._children.clear()
        os.close(self._spare)


def _has_left(connection: socket.socket) -> bool:
    waiting = select.poll()
    waiting.register(connection, select.POLLHUP)
    return bool(waiting.poll(0))
