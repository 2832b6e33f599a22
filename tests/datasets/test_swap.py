"""Folders change places as a whole, also when the program is killed."""

from __future__ import annotations

import errno
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from academy.datasets import swap
from academy.datasets.switch import replace_folder

OLD, NEW = {"a": b"1", "b": b"1"}, {"a": b"2", "b": b"2", "c": b"2"}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def test_a_new_folder_and_its_parents_are_made(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "datasets" / "name"
    replace_folder(folder, OLD)
    assert content(folder) == OLD
    assert names(folder.parent) == ["name"]
    assert folder.stat().st_mode & 0o777 == 0o755


def test_the_old_files_go_and_nothing_is_left_beside(tmp_path: Path) -> None:
    replace_folder(tmp_path / "name", NEW)
    replace_folder(tmp_path / "name", OLD)
    assert content(tmp_path / "name") == OLD
    assert names(tmp_path) == ["name"]


def test_an_error_while_writing_keeps_the_old_folder(tmp_path: Path) -> None:
    replace_folder(tmp_path / "name", OLD)
    with pytest.raises(OSError, match="No such file"):
        replace_folder(tmp_path / "name", NEW | {"no/such/folder": b""})
    assert content(tmp_path / "name") == OLD
    assert names(tmp_path) == ["name"]


def _cannot_exchange(first: Path, second: Path) -> None:
    raise OSError(errno.EINVAL, "no exchange on this file system")


def test_a_file_system_that_cannot_exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(swap, "_exchange", _cannot_exchange)
    replace_folder(tmp_path / "name", OLD)
    replace_folder(tmp_path / "name", NEW)
    assert content(tmp_path / "name") == NEW
    assert names(tmp_path) == ["name"]


def test_killed_at_any_moment_the_folder_is_old_or_new(tmp_path: Path) -> None:
    """A child replaces the folder over and over; it is killed eight times, without warning."""
    program = (
        "import itertools, sys; from pathlib import Path;"
        "from academy.datasets.switch import replace_folder\n"
        "for n in itertools.count():\n"
        "    replace_folder(Path(sys.argv[1]), {name: str(n).encode() for name in 'abc'})"
    )
    folder = tmp_path / "name"
    chance = random.Random(20260829)
    for _ in range(8):
        child = subprocess.Popen([sys.executable, "-c", program, str(folder)])
        deadline = time.monotonic() + 30
        while not (folder / "c").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.15 + chance.random() / 10)
        child.send_signal(signal.SIGKILL)
        child.wait()
        values = content(folder)
        assert set(values) == {"a", "b", "c"}
        assert len(set(values.values())) == 1, values
    replace_folder(folder, OLD)
    assert names(tmp_path) == ["name"]
