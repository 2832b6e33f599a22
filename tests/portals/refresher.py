"""Run `academy` in children of a process that has imported all: quick to start, free to be killed.

As a program it reads one order a line (JSON: a list of runs that begin together), forks a child
for each, and answers with their exit codes; a killed child's is negative.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

# What changes the disk, as the interpreter tells its auditors.
_STEPS = {
    "fcntl.flock", "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate",
}  # fmt: skip


@dataclass(frozen=True)
class Run:
    """One run of the command line.

    Parameters
    ----------
    arguments
        After ``academy``.
    output
        A file for what it prints.
    kill_after
        Seconds until it is killed without warning.
    kill_at_step
        Before which of its steps on the disk it is killed, from 1.
    file_limit
        The largest file that it may write, in bytes: a disk that fills.
    """

    arguments: list[str]
    output: str
    kill_after: float | None = None
    kill_at_step: int | None = None
    file_limit: int | None = None


class Refresher:
    """The warm process, from the test's side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, *runs: Run) -> list[int]:
        """Let runs begin together; return their exit codes."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([asdict(run) for run in runs]) + "\n")
        self._process.stdin.flush()
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes


@contextmanager
def warm(environment: dict[str, str]) -> Iterator[Refresher]:
    """Start the warm process, and end it with the block."""
    with subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment | {"PYTHONDONTWRITEBYTECODE": "1"},
        cwd=Path(__file__).parents[2],
    ) as process:
        yield Refresher(process)
        assert process.stdin is not None
        process.stdin.close()


def _main() -> None:
    sys.path.insert(0, str(Path(__file__).parents[2]))
    _import_all()
    for line in sys.stdin:
        orders = [Run(**each) for each in json.loads(line)]
        children = {_fork(order): order for order in orders}
        codes = {pid: _wait(pid, order.kill_after) for pid, order in children.items()}
        print(json.dumps(list(codes.values())), flush=True)


def _import_all() -> None:
    import geopandas  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from academy.datasets.portal import transport

    # A test has no minutes to wait for a portal; how long waits are is tested elsewhere.
    transport.wait_before = lambda attempt: 0.0


def _fork(order: Run) -> int:
    pid = os.fork()
    if not pid:
        _become(order)
    return pid


def _become(order: Run) -> NoReturn:
    code = 70
    try:
        with Path(order.output).open("w") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        code = _run(order)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001 - a child prints its traceback and ends
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _run(order: Run) -> int:
    from academy.cli.main import main

    steps = _count_steps(order.kill_at_step)
    if order.file_limit is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.file_limit, order.file_limit))
    sys.argv = ["academy", *order.arguments]
    try:
        main()
    finally:
        print(f"steps on the disk: {steps[0]}")
    return 0


def _count_steps(kill_at: int | None) -> list[int]:
    """Count what changes the disk, and end this process before a step."""
    count = [0]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        if not (writes or event in _STEPS):
            return
        count[0] += 1
        if count[0] == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)
    return count


def _wait(pid: int, kill_after: float | None) -> int:
    until = None if kill_after is None else time.monotonic() + kill_after
    while until is not None and time.monotonic() < until:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    if until is not None:
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    _main()
