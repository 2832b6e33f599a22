"""A forked process as its owner sees it: like a `subprocess.Popen` of one's own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from academy.forkserver.child import UNKNOWN, ForkError, fork
from forkserver.kernels import descriptors
from forkserver.toy import Toy

FOREVER = "import signal\nwhile True: signal.pause()"


def test_a_running_child_has_no_exit_code(toy: Toy) -> None:
    child = toy.fork(FOREVER)

    assert child.poll() is None
    assert child.returncode is None
    assert child.stdin is child.stdout is child.stderr is None
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.05)
    child.terminate()
    assert child.wait(60) == -signal.SIGTERM
    assert child.returncode == child.poll() == child.wait() == -signal.SIGTERM
    assert child.fileno() == -1


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", 0),
        ("import sys; sys.exit(3)", 3),
        ("import os; os._exit(7)", 7),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
    ],
)
def test_exit_codes_are_those_of_popen(toy: Toy, code: str, expected: int) -> None:
    with toy.fork(code) as child:
        assert child.wait(60) == expected


def test_signals_reach_it_until_it_has_ended(toy: Toy) -> None:
    reading, writing = os.pipe()
    code = """
import os, signal
signal.signal(signal.SIGUSR1, lambda *_: os._exit(11))
os.write(descriptors[0], b"ready")
signal.pause()
"""
    child = toy.fork(code, [writing])
    assert os.read(reading, 100) == b"ready"
    child.send_signal(signal.SIGUSR1)
    assert child.wait(60) == 11
    child.kill()  # nobody, and not whoever may have its number by now
    assert child.wait() == 11
    os.close(reading)
    os.close(writing)


def test_a_dead_parent_leaves_the_child_alive_and_its_exit_code_unknown(toy: Toy) -> None:
    before = len(descriptors())
    child = toy.fork(FOREVER)
    toy.process.kill()
    toy.process.wait()

    assert child.poll() is None
    assert psutil.Process(child.pid).is_running()
    child.kill()
    assert child.wait(60) == UNKNOWN
    assert len(descriptors()) == before


def test_nobody_there_is_a_refusal(tmp_path: Path) -> None:
    before = len(descriptors())
    with pytest.raises(ForkError, match="does not fork"):
        fork(str(tmp_path / "nobody"), "toy", [{}])
    assert len(descriptors()) == before


def test_a_parent_that_has_died_is_a_refusal(toy: Toy) -> None:
    toy.process.kill()
    toy.process.wait()
    with pytest.raises(ForkError, match="does not fork"):
        toy.fork("")


def test_what_a_child_is_told_may_be_long(toy: Toy) -> None:
    reading, writing = os.pipe()
    code = f"word = {'x' * 500_000!r}\nimport os; os.write(descriptors[0], b'%d' % len(word))"
    with toy.fork(code, [writing]) as child:
        assert child.wait(60) == 0
    assert os.read(reading, 100) == b"500000"
    os.close(reading)
    os.close(writing)
