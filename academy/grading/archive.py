"""A submission as it arrives: a plain tar of files and folders, read as a stream.

The reader takes nothing but the simplest tar there is, so that no member can lead out of its
folder, stand for more than it holds or make the reader do more work than its bytes are worth.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from academy.grading.limits import SUBMISSION_DEPTH, SUBMISSION_ENTRIES
from academy.grading.refusal import RefusedError

FILE_MODE = 0o640
FOLDER_MODE = 0o2750
_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 65_536
_PLAIN_FILES = (tarfile.REGTYPE, tarfile.AREGTYPE)


@dataclass(frozen=True)
class Unpacked:
    """What was in a tar.

    Parameters
    ----------
    files, size
        How many files, and their bytes together.
    """

    files: int
    size: int


def unpack(chunks: Iterable[bytes], target: Path, *, most_bytes: int) -> Unpacked:
    """Write what a tar holds into a new folder, and return when it lies on the disk.

    Parameters
    ----------
    chunks
        The tar.
    target
        The folder, which must not exist.
    most_bytes
        How many bytes all files together may have.

    Raises
    ------
    RefusedError
        When there is anything but plain files and folders, or too much of them.
    """
    reader = _Reader(chunks)
    target.mkdir()
    entries = files = size = 0
    while (member := _next_member(reader)) is not None:
        entries += 1
        size += member.size
        _check_bounds(entries, size, most_bytes)
        files += _put(member, reader, target)
    _settle(target)
    return Unpacked(files, size)


class _Reader:
    """Reads a number of bytes from a stream of chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = b""

    def some(self, most: int) -> bytes:
        """Return at least one byte and no more than asked for; none at the end."""
        while not self._left:
            try:
                self._left = next(self._chunks)
            except StopIteration:
                return b""
        data, self._left = self._left[:most], self._left[most:]
        return data

    def exactly(self, count: int) -> Iterator[bytes]:
        """Yield so many bytes, piece by piece."""
        while count:
            data = self.some(min(count, _CHUNK))
            if not data:
                raise _damaged()
            count -= len(data)
            yield data


def _damaged() -> RefusedError:
    return RefusedError(
        "bad_content", "What arrived is not whole, or no plain tar.", next_step="Submit again."
    )


def _next_member(reader: _Reader) -> tarfile.TarInfo | None:
    block = b"".join(reader.exactly(_BLOCK))
    if not block.strip(b"\0"):
        return None
    try:
        member = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError):
        raise _damaged() from None
    if member.size < 0 or (member.isdir() and member.size):
        raise _damaged()
    if not member.isdir() and member.type not in _PLAIN_FILES:
        raise RefusedError(
            "bad_content",
            f"'{member.name!a}' is no plain file: links and devices are not taken.",
            next_step="Put a copy of the file in its place and submit again.",
        )
    return member


def _check_bounds(entries: int, size: int, most_bytes: int) -> None:
    if entries > SUBMISSION_ENTRIES:
        raise RefusedError(
            "too_large",
            f"The submission has more than {SUBMISSION_ENTRIES:,} files and folders.",
            next_step="Take out what does not belong to the assignment and submit again.",
        )
    if size > most_bytes:
        raise too_large(size, most_bytes)


def too_large(size: int, most_bytes: int) -> RefusedError:
    """Return the refusal of a submission that has too many bytes."""
    return RefusedError(
        "too_large",
        f"The submission has {size / 1e6:,.1f} MB and at most {most_bytes / 1e6:,.0f} MB are "
        "taken.",
        next_step="Clear the outputs of its notebooks, take out large files, and submit again.",
    )


def _put(member: tarfile.TarInfo, reader: _Reader, target: Path) -> int:
    """Write one member; return how many files that were."""
    path = target.joinpath(*_safe_parts(member))
    try:
        if member.isdir():
            path.mkdir(parents=True, exist_ok=True)
            return 0
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, reader.exactly(member.size))
    except (FileExistsError, NotADirectoryError):
        raise RefusedError(
            "bad_content", f"The name '{member.name!a}' is there twice.", next_step="Submit again."
        ) from None
    for _ in reader.exactly(-member.size % _BLOCK):
        pass
    return 1


def _safe_parts(member: tarfile.TarInfo) -> list[str]:
    parts = member.name.split("/")
    good = all(
        part not in ("", ".", "..") and part.isprintable() and len(part.encode()) <= 255
        for part in parts
    )
    if not good or len(parts) > SUBMISSION_DEPTH:
        raise RefusedError(
            "bad_content",
            f"The name '{member.name!a}' can't be taken: it leads elsewhere, lies too deep or has "
            "characters that can't be shown.",
            next_step="Rename the file and submit again.",
        )
    return parts


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, FILE_MODE), "wb") as file:
        for data in chunks:
            file.write(data)
        file.flush()
        os.fchmod(file.fileno(), FILE_MODE)
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Give folders their mode and bring their lists of names to the disk."""
    for place, _, _ in os.walk(folder, topdown=False):
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        os.fchmod(descriptor, FOLDER_MODE)
        os.fsync(descriptor)
        os.close(descriptor)


def content_hash(folder: Path) -> str | None:
    """Return the hash of a folder's files, or ``None`` where something is no plain file.

    It is the sha256 of what ``sha256sum`` prints of all files, sorted by name byte by byte: a
    line with hash, two spaces and name for each.
    """
    lines: list[tuple[bytes, str]] = []
    for place, folders, files in os.walk(folder):
        if any(Path(place, name).is_symlink() for name in folders):
            return None
        for name in files:
            path = Path(place, name)
            if not stat.S_ISREG(path.lstat().st_mode):
                return None
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            lines.append((os.fsencode(path.relative_to(folder).as_posix()), digest))
    whole = b"".join(digest.encode() + b"  " + name + b"\n" for name, digest in sorted(lines))
    return hashlib.sha256(whole).hexdigest()
