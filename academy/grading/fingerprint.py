"""What a grading depends on, as hashes: the submission, the release, the data, the packages."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from academy.datasets import dataset_folders
from academy.grading.comparison import read_notebook
from academy.grading.course import released_notebooks, step_folder
from academy.grading.ledger import Stamp, beginning


def stamps(folder: Path, known: Mapping[str, Stamp]) -> dict[str, Stamp]:
    """Return the plain files of a submission with their hashes.

    Parameters
    ----------
    folder
        The submission.
    known
        The stamps of the last time. A file of the same size, time and number in the file
        system is not read again.
    """
    found: dict[str, Stamp] = {}
    for path, status in _plain_files(folder):
        name = path.relative_to(folder).as_posix()
        before = known.get(name)
        seen = (status.st_size, status.st_mtime_ns, status.st_ino)
        found[name] = (*seen, before[3] if before and before[:3] == seen else _hash(path))
    return found


def fingerprint(files: Mapping[str, Stamp], release: str) -> str:
    """Return one hash of a submission's files and of everything else that grading depends on."""
    lines = [f"{name}\0{stamp[3]}" for name, stamp in sorted(files.items())]
    return _digest([release, *lines])


def release_fingerprint(course_id: str, assignment_id: str, gradebook: Any) -> str:
    """Return one hash of what all submissions of an assignment are graded with.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    gradebook
        The open gradebook, which holds the cells with their hidden tests.
    """
    folders = [step_folder(course_id, step, ".", assignment_id) for step in ("release", "source")]
    files = [
        f"{path}\0{_hash(path)}"
        for folder in folders
        for path, _ in _plain_files(folder)
        # Notebooks count as they were released: in the gradebook, and what they ask for.
        if path.suffix != ".ipynb"
    ]
    files += [
        f"{name}\0{_kernel(path)}"
        for name, path in released_notebooks(course_id, assignment_id).items()
    ]
    cells = _released_cells(gradebook, assignment_id)
    data = _data(course_id, assignment_id, cells)
    anew = beginning(course_id, assignment_id)
    return _digest([anew, *sorted(files), *cells, *data, *packages()])


def _kernel(notebook: Path) -> str:
    metadata = read_notebook(notebook).get("metadata", {})
    return json.dumps([metadata.get("kernelspec"), metadata.get("language_info")], sort_keys=True)


def _released_cells(gradebook: Any, assignment_id: str) -> list[str]:
    from nbgrader.api import MissingEntry

    try:
        notebooks = gradebook.find_assignment(assignment_id).notebooks
    except MissingEntry:
        return []
    cells = [
        repr((book.name, cell.name, str(cell.cell_type), cell.locked, cell.source))
        for book in notebooks
        for cell in book.source_cells
    ]
    points = [
        repr((book.name, cell.name, cell.max_score))
        for book in notebooks
        for cell in (*book.grade_cells, *book.task_cells)
    ]
    return sorted(cells) + sorted(points)


def _data(course_id: str, assignment_id: str, cells: Iterable[str]) -> list[str]:
    """Return the state of each dataset that the assignment names; it holds hashes of its files."""
    released = released_notebooks(course_id, assignment_id).values()
    text = "\n".join([*(path.read_text(encoding="utf-8") for path in released), *cells])
    return [
        f"{name}\0{_hash(folder / 'datapackage.json')}"
        for name, folder in dataset_folders().items()
        if name in text
    ]


def packages() -> list[str]:
    """Return the installed packages with their versions, and Python's."""
    folder = Path(sysconfig.get_paths()["purelib"])
    return [sys.version, *sorted(path.name for path in folder.glob("*.dist-info"))]


def _plain_files(folder: Path) -> Iterable[tuple[Path, os.stat_result]]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                yield path, status


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
