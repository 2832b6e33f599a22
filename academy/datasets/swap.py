"""Let two folders change names in one step, so that no reader sees half of either."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# A file system or a system without an exchanging rename says one of these.
_CANNOT_EXCHANGE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EXDEV, errno.EPERM}


def write_files(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    """Put files into a new folder and wait until they lie on the disk.

    Parameters
    ----------
    folder
        An empty folder.
    files
        File name to content, or to a file to copy.
    """
    folder.chmod(0o755)
    for name, content in files.items():
        target = folder / name
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            shutil.copyfile(content, target)
        with target.open("rb") as file:
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
    sync(folder)


def swap(fresh: Path, folder: Path) -> None:
    """Give two folders each other's name; where only the first is there, it gets the second's.

    Where the file system can't exchange names, the second folder has none for a moment, and an
    error puts it back.
    """
    if not folder.exists():
        fresh.rename(folder)
        return
    try:
        _exchange(fresh, folder)
    except OSError as error:
        if error.errno not in _CANNOT_EXCHANGE:
            raise
        _swap_in_three_steps(fresh, folder)


def aside_of(folder: Path) -> Path:
    """Return where a folder lies while another takes its name in three steps."""
    return folder.parent / f".{folder.name}.old"


def _swap_in_three_steps(fresh: Path, folder: Path) -> None:
    aside = aside_of(folder)
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    aside.rename(fresh)


def _exchange(first: Path, second: Path) -> None:
    """Let two folders change names in one step (Linux's ``renameat2``)."""
    library = ctypes.CDLL(None, use_errno=True)
    try:
        renameat2 = library.renameat2
    except AttributeError:
        raise OSError(errno.ENOSYS, "no exchanging rename here") from None
    code = renameat2(
        _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE
    )
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(second))


def sync(folder: Path) -> None:
    """Wait until a folder's names lie on the disk."""
    # Some file systems can't sync a folder; the files themselves were synced.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
