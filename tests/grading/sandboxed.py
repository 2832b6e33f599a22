"""Code in sandboxes, run by an engine that is a process of its own: root's, or a user's."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import psutil

from academy import paths

#: Nobody in particular; an engine that is not root's is this user's.
USER = 399_501
PATIENCE = 120.0
#: What an engine has in its environment, and no sandbox may see.
SECRET = "a-token-of-the-grader"


@dataclass
class Job:
    """What is to be run in one sandbox.

    Parameters
    ----------
    cells
        Code, cell by cell.
    folder
        The folder whose files it gets.
    limits
        Limits that are lower than the usual ones.
    """

    cells: list[str]
    folder: str = ""
    limits: dict[str, float] = field(default_factory=dict)


@dataclass
class Ran:
    """What came of it: what each cell printed, the last error, the exit code of one that died."""

    printed: list[str] = field(default_factory=list)
    error: str = ""
    code: int | None = None

    @property
    def value(self) -> Any:
        """What the last cell printed, read as JSON."""
        assert not self.error, self.error
        assert self.printed, self
        return json.loads(self.printed[-1])


@dataclass
class Engine:
    """A process that asks for sandboxes."""

    process: subprocess.Popen[str]
    uid: int
    home: Path
    #: The folder of its maker.
    folder: Path

    @property
    def cells(self) -> list[Path]:
        """The folders of its sandboxes."""
        return list((self.folder / "cells").iterdir()) if self.folder.exists() else []

    def run(self, *cells: str, folder: Path | None = None, **limits: float) -> Ran:
        """Run cells in one sandbox."""
        (ran,) = self.run_all([Job(list(cells), str(folder or ""), limits)])
        return ran

    def run_all(self, jobs: Sequence[Job]) -> list[Ran]:
        """Run each job in a sandbox of its own, all at once."""
        self.begin(jobs)
        assert self.process.stdout is not None
        answer = self.process.stdout.readline()
        assert answer, "the engine has died"
        return [Ran(**ran) for ran in json.loads(answer)]

    def begin(self, jobs: Sequence[Job]) -> None:
        """Begin what `run_all` would wait for."""
        assert self.process.stdin is not None
        print(json.dumps([asdict(job) for job in jobs]), file=self.process.stdin, flush=True)

    @property
    def below(self) -> dict[str, list[psutil.Process]]:
        """Every process below it, by name."""
        found: dict[str, list[psutil.Process]] = {}
        for one in psutil.Process(self.process.pid).children(recursive=True):
            try:
                name = Path(f"/proc/{one.pid}/comm").read_text(encoding="utf-8").strip()
            except OSError:
                continue
            found.setdefault(name, []).append(one)
        return found


@contextmanager
def engine(uid: int = 0) -> Iterator[Engine]:
    """Have an engine for a while.

    Parameters
    ----------
    uid
        Whose it is: 0 for who runs the tests.
    """
    with tempfile.TemporaryDirectory(prefix="engine-", dir="/tmp") as home:
        if uid:
            os.chown(home, uid, uid)
        process = subprocess.Popen(
            [sys.executable, __file__, str(uid), home],
            env={
                "PATH": os.environ["PATH"],
                "HOME": home,
                "ACADEMY_STATE": f"{home}/state",
                "JUPYTER_RUNTIME_DIR": f"{home}/run",
                "GRADERS_TOKEN": SECRET,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, "the engine did not start"
            yield Engine(process, uid or os.geteuid(), Path(home), Path(address).parent)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(PATIENCE)
            assert process.stdout is not None
            process.stdout.close()


def _become(uid: int, home: str) -> None:
    """Be an ordinary user, in a view in which the interpreter can be reached by anybody."""
    from academy.isolation import syscalls
    from academy.isolation.view import Bind, View, account_files, enter_view

    syscalls.unshare(syscalls.CLONE_NEWNS)
    places = (paths.checkout(), sys.prefix, sys.base_prefix)
    binds = (*(Bind(str(place)) for place in places), Bind(home, writable=True))
    enter_view(View(binds, account_files([("resident", uid, home)])), uid)
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    arguments = [sys.executable, __file__, "0", home]
    os.execv(sys.executable, arguments)


async def _run(job: Job) -> Ran:
    from academy.grading.sandbox import SandboxManager

    manager = SandboxManager(kernel_name="python3", limits=job.limits)
    ran = Ran()
    try:
        await manager.start_kernel(cwd=job.folder or None)
        process = manager.provisioner.process
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(PATIENCE)
        cells = asyncio.create_task(_cells(client, job.cells, ran))
        ended = asyncio.create_task(manager.provisioner.ended())
        await asyncio.wait({cells, ended}, return_when=asyncio.FIRST_COMPLETED)
        cells.cancel()
        ended.cancel()
        ran.code = process.poll()
        client.stop_channels()
    except Exception as error:  # noqa: BLE001 - the test looks at it
        ran.error = f"{type(error).__name__}: {error}"
    finally:
        if manager.has_kernel:
            await manager.shutdown_kernel(now=True)
    return ran


async def _cells(client: Any, cells: Sequence[str], ran: Ran) -> None:
    def hear(message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream":
            ran.printed[-1] += content["text"]
        elif message["msg_type"] == "error":
            ran.error = f"{content['ename']}: {content['evalue']}"

    for code in cells:
        ran.printed.append("")
        await client.execute_interactive(code, timeout=PATIENCE, output_hook=hear)


async def _run_all(jobs: Sequence[Job]) -> list[Ran]:
    return await asyncio.gather(*(_run(job) for job in jobs))


def main() -> None:
    """Run what comes on standard input, a line of jobs at a time, as the user who is asked for."""
    uid, home = int(sys.argv[1]), sys.argv[2]
    if uid:
        _become(uid, home)
    from academy.grading.sandbox import at_hand

    with at_hand() as sandboxing:
        os.environ |= sandboxing.variables
        print(os.environ["ACADEMY_SANDBOX"], flush=True)
        for line in sys.stdin:
            jobs = [Job(**job) for job in json.loads(line)]
            print(json.dumps([asdict(ran) for ran in asyncio.run(_run_all(jobs))]), flush=True)


if __name__ == "__main__":
    main()
