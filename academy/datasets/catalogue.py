"""Which datasets there are: derived from the folders that hold a descriptor."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from academy import paths
from academy.datasets.switch import folders_now, settle
from academy.errors import AcademyError

_NAME = re.compile(r"[a-z][a-z0-9-]*")
# A reader looks again so often where refreshes come one after the other.
_TRIES = 4

Result = TypeVar("Result")


def dataset_folders() -> dict[str, Path]:
    """Return the folder to use for each dataset: the refreshed one where it is there.

    Returns
    -------
    dict of str to Path
        Names in alphabetical order.
    """
    try:
        refreshed = described_folders(paths.refreshed_datasets())
    except PermissionError:
        # A learner who may not look into the state directory has the tables of the checkout.
        refreshed = {}
    return dict(sorted((described_folders(paths.embedded_datasets()) | refreshed).items()))


def list_datasets() -> list[str]:
    """Return the names of the datasets on the shelf."""
    return list(dataset_folders())


def folder_of(name: str) -> Path:
    """Return the folder of one dataset.

    Raises
    ------
    AcademyError
        When there is no such dataset; it names those that there are and suggests the nearest.
    """
    folders = dataset_folders()
    if name in folders:
        return folders[name]
    raise unknown_dataset(name, list(folders))


def at_one_moment(name: str, work: Callable[[Path], Result]) -> Result:
    """Work on a dataset's folder; anew where a refresh put another in its place meanwhile.

    Parameters
    ----------
    name
        The dataset.
    work
        Reads the folder that it is given.

    Raises
    ------
    AcademyError
        When there is no such dataset, or the work fails on a folder that stayed.
    """
    for _ in range(_TRIES):
        folder = folder_of(name)
        version = _version(folder)
        try:
            result = work(folder)
        except AcademyError:
            if version is not None and _version(folder) == version:
                raise
        else:
            if _version(folder) == version:
                return result
    return work(folder_of(name))


def _version(folder: Path) -> tuple[int, int] | None:
    """Which folder lies under a name now: a refresh writes each descriptor anew."""
    try:
        found = (folder / "datapackage.json").stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def unknown_dataset(name: str, names: list[str]) -> AcademyError:
    """Return the error for a name that is none of these; it suggests the nearest."""
    there = nearest(name.replace("_", "-").replace(" ", "-"), names) or "The shelf is empty."
    return AcademyError(
        f"There is no dataset called '{name}'. {there}",
        next_step="See `academy data list` for what each of them is.",
    )


def nearest(name: str, names: list[str], most: int = 50) -> str:
    """Say which of some names is nearest to one, and what there is.

    Parameters
    ----------
    name
        What somebody wrote.
    names
        What there is.
    most
        How many of them to tell.
    """
    if not names:
        return ""
    plain = {each.strip().lower(): each for each in names}
    near = difflib.get_close_matches(name.strip().lower(), list(plain), n=1)
    hint = f"Did you mean '{plain[near[0]]}'? " if near else ""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return f"{hint}There are: {', '.join(names[:most])}{more}."


def described_folders(root: Path) -> dict[str, Path]:
    """Return the folders with a descriptor; half-written ones begin with a dot and don't count."""
    if not root.is_dir():
        return {}
    settle(root)
    return {
        name: folder
        for name, folder in folders_now(root).items()
        if _NAME.fullmatch(name) and (folder / "datapackage.json").is_file()
    }
