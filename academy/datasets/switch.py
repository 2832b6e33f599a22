"""Put several finished folders in their places together: readers see all old ones or all new.

The new folders are written beside the old ones, under names that begin with a dot. Then one small
file, the journal, names them: from the moment that it is there, the new folders count, wherever
they lie. Only then do the folders change names, and the journal goes. Whoever is killed in between
leaves the journal, and the next reader or refresh goes on by it.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from academy import paths
from academy.datasets.swap import swap, sync, write_files

JOURNAL = ".switch.json"
# A reader looks again when names changed while it looked.
_LOOKS = 5


@dataclass(frozen=True)
class Move:
    """A new folder: the name under which it was written, and its own number on the disk."""

    staged: str
    inode: int


class Switch:
    """New folders for one root, which take their places when `commit` is called.

    Parameters
    ----------
    root
        Holds the folders. It is made where it is not there.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._staged: dict[str, tuple[Path, int]] = {}

    def __enter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        with _one_at_a_time(self.root):
            _settle(self.root)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.forget(list(self._staged))

    def stage(self, name: str, files: Mapping[str, bytes | Path]) -> None:
        """Write a new folder beside the one that it shall replace; nobody sees it yet.

        Parameters
        ----------
        name
            Of the folder.
        files
            File name to content, or to a file.
        """
        self.forget([name])
        with _one_at_a_time(self.root):
            fresh = Path(tempfile.mkdtemp(dir=self.root, prefix=f".{name}.new-"))
            # Held while this process lives, so that another can tell what a killed one left.
            lock = os.open(fresh, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._staged[name] = fresh, lock
        try:
            write_files(fresh, files)
        except BaseException:
            self.forget([name])
            raise

    def commit(self) -> None:
        """Let all staged folders take their places at once."""
        moves = {
            name: Move(path.name, path.stat().st_ino) for name, (path, _) in self._staged.items()
        }
        if not moves:
            return
        with _one_at_a_time(self.root):
            _settle(self.root)
            _write_journal(self.root, moves)
            try:
                for name, move in moves.items():
                    _finish(self.root, name, move)
            except BaseException:
                _undo(self.root, moves)
                raise
            _remove_journal(self.root)
        self.forget(list(self._staged))

    def forget(self, names: Collection[str]) -> None:
        """Remove staged folders, or the old ones that lie there once they have changed places."""
        for name in [name for name in names if name in self._staged]:
            path, lock = self._staged.pop(name)
            shutil.rmtree(path, ignore_errors=True)
            os.close(lock)


def replace_folder(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    """Make a folder hold these files and no others, as a whole or not at all."""
    with Switch(folder.parent) as switch:
        switch.stage(folder.name, files)
        switch.commit()


def settle(root: Path) -> None:
    """Finish what a killed switch began, where this process may; others read by the journal."""
    if not (root / JOURNAL).exists() or not os.access(root, os.W_OK):
        return
    # Where another is at work, or the disk can't be written, reading goes on all the same.
    with contextlib.suppress(OSError), _one_at_a_time(root, wait=False):
        _settle(root)


def folders_now(root: Path) -> dict[str, Path]:
    """Return the folders of a root by name, as they are at one moment."""
    found: dict[str, Path] = {}
    for _ in range(_LOOKS):
        before = _state(root)
        moves = _read_journal(root)
        found = {path.name: path for path in root.iterdir() if not path.name.startswith(".")}
        found |= {
            name: place for name, move in moves.items() if (place := _place(root, name, move))
        }
        if _state(root) == before:
            break
    return found


@contextlib.contextmanager
def _one_at_a_time(root: Path, *, wait: bool = True) -> Iterator[None]:
    """Two switches in one root wait for each other; the lock ends with the process."""
    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def _settle(root: Path) -> None:
    """Go on by the journal, then clear away what nobody holds any more."""
    if moves := _read_journal(root):
        for name, move in moves.items():
            _finish(root, name, move)
    if (root / JOURNAL).exists():
        _remove_journal(root)
    for half_written in root.glob(f".{JOURNAL}.*"):
        half_written.unlink()
    for left in [*root.glob(".*.new-*"), *root.glob(".*.old")]:
        with contextlib.suppress(BlockingIOError, FileNotFoundError), _held(left):
            shutil.rmtree(left)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _finish(root: Path, name: str, move: Move) -> None:
    """Let one new folder take its place, unless it has it already."""
    if _inode(root / name) != move.inode and _inode(root / move.staged) == move.inode:
        swap(root / move.staged, root / name)


def _undo(root: Path, moves: Mapping[str, Move]) -> None:
    """Put the old folders back; with the journal the new ones stop to count, all at once."""
    for name, move in moves.items():
        if _inode(root / name) != move.inode:
            continue
        staged = root / move.staged
        if staged.exists():
            swap(staged, root / name)
        else:
            (root / name).rename(staged)
    _remove_journal(root)


def _place(root: Path, name: str, move: Move) -> Path | None:
    """Where a new folder lies now: in its place, or still beside it."""
    places = root / name, root / move.staged
    return next((place for place in places if _inode(place) == move.inode), None)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


def _state(root: Path) -> tuple[bytes | None, int]:
    try:
        journal = (root / JOURNAL).read_bytes()
    except FileNotFoundError:
        journal = None
    return journal, root.stat().st_mtime_ns


def _write_journal(root: Path, moves: Mapping[str, Move]) -> None:
    text = json.dumps({name: asdict(move) for name, move in moves.items()})
    paths.write_atomically(root / JOURNAL, text, mode=0o644)


def _read_journal(root: Path) -> dict[str, Move]:
    try:
        entries = json.loads((root / JOURNAL).read_bytes())
        return {name: Move(**entry) for name, entry in entries.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, AttributeError):
        # Nobody's journal: it is written as a whole, so this is not ours.
        return {}


def _remove_journal(root: Path) -> None:
    sync(root)
    (root / JOURNAL).unlink(missing_ok=True)
    sync(root)
