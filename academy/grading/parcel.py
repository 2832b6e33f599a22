"""A submission as it leaves: a plain tar of a folder's files, written as a stream."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from academy.grading.refusal import RefusedError

_BLOCK = tarfile.BLOCKSIZE
_CHUNK = 65_536


@dataclass(frozen=True)
class Parcel:
    """A folder's files, ready to be sent.

    Parameters
    ----------
    entries
        Name, place on the disk and bytes of each file.
    left_out
        Names of what is not sent, because it is no file and no folder.
    """

    entries: tuple[tuple[str, Path, int], ...]
    left_out: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(size for _, _, size in self.entries)

    @property
    def length(self) -> int:
        """Bytes of the whole tar."""
        return sum(_BLOCK + size + -size % _BLOCK for _, _, size in self.entries) + 2 * _BLOCK

    def chunks(self) -> Iterator[bytes]:
        """Yield the tar."""
        for name, path, size in self.entries:
            yield _header(name, size)
            yield from _content(name, path, size)
            yield bytes(-size % _BLOCK)
        yield bytes(2 * _BLOCK)


def pack(folder: Path, ignored: Callable[[str, list[str]], Iterable[str]]) -> Parcel:
    """Return a folder's files as a parcel; links are followed to files, not to folders.

    Parameters
    ----------
    folder
        The folder.
    ignored
        Given a folder and the names in it, returns those that stay behind.
    """
    entries: list[tuple[str, Path, int]] = []
    left_out: list[str] = []
    for place, folders, files in os.walk(folder):
        behind = set(ignored(place, [*folders, *files]))
        folders[:] = sorted(name for name in folders if name not in behind)
        for name in sorted(set(files) - behind):
            path = Path(place, name)
            shown = path.relative_to(folder).as_posix()
            if path.is_file():
                entries.append((shown, path, path.stat().st_size))
            else:
                left_out.append(shown)
        left_out += [f"{name}/" for name in folders if Path(place, name).is_symlink()]
    return Parcel(tuple(entries), tuple(left_out))


def _header(name: str, size: int) -> bytes:
    member = tarfile.TarInfo(name)
    member.size = size
    try:
        return member.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")
    except ValueError:
        raise RefusedError(
            "bad_content",
            f"The name '{name!a}' is too long, or not text, so the file can't be handed in.",
            next_step="Give it a shorter, plain name and submit again.",
        ) from None


def _content(name: str, path: Path, size: int) -> Iterator[bytes]:
    left = size
    try:
        opened = path.open("rb")
    except OSError as error:
        raise RefusedError(
            "bad_content",
            f"'{name}' can't be read ({error.strerror}).",
            next_step="See that you may read it, save it and submit again.",
        ) from None
    with opened as file:
        while left:
            data = file.read(min(left, _CHUNK))
            if not data:
                raise RefusedError(
                    "bad_content",
                    f"'{name}' became shorter while it was read.",
                    next_step="Save it and submit again.",
                )
            left -= len(data)
            yield data
