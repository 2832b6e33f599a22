"""Which notebooks were well when they were last run, so that only changed ones run again.

What counts is content: the notebook and what lies beside it, its answers and facts, every table of
the shelf, the libraries and the Academy's own code. Only what was well is kept; what was not runs
every time.
"""

from __future__ import annotations

import contextlib
import hashlib
import stat
import sys
import sysconfig
import time
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from academy import paths
from academy.datasets import dataset_folders

#: What nobody asked for in so long is forgotten.
KEPT_SECONDS = 30 * 24 * 3600


def folder() -> Path:
    """Return the folder of the notes: one empty file for each notebook that was well."""
    return paths.state() / "checks"


def surroundings() -> str:
    """Return a hash of what every run depends on: tables, libraries, Python, our own code."""
    digest = hashlib.sha256(sys.version.encode())
    for one in dataset_folders().values():
        digest.update((one / "datapackage.json").read_bytes())  # it holds the hash of each table
    # Not what libraries put on the path for themselves as they are imported.
    places = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    installed = {f"{one.name} {one.version}" for one in metadata.distributions(path=places)}
    digest.update("\n".join(sorted(installed)).encode())
    for file in sorted((paths.checkout() / "academy").rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def key_of(shown: str, files: Iterable[Path], shelf: str) -> str:
    """Return the name under which a notebook's state is kept.

    Parameters
    ----------
    shown
        How messages name the notebook.
    files
        Files and folders that its run depends on; one that is not there counts as that.
    shelf
        What `surroundings` gave.
    """
    digest = hashlib.sha256(f"{shown}\n{shelf}\n".encode())
    for path in files:
        for name, content in _contents(path):
            digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_file():
        yield path.name, path.read_bytes()
    for file in sorted(path.rglob("*")) if path.is_dir() else []:
        name = file.relative_to(path).as_posix()
        if file.is_file() and not name.startswith(".") and "/." not in name:
            yield name, file.read_bytes()


def was_well(key: str) -> bool:
    """Tell whether a notebook was well when it was last run just as it is."""
    try:
        return stat.S_ISREG((folder() / key).stat().st_mode)
    except OSError:
        return False  # nobody noted it, or this person may not look into the state directory


def remember(key: str, shown: str) -> None:
    """Note that a notebook is well.

    Where the state directory may not be written, as in a learner's lab, it runs again next time.
    """
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        paths.write_atomically(folder() / key, f"{shown}\n")
        for file in folder().iterdir():
            if time.time() - file.stat().st_mtime > KEPT_SECONDS:
                file.unlink()
