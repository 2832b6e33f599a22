"""Worker processes for grading, as an executor: forked from one warm process with one thread.

Python's own process pool breaks as a whole when one of its processes is killed, and does not say
by whose work. Here each worker has one piece of work at a time: where it ends without an answer,
that one piece fails and the next worker is forked.
"""

from __future__ import annotations

import os
import queue
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

from academy.errors import AcademyError
from academy.forkserver import fresh, protocol, warm
from academy.forkserver.child import ForkedChild, ForkError, fork
from academy.forkserver.parent import Forked, Parent
from academy.isolation import syscalls

KIND = "worker"
#: What a worker uses.
_IMPORTED = (
    "academy.grading.converter",
    "academy.grading.sandbox",
    "academy.grading.worker",
    "fastjsonschema",
    "jupyter_client.provisioning.local_provisioner",
    "nbclient.client",
    "nbformat.v4.rwbase",
    "sqlalchemy.dialects.sqlite",
    "zmq.asyncio",
)

#: The template keeps nothing; each worker has the home of the one it works for.
_NO_HOME = Path("/nonexistent/academy-workers")
_MOST_WAITING = 128

_Task = tuple["Future[Any]", Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class WorkerEndedError(AcademyError):
    """A worker ended, or was ended, in the middle of its work."""


class Workers(Executor):
    """A number of processes that work side by side, each on one thing at a time.

    To be made in the main thread: the system ends what it started when that thread ends.

    Parameters
    ----------
    count
        How many.
    """

    def __init__(self, count: int) -> None:
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        # A name that is in no folder: there is nothing to clear up, however this process ends.
        self._address = f"\0academy-workers-{secrets.token_hex(12)}"
        self._template = _start_template(self._address)
        self._processes: dict[int, ForkedChild] = {}
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(count)]
        self._is_stopped = False
        for thread in self._threads:
            thread.start()

    @property
    def processes(self) -> list[int]:
        """The process ids of the workers that live now."""
        return sorted(self._processes)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a function called in a worker; see `concurrent.futures.Executor`."""
        if self._is_stopped:
            raise RuntimeError("These workers were sent home.")
        future: Future[Any] = Future()
        self._tasks.put((future, fn, args, kwargs))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Let the workers go; with ``cancel_futures`` also from what they are doing."""
        self._is_stopped = True
        if cancel_futures:
            self._cancel_waiting()
            for process in list(self._processes.values()):
                process.kill()
        for _ in self._threads:
            self._tasks.put(None)
        if wait:
            for thread in self._threads:
                thread.join()
            self._template.terminate()
            self._template.wait()

    def _cancel_waiting(self) -> None:
        with suppress(queue.Empty):
            while True:
                task = self._tasks.get_nowait()
                if task is not None:
                    task[0].cancel()

    def _serve(self) -> None:
        """Pass work to one worker, and have another one forked when it is gone."""
        worker: _Worker | None = None
        while (task := self._tasks.get()) is not None:
            future, function, arguments, options = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                worker = worker or self._hire()
                is_good, answer = worker.do((function, arguments, options))
            except (ForkError, EOFError, OSError) as error:
                self._dismiss(worker)
                worker = None
                ended = WorkerEndedError("The process that worked on it was ended.")
                ended.__cause__ = error
                future.set_exception(ended)
            else:
                (future.set_result if is_good else future.set_exception)(answer)
        self._dismiss(worker)

    def _hire(self) -> _Worker:
        worker = _Worker(self._address)
        self._processes[worker.process.pid] = worker.process
        return worker

    def _dismiss(self, worker: _Worker | None) -> None:
        if worker is not None:
            worker.end()
            self._processes.pop(worker.process.pid, None)


class _Worker:
    """One worker process, as the thread that passes it work sees it."""

    def __init__(self, address: str) -> None:
        ours, theirs = socket.socketpair()
        lifeline, held = socket.socketpair()
        request = {"environment": dict(os.environ), "folder": str(Path.cwd())}
        try:
            descriptors = [theirs.fileno(), held.fileno()]
            self.process = fork(address, KIND, [request], descriptors)
        except BaseException:
            ours.close()
            lifeline.close()
            raise
        finally:
            theirs.close()
            held.close()
        self._lifeline = lifeline
        self._line = Connection(ours.detach())

    def do(self, work: object) -> tuple[bool, Any]:
        """Have it work, and wait for the answer."""
        self._line.send(work)
        answer: tuple[bool, Any] = self._line.recv()
        return answer

    def end(self) -> None:
        """End it, if it has not ended by itself."""
        self._line.close()
        self._lifeline.close()
        self.process.kill()
        self.process.wait()


def _start_template(address: str) -> subprocess.Popen[bytes]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(address)
        door.listen(_MOST_WAITING)
        return subprocess.Popen(
            warm.command(__name__, str(door.fileno())),
            cwd="/",
            env=warm.environment(_NO_HOME),
            stdin=subprocess.DEVNULL,
            pass_fds=[door.fileno()],
            # Ctrl-C is for the one at the terminal, who ends the others in order.
            start_new_session=True,
        )


def main() -> NoReturn:
    """Import everything, then fork workers for the one who started this process."""
    syscalls.end_with_parent(signal.SIGTERM)
    syscalls.set_name("academy-workers")
    del sys.path[0]  # where it was started
    door = socket.socket(fileno=int(sys.argv[1]))
    warm.import_all(_IMPORTED)
    try:
        Parent(door, {KIND}, lambda _process, user: user == os.geteuid()).serve()
    except Forked as forked:
        descriptors = forked.descriptors
    else:
        os._exit(0)
    fresh.run_and_end(lambda: _work(descriptors))


def _work(descriptors: list[int]) -> None:
    """Do one thing after the other until the other side closes."""
    request, line, lifeline = descriptors
    syscalls.set_name("academy-grader")
    fresh.restore_signals()
    asked = protocol.read_memory_file(request)
    fresh.renew(asked["environment"], asked["folder"], ["academy-grader"])
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()
    connection = Connection(line)
    while True:
        try:
            function, arguments, options = connection.recv()
        except (EOFError, OSError):
            return
        connection.send(_called(function, arguments, options))


def _called(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: dict[str, Any]
) -> tuple[bool, Any]:
    try:
        return True, function(*arguments, **options)
    except Exception as error:  # noqa: BLE001 - it is passed on to the one who waits for it
        error.__traceback__ = None
        return False, error


def _end_with(lifeline: int) -> None:
    """End this process, in the middle of what it does, when the one it works for is gone."""
    os.read(lifeline, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
