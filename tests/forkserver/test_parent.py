"""A process that forks on request: what it is told by its callers, and what they can't do to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
from collections.abc import Callable

import psutil
import pytest

from academy.forkserver import protocol
from academy.forkserver.child import ForkError, fork
from forkserver.conftest import run_python
from forkserver.kernels import descriptors
from forkserver.toy import KIND, Toy

Toys = Callable[..., Toy]

GARBAGE = {
    "nothing": b"",
    "half a length": b"\0\0",
    "half a message": struct.pack("!I", 30) + b'{"version": 1',
    "too long": struct.pack("!I", 0x7FFF_FFFF) + b"x" * 5000,
    "a web browser": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "words": struct.pack("!I", 5) + b"hello",
    "deep": struct.pack("!I", 60_000) + b"[" * 60_000,
    "another version": struct.pack("!I", 29) + b'{"version": 2, "fork": "toy"}',
}
REFUSED = [{}, {"fork": "kernel"}, {"fork": None}, {"fork": ["toy"]}, {"fork": {"toy": 1}}]


def is_hung_up(connection: socket.socket) -> bool:
    """Wait until the other side hangs up without a word."""
    try:
        return connection.recv(100) == b""
    except ConnectionResetError:  # it left more unread
        return True


def test_a_child_runs_and_its_exit_code_is_told(toy: Toy) -> None:
    reading, writing = os.pipe()
    child = toy.fork("import os; os.write(descriptors[0], b'%d' % os.getpid())", [writing])
    os.close(writing)

    assert child.wait(60) == 0
    assert int(os.read(reading, 100)) == child.pid
    os.close(reading)


def test_a_child_keeps_nothing_of_the_loop(toy: Toy) -> None:
    """The door, the loop's own descriptors and its other callers stay with the parent."""
    code = """
import json, os
from pathlib import Path
links = [str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.exists()]
os.write(descriptors[0], json.dumps(links).encode())
"""
    other = toy.fork("import signal; signal.pause()")
    reading, writing = os.pipe()
    child = toy.fork(code, [writing])
    child.wait(60)
    links = json.loads(os.read(reading, 10_000))

    kinds = [link for link in links if link.startswith(("socket:", "anon_inode:", "/memfd:"))]
    assert kinds == []
    other.kill()
    assert other.wait(60) == -signal.SIGKILL
    protocol.close_all([reading, writing])


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_message_harms_nobody(toy: Toy, garbage: bytes) -> None:
    before = toy.descriptors()

    with toy.knock() as connection:
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        assert is_hung_up(connection)

    assert toy.fork("").wait(60) == 0
    assert toy.descriptors() == before


@pytest.mark.parametrize("message", REFUSED, ids=map(str, REFUSED))
def test_what_is_not_forked_here_is_refused_in_words(toy: Toy, message: dict[str, object]) -> None:
    before = toy.descriptors()

    with toy.knock() as connection:
        protocol.send(connection, message, [0, 1])
        assert "can't be forked here" in protocol.receive(connection)[0]["error"]

    assert toy.fork("").wait(60) == 0
    assert toy.descriptors() == before


def test_a_refusal_reaches_the_caller(toy: Toy) -> None:
    with pytest.raises(ForkError, match="'server' can't be forked here"):
        fork(str(toy.address), "server", [{}])


def test_descriptors_that_came_with_garbage_are_closed(toy: Toy) -> None:
    before = toy.descriptors()
    for _ in range(20):
        with toy.knock() as connection:
            socket.send_fds(connection, [GARBAGE["words"]], [0] * 8)
            assert is_hung_up(connection)
    assert toy.fork("").wait(60) == 0
    assert toy.descriptors() == before


def test_a_child_that_was_sent_nonsense_ends_alone(toy: Toy) -> None:
    """A request may lack what a child needs; that is found behind the fork."""
    with toy.knock() as connection:
        protocol.send(connection, {"fork": KIND})
        answer, (watch,) = protocol.receive(connection)
        os.close(watch)
        assert answer["process"]
        assert protocol.receive(connection)[0]["ended"] == 1

    assert toy.fork("").wait(60) == 0


def test_a_caller_who_stops_in_the_middle_holds_up_the_others_for_a_moment(toys: Toys) -> None:
    toy = toys(patience=0.2)
    with toy.knock() as silent, toy.knock() as stalled:
        stalled.sendall(b"\0\0")
        assert toy.fork("").wait(60) == 0
        assert is_hung_up(silent)
        assert is_hung_up(stalled)


def test_a_stranger_is_not_served(toys: Toys) -> None:
    toy = toys(user=os.geteuid() + 1)
    with pytest.raises(ForkError):
        toy.fork("")
    with toy.knock() as connection:
        assert is_hung_up(connection)
    assert psutil.Process(toy.pid).children() == []


def test_a_caller_who_is_gone_gets_no_process(toy: Toy) -> None:
    """Whoever lost patience has done without, so a late process would be one too many."""
    reading, writing = os.pipe()
    files = [protocol.memory_file({"code": "import os; os.write(descriptors[0], b'late')"})]
    os.kill(toy.pid, signal.SIGSTOP)
    with toy.knock() as connection:
        protocol.send(connection, {"fork": KIND}, [*files, writing])
    protocol.close_all([*files, writing])
    os.kill(toy.pid, signal.SIGCONT)

    assert toy.fork("").wait(60) == 0
    assert os.read(reading, 100) == b""
    os.close(reading)


def test_a_caller_who_leaves_meanwhile_changes_nothing_for_the_child(toy: Toy) -> None:
    """The child's owner watches over it in other ways; the parent still takes it in at its end."""
    before = toy.descriptors()
    reading, writing = os.pipe()
    child = toy.fork("import os; os.read(descriptors[0], 1)", [reading])
    child._connection.close()
    os.close(writing)
    os.close(reading)

    assert psutil.Process(child.pid).wait(60) is None
    child.wait(60)
    assert toy.fork("").wait(60) == 0
    assert psutil.Process(toy.pid).children() == []
    assert toy.descriptors() == before


def test_a_hundred_children_leave_nothing_behind(toy: Toy) -> None:
    assert toy.fork("").wait(60) == 0
    before = toy.descriptors(), len(descriptors())
    for _ in range(4):
        children = [toy.fork("") for _ in range(25)]
        assert [child.wait(60) for child in children] == [0] * 25
    assert (toy.descriptors(), len(descriptors())) == before
    assert psutil.Process(toy.pid).children() == []


def test_a_parent_without_descriptors_left_refuses_and_lives(toys: Toys) -> None:
    toy = toys(files=24)
    children, refusals = [], 0
    for _ in range(24):
        try:
            children.append(toy.fork("import os; os.read(descriptors[0], 1)", [_held[0]]))
        except ForkError:
            refusals += 1
    assert children
    assert refusals
    for child in children:
        child.kill()
        assert child.wait(60) == -signal.SIGKILL

    assert toy.fork("").wait(60) == 0
    assert psutil.Process(toy.pid).children() == []


_held = os.pipe()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_is_refused_whatever_the_permissions_of_the_files_say(toy: Toy) -> None:
    toy.address.parent.chmod(0o755)
    toy.address.chmod(0o666)
    script = """
import os, socket, sys
os.setgroups([])
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
connection = socket.socket(socket.AF_UNIX)
connection.connect(os.environ["DOOR"])
print(connection.recv(100))
"""
    asked = run_python(script, DOOR=str(toy.address))

    assert asked.stdout.strip() == "b''", asked.stderr
    assert psutil.Process(toy.pid).children() == []
