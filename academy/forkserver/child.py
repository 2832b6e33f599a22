"""A forked process, as the one who asked for it sees it."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from academy.errors import AcademyError
from academy.forkserver import protocol

#: The exit code of a child whose parent died before it could report one.
UNKNOWN = 255
#: How long a parent may take to fork, on a machine on which thirty people press start.
_PATIENCE_SECONDS = 30.0
#: How long it may take to say how a child has ended, which it sees when we do.
_LAST_WORD_SECONDS = 1.0


class ForkError(AcademyError):
    """The process that should fork is gone, too slow, or refuses."""


class ForkedChild:
    """What `subprocess.Popen` is for a child of one's own, for one that another process forked.

    Parameters
    ----------
    pid
        Its process id, as it is numbered here.
    watch
        A descriptor that stands for the process, whatever becomes of its number.
    connection
        The socket on which its exit code will come.
    """

    stdin = stdout = stderr = None

    def __init__(self, pid: int, watch: int, connection: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._watch = watch
        self._connection = connection

    def __enter__(self) -> ForkedChild:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for its end, as `subprocess.Popen` does."""
        self.wait()

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when the process ends (-1 after that)."""
        return self._watch

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit code (a signal's number below zero).

        Raises
        ------
        subprocess.TimeoutExpired
            When it still runs after so many seconds.
        """
        code = self._look(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._watch, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            waiting = select.poll()
            waiting.register(self._watch, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                return None
            self.returncode = self._exit_code()
            self._connection.close()
            os.close(self._watch)
            self._watch = -1
        return self.returncode

    def _exit_code(self) -> int:
        """Read what the parent says; it has seen the end too, and says it at once."""
        try:
            message, descriptors = protocol.receive(self._connection)
        except (OSError, EOFError, AcademyError):
            return UNKNOWN
        protocol.close_all(descriptors)
        return int(message.get("ended", UNKNOWN))


def fork(
    address: str,
    kind: str,
    contents: Iterable[Mapping[str, Any]],
    descriptors: Iterable[int] = (),
    **more: Any,
) -> ForkedChild:
    """Ask for a process.

    Parameters
    ----------
    address
        Path of the parent's socket.
    kind
        What it is to become.
    contents
        What it is to know, each as a memory file that only the new process reads.
    descriptors
        Further descriptors that it gets.
    **more
        What the parent itself is to know.

    Raises
    ------
    ForkError
        When nobody answers there, or the answer is no.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    files: list[int] = []
    try:
        files = [protocol.memory_file(content) for content in contents]
        connection.settimeout(_PATIENCE_SECONDS)
        connection.connect(address)
        protocol.send(connection, {**more, "fork": kind}, [*files, *descriptors])
        return _answer(connection)
    except (OSError, EOFError, protocol.ProtocolError) as error:
        connection.close()
        raise ForkError(f"{address} does not fork: {error or 'it is gone'}") from error
    except ForkError:
        connection.close()
        raise
    finally:
        protocol.close_all(files)


def _answer(connection: socket.socket) -> ForkedChild:
    message, descriptors = protocol.receive(connection)
    if "process" not in message or len(descriptors) != 1:
        protocol.close_all(descriptors)
        raise ForkError(str(message.get("error", "an answer came that is none")))
    connection.settimeout(_LAST_WORD_SECONDS)
    return ForkedChild(int(message["process"]), descriptors[0], connection)
