"""Folders that belong together take their places at one moment, also when the program is killed."""

from __future__ import annotations

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from academy.datasets import swap, switch
from academy.datasets.catalogue import described_folders
from academy.datasets.switch import JOURNAL, Switch, folders_now, settle

NAMES = ("areas", "counts", "poles")


class Killed(BaseException):
    """Ends the work as a kill does: nothing that would tidy up may run."""


def write(root: Path, text: str) -> None:
    with Switch(root) as together:
        for name in NAMES:
            together.stage(name, {"datapackage.json": text.encode(), "table": text.encode()})
        together.commit()


def found(root: Path) -> dict[str, str]:
    """What a reader finds, by name."""
    return {
        name: (folder / "table").read_text() for name, folder in described_folders(root).items()
    }


def all_of(text: str) -> dict[str, str]:
    return dict.fromkeys(NAMES, text)


def plain_names(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir())


def _cannot_exchange(first: Path, second: Path) -> None:
    raise OSError(errno.EINVAL, "no exchange on this file system")


@pytest.fixture(params=["exchange", "three steps"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "three steps":
        monkeypatch.setattr(swap, "_exchange", _cannot_exchange)
    write(tmp_path / "shelf", "old")
    return tmp_path / "shelf"


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Stop the work before one of its renames, and leave the disk as it is then."""
    count = [0]

    def counted(work: Callable[..., None]) -> Callable[..., None]:
        def run(*arguments: object) -> None:
            count[0] += 1
            if count[0] == step:
                raise Killed
            work(*arguments)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", counted(Path.rename))
        patch.setattr(Path, "replace", counted(Path.replace))
        if swap._exchange is not _cannot_exchange:
            patch.setattr(swap, "_exchange", counted(swap._exchange))
        # A killed process undoes nothing and removes nothing.
        patch.setattr(switch, "_undo", lambda *_: None)
        patch.setattr(Switch, "forget", lambda *_: None)
        patch.setattr(swap, "_swap_in_three_steps", _three_plain_steps)
        yield count


def _three_plain_steps(fresh: Path, folder: Path) -> None:
    aside = swap.aside_of(folder)
    folder.rename(aside)
    fresh.rename(folder)
    aside.rename(fresh)


def test_all_take_their_places_and_nothing_is_left_beside(root: Path) -> None:
    write(root, "new")
    assert found(root) == all_of("new")
    assert plain_names(root) == list(NAMES)


def test_nobody_sees_what_is_not_committed(root: Path) -> None:
    with Switch(root) as together:
        together.stage("areas", {"datapackage.json": b"new", "table": b"new"})
        assert found(root) == all_of("old")
    assert plain_names(root) == list(NAMES)


def test_killed_before_each_rename_readers_see_all_old_or_all_new(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at as it lies there, by one who may not write, and again after it was settled."""
    seen = []
    for step in range(1, 20):
        write(root, "old")
        with killed_at(step, monkeypatch) as count:
            try:
                write(root, "new")
            except Killed:
                assert count[0] == step
            else:
                break
        with monkeypatch.context() as patch:
            patch.setattr(os, "access", lambda *_: False)
            as_it_lies = found(root)
        assert as_it_lies in (all_of("old"), all_of("new")), step
        assert found(root) == as_it_lies
        assert not (root / JOURNAL).exists()
        seen.append(as_it_lies["areas"])
    assert seen[0] == "old"
    assert seen[1:] == ["new"] * (len(seen) - 1)
    assert len(seen) in (4, 10), "the journal, then each folder in one step or in three"


def test_the_next_switch_goes_on_where_a_killed_one_stopped(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_at(3, monkeypatch), pytest.raises(Killed):
        write(root, "newer")
    with Switch(root):
        pass
    assert found(root) == all_of("newer")


def test_an_error_in_the_middle_puts_all_back(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swapped = []

    def full(fresh: Path, folder: Path) -> None:
        swapped.append(folder.name)
        if len(swapped) == 2:
            raise OSError(errno.EIO, "the disk is broken")
        swap.swap(fresh, folder)

    monkeypatch.setattr(switch, "swap", full)
    with pytest.raises(OSError, match="broken"):
        write(root, "new")
    assert found(root) == all_of("old")
    assert plain_names(root) == list(NAMES)


def test_an_error_puts_back_what_was_not_there_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only_once(fresh: Path, folder: Path) -> None:
        if folder.name == "counts":
            raise OSError(errno.EIO, "the disk is broken")
        swap.swap(fresh, folder)

    monkeypatch.setattr(switch, "swap", only_once)
    with pytest.raises(OSError, match="broken"):
        write(tmp_path, "new")
    assert plain_names(tmp_path) == []


def test_what_another_process_is_writing_is_not_cleared_away(root: Path) -> None:
    with Switch(root) as together:
        together.stage("areas", {"datapackage.json": b"new", "table": b"new"})
        write(root, "newer")
        together.commit()
    assert found(root) == all_of("newer") | {"areas": "new"}


def test_a_journal_of_folders_that_are_gone_is_no_harm(root: Path) -> None:
    (root / JOURNAL).write_text('{"areas": {"staged": ".areas.new-1", "inode": 1}}')
    assert found(root) == all_of("old")
    assert not (root / JOURNAL).exists()
    (root / JOURNAL).write_text("[")
    assert found(root) == all_of("old")
    settle(root)
    assert not (root / JOURNAL).exists()


def test_readers_never_miss_a_folder_while_it_is_replaced(root: Path) -> None:
    stop, missed, looks = threading.Event(), [], [0]

    def look() -> None:
        while not stop.is_set():
            names = sorted(folders_now(root))
            looks[0] += 1
            if names != sorted(NAMES):
                missed.append(names)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        for number in range(20):
            write(root, str(number))
    finally:
        stop.set()
        reader.join()
    assert missed == []
    assert looks[0] > 20


PROGRAM = """
import itertools, sys
from pathlib import Path
from academy.datasets import swap
from academy.datasets.switch import Switch
if sys.argv[2] == "three steps":
    def cannot(first, second):
        raise OSError(22, "no exchange on this file system")
    swap._exchange = cannot
for number in itertools.count():
    with Switch(Path(sys.argv[1])) as together:
        for name in ("areas", "counts", "poles"):
            text = str(number).encode()
            together.stage(name, {"datapackage.json": text, "table": text})
        together.commit()
"""


def inode(path: Path) -> int | None:
    return path.stat().st_ino if path.exists() else None


def killed_again_and_again(folder: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    for kill in range(kills):
        before = inode(folder / "areas")
        way = "exchange" if kill % 2 else "three steps"
        child = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), way])
        deadline = time.monotonic() + 30
        while inode(folder / "areas") == before and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(chance.random() / 20)
        child.send_signal(signal.SIGKILL)
        child.wait()
        values = found(folder)
        assert sorted(values) == sorted(NAMES)
        assert len(set(values.values())) == 1, values
    write(folder, "last")
    assert plain_names(folder) == list(NAMES)


def test_killed_six_times_the_group_is_old_or_new(tmp_path: Path) -> None:
    killed_again_and_again(tmp_path, 6, seed=20260829)


@pytest.mark.torture
@pytest.mark.parametrize("seed", range(3))
def test_killed_thirty_times_the_group_is_old_or_new(tmp_path: Path, seed: int) -> None:
    killed_again_and_again(tmp_path, 30, seed)
