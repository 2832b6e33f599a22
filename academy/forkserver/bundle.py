"""The files of one submission, carried into a sandbox in memory.

Plain files and folders alone: what is packed by an instructor's process is what a learner handed
in, and what is unpacked was packed by us, yet neither side believes the other.
"""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from academy.errors import AcademyError

#: What is carried at most.
MOST_BYTES = 200_000_000
MOST_ENTRIES = 5_000
MOST_DEPTH = 20


def pack(folder: Path | None, wanted: Callable[[str], bool] = lambda _name: True) -> int:
    """Return the descriptor of a memory file with the plain files below a folder.

    Links, pipes and devices stay behind: a learner may have left one that leads elsewhere.

    Parameters
    ----------
    folder
        The folder; without one, nothing is carried.
    wanted
        Tells from a file's name whether it is carried.

    Raises
    ------
    AcademyError
        When there is more than is carried.
    """
    number = os.memfd_create("academy-files", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(number), "wb") as file, tarfile.open(fileobj=file, mode="w|") as tar:
            for name, path in _plain(folder, wanted) if folder else ():
                _add(tar, name, path)
        os.lseek(number, 0, os.SEEK_SET)
    except BaseException:
        os.close(number)
        raise
    return number


def _plain(folder: Path, wanted: Callable[[str], bool]) -> Iterator[tuple[str, Path]]:
    room, entries = MOST_BYTES, 0
    for where, folders, files in os.walk(folder, followlinks=False):
        here = Path(where)
        for name in sorted([*folders, *files]):
            found = (here / name).lstat()
            is_file = stat.S_ISREG(found.st_mode) and wanted(name)
            if not is_file and not stat.S_ISDIR(found.st_mode):
                continue
            entries += 1
            room -= found.st_size if is_file else 0
            if entries > MOST_ENTRIES or room < 0:
                raise _too_much(folder)
            yield str((here / name).relative_to(folder)), here / name


def _too_much(folder: Path) -> AcademyError:
    return AcademyError(
        f"A submission of at most {MOST_ENTRIES:,} files and {MOST_BYTES:,} bytes was expected, "
        "and this is more.",
        where=str(folder),
        kept="It was not run.",
        next_step="Look at what was handed in, and take out what does not belong there.",
    )


def _add(tar: tarfile.TarFile, name: str, path: Path) -> None:
    """Add a file or folder with nothing but its name and content."""
    entry = tarfile.TarInfo(name)
    if path.is_dir():
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
        return
    # It may have become another one since it was looked at.
    number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(number, "rb") as file:
        found = os.fstat(number)
        if stat.S_ISREG(found.st_mode):
            entry.size, entry.mtime = found.st_size, int(found.st_mtime)
            tar.addfile(entry, file)


def unpack(number: int, folder: Path) -> None:
    """Write what was packed into a folder, which is ours and empty.

    Raises
    ------
    AcademyError
        When something in it is no plain file or folder, or lies elsewhere.
    """
    with os.fdopen(os.dup(number), "rb") as file, tarfile.open(fileobj=file, mode="r|") as tar:
        for count, entry in enumerate(tar):
            _require_plain(entry, count)
            target = folder / entry.name
            if entry.isdir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            content = tar.extractfile(entry)
            assert content is not None
            _write(content, target)
            os.utime(target, (entry.mtime, entry.mtime))


def _require_plain(entry: tarfile.TarInfo, count: int) -> None:
    name = PurePosixPath(entry.name)
    is_inside = not name.is_absolute() and ".." not in name.parts
    is_short = len(name.parts) <= MOST_DEPTH and entry.size <= MOST_BYTES and count < MOST_ENTRIES
    if not (entry.isreg() or entry.isdir()) or not is_inside or not is_short:
        raise AcademyError(f"'{entry.name}' can't be laid into a sandbox.")


def _write(content: IO[bytes], target: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(target, flags, 0o666), "wb") as file:
        while piece := content.read(1 << 20):
            file.write(piece)
