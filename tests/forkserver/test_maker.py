"""The maker of sandboxes: whom it serves, what it refuses, and that it leaves nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from academy.forkserver import cell, making, protocol
from academy.forkserver.celllimits import CellLimits
from academy.forkserver.making import Making

NAME = "0123456789abcdef"
STRANGER = 399_502
ASK = (
    "import os, socket, sys\nfrom academy.forkserver import protocol\n"
    "os.setuid(int(sys.argv[2]))\n"
    "connection = socket.socket(socket.AF_UNIX)\nconnection.settimeout(30)\n"
    "connection.connect(sys.argv[1])\n"
    "try:\n    protocol.send(connection, {'fork': 'sandbox'})\n"
    "    print(protocol.receive(connection)[0])\n"
    "except (EOFError, OSError):\n    print('not served')\n"
)


@pytest.fixture
def maker() -> Iterator[Making]:
    """A maker that has imported nothing, and will not in these tests."""
    one = Making(CellLimits(), [os.geteuid()], at_once=False)
    try:
        one.start()
        yield one
    finally:
        one.stop()


def answer(maker: Making, *descriptors: int, **message: object) -> dict[str, object]:
    """Return what the maker says to a message."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(maker.address)
        protocol.send(connection, message, descriptors)
        said, got = protocol.receive(connection)
        protocol.close_all(got)
        return said


@pytest.mark.parametrize(
    "message",
    [
        {"fork": "server"},
        {"fork": cell.KIND},
        {"fork": cell.KIND, "cell": "../../../../etc", "limits": {}},
        {"fork": cell.KIND, "cell": f"{NAME}/x", "limits": {}},
        {"fork": cell.KIND, "cell": f"{NAME}\n", "limits": {}},
        {"fork": cell.KIND, "cell": NAME, "limits": []},
        {"fork": cell.KIND, "cell": NAME, "limits": {}},
    ],
    ids=["kind", "no name", "a path", "a folder in it", "a line", "no limits", "nothing with it"],
)
def test_nonsense_is_refused_and_the_next_is_served(
    maker: Making, message: dict[str, object]
) -> None:
    assert "error" in answer(maker, **message)
    assert "error" in answer(maker, fork="nothing")
    assert list((maker.folder / "cells").iterdir()) == []


def test_limits_that_are_no_numbers_are_refused(maker: Making) -> None:
    files = [os.memfd_create("x") for _ in range(4)]

    said = answer(maker, *files, fork=cell.KIND, cell=NAME, limits={"seconds": "many"})

    protocol.close_all(files)
    assert "error" in said
    assert "error" in answer(maker, fork="nothing")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_is_not_served(maker: Making) -> None:
    Path(maker.address).chmod(0o666)
    maker.folder.chmod(0o755)

    asked = subprocess.run(
        [sys.executable, "-c", ASK, maker.address, str(STRANGER)],
        capture_output=True,
        text=True,
    )

    assert asked.stdout.strip() == "not served", asked.stderr


def test_it_says_who_it_is_to_nobody(maker: Making) -> None:
    keeper = next(one for one in psutil.Process().children() if one.name() == "academy-keeper")
    (process,) = keeper.children()

    assert str(maker.folder) not in " ".join([*keeper.cmdline(), *process.environ().values()])
    assert "HOME" not in process.environ()


def test_stopping_leaves_no_process_and_no_folder(maker: Making) -> None:
    every = psutil.Process().children(recursive=True)
    below = [one for one in every if one.name() in ("academy-keeper", "academy-maker")]
    assert len(below) == 2

    maker.stop()

    assert psutil.wait_procs(below, timeout=20)[1] == []
    assert not maker.folder.exists()
    maker._lock = os.open(os.devnull, os.O_RDONLY)  # the fixture stops it once more


def test_a_starter_that_is_killed_leaves_nothing() -> None:
    code = (
        "import os, sys, time\nfrom academy.forkserver.making import Making\n"
        "from academy.forkserver.celllimits import CellLimits\n"
        "one = Making(CellLimits(), [os.geteuid()], at_once=False)\none.start()\n"
        "print(one.folder, flush=True)\ntime.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        folder = Path(one.stdout.readline().strip())
        below = psutil.Process(one.pid).children(recursive=True)
        assert len(below) == 2
        one.send_signal(signal.SIGKILL)

    assert psutil.wait_procs(below, timeout=20)[1] == []
    assert _is_gone(folder)


def test_what_everybody_killed_left_is_swept_by_the_next() -> None:
    first = Making(CellLimits(), [os.geteuid()], at_once=False)
    (first.folder / "cells" / NAME).mkdir()
    second = Making(CellLimits(), [os.geteuid()], at_once=False)
    assert first.folder.exists()
    os.close(first._lock)  # as if its process were gone

    third = Making(CellLimits(), [os.geteuid()], at_once=False)

    assert not first.folder.exists()
    assert second.folder.exists()
    second.stop()
    third.stop()


def test_where_it_can_not_be_made_it_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making.warm, "command", lambda _module: [sys.executable, "-c", ""])
    one = Making(CellLimits(), [os.geteuid()])

    with pytest.raises(making.NoSandboxError, match="without a word"):
        one.start()

    one.stop()


def _is_gone(folder: Path) -> bool:
    end = time.monotonic() + 20
    while folder.exists() and time.monotonic() < end:
        time.sleep(0.05)
    return not folder.exists()
