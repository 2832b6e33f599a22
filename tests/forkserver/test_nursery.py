"""A nursery: who is served, what remains of its kernels, and when it ends."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from academy.forkserver import kernel, protocol
from academy.forkserver.child import ForkedChild, fork
from academy.forkserver.nursery import open_door
from forkserver.conftest import Nursery
from forkserver.kernels import descriptors, running, started, wait_until

CYCLES = [40, pytest.param(1000, marks=pytest.mark.torture)]
#: How much a nursery may grow by what Python itself keeps at hand.
SLACK_BYTES = 4 << 20


@dataclass(frozen=True)
class Held:
    """What a nursery, its kernels and their owner hold."""

    of_nursery: int
    of_owner: int
    children: int
    files: frozenset[str]
    memory: int


def held(nursery: Nursery, home: Path) -> Held:
    folders = [home / "run", Path("/dev/shm")]
    names = {str(file) for folder in folders for file in folder.iterdir()}
    process = psutil.Process(nursery.pid)
    return Held(
        of_nursery=len(descriptors(nursery.pid)),
        of_owner=len(descriptors()),
        children=len(process.children()),
        files=frozenset(names),
        memory=own_memory(nursery.pid),
    )


def own_memory(process: int) -> int:
    """Bytes that a process has written to, whether or not a fork still shares them."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("RssAnon:")]
    return int(line.split()[1]) << 10


async def one_after_the_other(count: int) -> None:
    for number in range(count):
        async with started() as run:
            assert await run(f"print({number})") == f"{number}\n"


@pytest.mark.parametrize("count", CYCLES)
def test_kernels_one_after_the_other_leave_nothing(
    forking: Nursery, person: Path, count: int
) -> None:
    asyncio.run(one_after_the_other(5))
    before = held(forking, person)

    asyncio.run(one_after_the_other(count))

    after = held(forking, person)
    assert (after.of_nursery, after.of_owner) == (before.of_nursery, before.of_owner)
    assert after.children == before.children == 0
    # Other tests of this run keep files in /dev/shm for a moment.
    wait_until(lambda: held(forking, person).files <= before.files)
    assert after.memory - before.memory < SLACK_BYTES


def test_kernels_that_are_killed_leave_nothing(forking: Nursery, person: Path) -> None:
    with running():
        pass
    before = len(descriptors(forking.pid)), len(descriptors())
    for _ in range(5):
        with running() as one:
            os.kill(one.pid, 9)
            wait_until(lambda: not one.manager.is_alive())
    assert (len(descriptors(forking.pid)), len(descriptors())) == before
    assert psutil.Process(forking.pid).children() == []


def test_a_kernel_that_can_start_nowhere_says_so(
    forking: Nursery, person: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = ask(forking, {"folder": "/there/is/no/such/folder"}).wait(60)
    assert ended == 1
    assert "/there/is/no/such/folder" in capfd.readouterr().err


def ask(nursery: Nursery, request: dict[str, object], lifeline: int = -1) -> ForkedChild:
    """Ask for a kernel as the provisioner does, but for what the request changes."""
    ours, theirs = socket.socketpair()
    ready = os.eventfd(0, os.EFD_CLOEXEC)
    nothing = os.open(os.devnull, os.O_RDWR)
    whole = {"arguments": ["ipykernel_launcher"], "environment": dict(os.environ), "folder": "/"}
    try:
        held = [theirs.fileno() if lifeline < 0 else lifeline, ready, nothing, 1, 2]
        child = fork(nursery.address, kernel.KIND, [{**whole, **request}], held)
    finally:
        theirs.close()
        os.close(ready)
        os.close(nothing)
    _kept.append(ours)
    return child


_kept: list[socket.socket] = []


def test_a_kernel_whose_owner_is_gone_already_ends_at_once(forking: Nursery, person: Path) -> None:
    """The owner may die between its question and the kernel's first step."""
    ours, theirs = socket.socketpair()
    ours.close()
    child = ask(forking, {}, theirs.fileno())
    assert child.wait(60) == -9
    theirs.close()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\0\0",
        struct.pack("!I", 1 << 30),
        b"GET / HTTP/1.1\r\n\r\n",
        b"\0\0\xea\x60" + b"[" * 60_000,
    ],
    ids=["nothing", "half", "too long", "a browser", "deep"],
)
def test_garbage_harms_nobody(forking: Nursery, garbage: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(forking.address)
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        with running() as one:
            assert one.manager.provisioner.pid
            assert psutil.Process(one.pid).ppid() == forking.pid


def test_a_request_for_something_else_is_refused(forking: Nursery) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(forking.address)
        protocol.send(connection, {"fork": "server"})
        assert "can't be forked here" in protocol.receive(connection)[0]["error"]


def test_its_socket_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "nursery"
    path.write_text("left over from a process that was killed")
    with open_door(path):
        assert path.stat().st_mode & 0o777 == 0o600


STARTER = """
import os, sys, time
import psutil
from academy.forkserver.local import nursery_at_hand
with nursery_at_hand():
    (nursery,) = psutil.Process().children()
    print(nursery.pid, flush=True)
    time.sleep(600)
"""


def test_a_nursery_ends_with_who_started_it(person: Path) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert starter.stdout is not None
    with starter:
        nursery = psutil.Process(json.loads(starter.stdout.readline()))
        wait_until(lambda: nursery.name() == "academy-nursery")
        starter.kill()
    wait_until(lambda: not nursery.is_running())


def test_an_interrupt_at_the_terminal_does_not_end_a_nursery(forking: Nursery) -> None:
    os.kill(forking.pid, 2)
    with running() as one:
        assert psutil.Process(one.pid).ppid() == forking.pid
