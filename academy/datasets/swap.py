"""Put a finished folder in the place of another in one step, so that no reader sees half of it."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# A file system or a system without an exchanging rename says one of these.
_CANNOT_EXCHANGE = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EXDEV, errno.EPERM}


def replace_folder(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    """Make a folder hold these files and no others, as a whole or not at all.

    The files are written and synced beside the folder, then the two change places. Where the
    file system can't exchange folders, the old one is set aside first and put back on an error;
    `restore_stranded` mends what a power cut leaves between those two renames.

    Parameters
    ----------
    folder
        The folder to make or replace. Its parent is made where it is not there.
    files
        File name to content, or to a file to copy.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(folder.parent):
        restore_stranded(folder)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.new-"))
        try:
            _write_all(fresh, files)
            _swap(fresh, folder)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        _sync(folder.parent)


@contextlib.contextmanager
def _one_at_a_time(parent: Path) -> Iterator[None]:
    """Two replacements in one place wait for each other; the lock ends with the process."""
    descriptor = os.open(parent, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def restore_stranded(folder: Path) -> None:
    """Mend what a killed replacement left: put the old folder back, drop a half-written one."""
    for half_written in folder.parent.glob(f".{folder.name}.new-*"):
        shutil.rmtree(half_written)
    aside = _aside(folder)
    if aside.exists() and not folder.exists():
        aside.rename(folder)
    elif aside.exists():
        shutil.rmtree(aside)


def _aside(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.old"


def _write_all(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    folder.chmod(0o755)
    for name, content in files.items():
        with (folder / name).open("wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                with content.open("rb") as source:
                    shutil.copyfileobj(source, file)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
    _sync(folder)


def _swap(fresh: Path, folder: Path) -> None:
    """Afterwards ``fresh`` holds the old folder, or is gone where there was none."""
    if not folder.exists():
        fresh.rename(folder)
        return
    try:
        _exchange(fresh, folder)
    except OSError as error:
        if error.errno not in _CANNOT_EXCHANGE:
            raise
        _swap_in_two_steps(fresh, folder)


def _swap_in_two_steps(fresh: Path, folder: Path) -> None:
    aside = _aside(folder)
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    shutil.rmtree(aside)


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


def _sync(folder: Path) -> None:
    # Some file systems can't sync a folder; the files themselves were synced.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
