"""Look at a submitted file before it is read: is it a plain one, and not too large."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from academy.errors import AcademyError


class UnreadableError(AcademyError):
    """A submitted file is no notebook that could be graded; its text says why."""


def shown(name: str) -> str:
    """Return a file's name as it can be written anywhere."""
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def read_bounded(path: Path, limit_kilobytes: int) -> bytes:
    """Return the content of a plain file.

    Parameters
    ----------
    path
        The file; a link is not followed.
    limit_kilobytes
        How large it may be, in units of 1,000 bytes.

    Raises
    ------
    UnreadableError
        When it is not a plain file, is too large or can't be read.
    """
    name = shown(path.name)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            _require_plain(name, os.fstat(descriptor), limit_kilobytes)
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(limit_kilobytes * 1000)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise UnreadableError(_not_opened(name, error)) from None


def _require_plain(name: str, status: os.stat_result, limit_kilobytes: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "not a plain file"
        raise UnreadableError(f"'{name}' is {kind}, so there is no notebook in it to grade.")
    if status.st_size > limit_kilobytes * 1000:
        raise UnreadableError(too_large(name, status.st_size, limit_kilobytes))


def _not_opened(name: str, error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return f"'{name}' is a link to another file; only the files themselves are graded."
    return f"'{name}' can't be read: {error.strerror or error}."


def too_large(name: str, size: int, limit_kilobytes: int) -> str:
    """Return the sentence about something that is larger than it may be."""
    return (
        f"'{name}' has {size / 1e6:,.1f} MB and at most {limit_kilobytes / 1e3:,.0f} MB are "
        "graded; ask the learner to clear the outputs and submit again."
    )
