"""The doors in a wall: the few addresses that are passed between inside and outside.

The launcher stands outside and holds both network namespaces. A socket belongs to the namespace
in which it was made, whoever uses it; so the launcher steps inside only to make one.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from academy.isolation import syscalls

Connect = Callable[[], Awaitable[socket.socket]]
#: The address from which the hub and the services see what comes out of a wall.
COMES_FROM_INSIDE = "127.0.0.2"
#: How long answers may take to leave after their command has ended.
_LAST_SECONDS = 2.0
_CHUNK = 1 << 16
#: Visitors at once, and what a lab may have open towards the hub and the services.
_MOST_VISITORS = 1000
_MOST_OUT = 100
_BIND_ADDRESS_NO_PORT = 24
#: Between two tries to reach a command that does not listen yet: at first, and at most.
_FIRST_TRY_SECONDS = 0.01
_LONGEST_TRY_SECONDS = 0.03
#: How much a server may say into the hub's log: so many bytes at first, and so many each second.
_WORDS_AT_FIRST = 200_000
_WORDS_A_SECOND = 2_000


@dataclass(frozen=True)
class Way:
    """An address outside that can be reached from inside, under the same port of loopback.

    Parameters
    ----------
    host
        The address outside.
    port
        The port, outside and inside.
    """

    host: str
    port: int


def listening_inside(port: int) -> socket.socket:
    """Return a socket that listens on loopback in the namespace in which the caller is now."""
    server = socket.create_server(("127.0.0.1", port), backlog=128)
    server.setblocking(False)
    return server


class Doors:
    """Everything that passes a wall.

    Parameters
    ----------
    inside, outside
        Descriptors of the two network namespaces.
    door
        Socket that listens outside and leads in; ``None`` if nobody may come in.
    listens_on
        The port inside to which it leads.
    ways
        What may be reached outside, each with the socket that listens inside for it.
    words
        Descriptor on which the command's output arrives.
    """

    def __init__(
        self,
        inside: int,
        outside: int,
        *,
        door: socket.socket | None,
        listens_on: int,
        ways: Sequence[tuple[Way, socket.socket]],
        words: int,
    ) -> None:
        self.inside = inside
        self.outside = outside
        self.door = door
        self.listens_on = listens_on
        self.ways = list(ways)
        self.words = words
        self._visitors: set[asyncio.Task[None]] = set()
        self._out: set[asyncio.Task[None]] = set()
        self._has_listened = False

    def hold(self, child: int, forwarded: Sequence[signal.Signals]) -> int:
        """Hold the doors until the first process ends; return its exit code."""
        return asyncio.run(self._hold(child, forwarded))

    async def _hold(self, child: int, forwarded: Sequence[signal.Signals]) -> int:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[int] = loop.create_future()
        watch = os.pidfd_open(child)
        loop.add_reader(watch, _note_end, child, ended, lambda: loop.remove_reader(watch))
        for number in forwarded:
            loop.add_signal_handler(number, _signal, child, number)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, forwarded)
        copying = self._copy_words(loop)
        tasks = [loop.create_task(self._let_out(way, server)) for way, server in self.ways]
        if self.door is not None:
            self.door.setblocking(False)
            visits = self._accept(
                self.door, self._connect_when_it_listens, self._visitors, _MOST_VISITORS
            )
            tasks.append(loop.create_task(visits))
        status = await ended
        if self._visitors:
            # What the command said last is still on its way.
            await asyncio.wait(self._visitors, timeout=_LAST_SECONDS)
        copying()
        for task in [*tasks, *self._visitors, *self._out]:
            task.cancel()
        return status

    async def _let_out(self, way: Way, server: socket.socket) -> None:
        async def connect() -> socket.socket:
            made = socket.socket()
            # The hub can tell what comes out of a lab from what its own proxy passes on.
            # The port is chosen when it connects, so one that has just been left can be used.
            made.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
            made.bind((COMES_FROM_INSIDE, 0))
            return await _connect(made, (way.host, way.port))

        await self._accept(server, connect, self._out, _MOST_OUT)

    async def _connect_when_it_listens(self) -> socket.socket:
        """Connect; whoever comes while the command still starts waits at the door.

        The hub asks again and again whether a server answers, less and less often. So its first
        question is answered, as soon as there is somebody to do so.
        """
        pause = _FIRST_TRY_SECONDS
        while not self._has_listened:
            with contextlib.suppress(ConnectionRefusedError):
                made = await self._connect_inside()
                self._has_listened = True
                return made
            await asyncio.sleep(pause)
            pause = min(1.5 * pause, _LONGEST_TRY_SECONDS)
        return await self._connect_inside()

    async def _connect_inside(self) -> socket.socket:
        syscalls.setns(self.inside, syscalls.CLONE_NEWNET)
        try:
            made = socket.socket()
        finally:
            syscalls.setns(self.outside, syscalls.CLONE_NEWNET)
        return await _connect(made, ("127.0.0.1", self.listens_on))

    async def _accept(
        self,
        server: socket.socket,
        connect: Connect,
        going_on: set[asyncio.Task[None]],
        most: int,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                client, _ = await loop.sock_accept(server)
            except OSError:  # out of descriptors for a moment, or the client is gone again
                await asyncio.sleep(0.05)
                continue
            client.setblocking(False)
            if len(going_on) >= most:
                client.close()
                continue
            task = loop.create_task(_join(client, connect))
            going_on.add(task)
            task.add_done_callback(going_on.discard)

    def _copy_words(self, loop: asyncio.AbstractEventLoop) -> Callable[[], None]:
        """Copy what the command says into the log; return what copies the rest at the end.

        The command itself never holds the log, so it can neither read nor cut nor fill it.
        """
        budget = _Budget(loop.time)
        os.set_blocking(self.words, False)

        def copy() -> None:
            with contextlib.suppress(BlockingIOError):
                words = os.read(self.words, _CHUNK)
                if not words:
                    loop.remove_reader(self.words)
                with contextlib.suppress(OSError):
                    os.write(2, budget.cut(words))

        loop.add_reader(self.words, copy)
        return copy


class _Budget:
    """How much may be said: a bucket that fills slowly."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(_WORDS_AT_FIRST)
        self._then = clock()
        self._quiet = False

    def cut(self, words: bytes) -> bytes:
        """Return as much of the words as may be said now, and once a notice of the cut."""
        now = self._clock()
        self._left = min(_WORDS_AT_FIRST, self._left + (now - self._then) * _WORDS_A_SECOND)
        self._then = now
        said = words[: int(self._left)]
        self._left -= len(said)
        if len(said) == len(words):
            self._quiet = False
            return said
        notice = b"" if self._quiet else b"\n[a server says too much; some of it is left out]\n"
        self._quiet = True
        return said + notice


def _note_end(child: int, ended: asyncio.Future[int], forget: Callable[[], bool]) -> None:
    forget()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    ended.set_result(code if code >= 0 else 128 - code)


def _signal(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)


async def _connect(made: socket.socket, address: tuple[str, int]) -> socket.socket:
    made.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made


async def _join(client: socket.socket, connect: Connect) -> None:
    """Connect the other side and carry bytes both ways until both have ended."""
    with client:
        try:
            other = await connect()
        except OSError:
            return
        with other:
            ways = [
                asyncio.create_task(_carry(client, other)),
                asyncio.create_task(_carry(other, client)),
            ]
            try:
                with contextlib.suppress(OSError):
                    await asyncio.gather(*ways)
            finally:
                # Before the sockets close: the loop must not wait for a number that is given anew.
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)


async def _carry(source: socket.socket, target: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    while data := await loop.sock_recv(source, _CHUNK):
        await loop.sock_sendall(target, data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
