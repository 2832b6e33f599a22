"""Which datasets there are: derived from the folders that hold a descriptor."""

from __future__ import annotations

import difflib
import re
from pathlib import Path

from academy import paths
from academy.errors import AcademyError

_NAME = re.compile(r"[a-z][a-z0-9-]*")


def dataset_folders() -> dict[str, Path]:
    """Return the folder to use for each dataset: the refreshed one where it is there.

    Returns
    -------
    dict of str to Path
        Names in alphabetical order.
    """
    try:
        refreshed = _described(paths.refreshed_datasets())
    except PermissionError:
        # A learner who may not look into the state directory has the tables of the checkout.
        refreshed = {}
    return dict(sorted((_described(paths.embedded_datasets()) | refreshed).items()))


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


def unknown_dataset(name: str, names: list[str]) -> AcademyError:
    """Return the error for a name that is none of these; it suggests the nearest."""
    return AcademyError(
        f"There is no dataset called '{name}'. {_suggestion(name, names)}",
        next_step="See `academy data list` for what each of them is.",
    )


def _suggestion(name: str, names: list[str]) -> str:
    if not names:
        return "The shelf is empty."
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    near = difflib.get_close_matches(wanted, names, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return f"{hint}There are: {', '.join(names)}."


def _described(root: Path) -> dict[str, Path]:
    """Folders with a descriptor; half-written ones begin with a dot and don't count."""
    if not root.is_dir():
        return {}
    return {
        entry.name: entry
        for entry in root.iterdir()
        if _NAME.fullmatch(entry.name) and (entry / "datapackage.json").is_file()
    }
