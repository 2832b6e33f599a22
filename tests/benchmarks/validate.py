"""Validate one notebook: nbgrader's Validator and ours, in turns, in one process.

Both run the instructor's answers to a shipped assignment. The process has imported both, as a
learner's server has, and forks kernels for ours as a learner's server does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat

from academy import paths
from academy.forkserver.local import environment_with, nursery_at_hand
from benchmarks.row import Row, median_row

REPEATS = 5
COURSE, ASSIGNMENT = "start-here", "load-and-count"


def measure(folder: Path) -> list[Row]:
    """Validate the same notebook with both; both must find nothing wrong."""
    notebook = _notebook(folder / "assignments" / COURSE / ASSIGNMENT)
    seconds: dict[str, list[float]] = {"stock": [], "academy": []}
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp") as run:
        variables = {"JUPYTER_RUNTIME_DIR": run, "ACADEMY_STATE": str(folder / "state")}
        with environment_with(variables), nursery_at_hand() as forking:
            _with(forking, _ours, notebook)  # the nursery still imports what lessons use
            for _ in range(REPEATS):
                seconds["academy"].append(_with(forking, _ours, notebook))
                seconds["stock"].append(_with({}, _stock, notebook))
    how = "nbgrader's Validator, in the same process with both imported"
    return [median_row("validating one notebook, as the learner waits", **seconds, how=how)]


def _with(variables: dict[str, str], work: Any, notebook: Path) -> float:
    with environment_with(variables):
        start = time.monotonic()
        found = work(notebook)
        taken = time.monotonic() - start
    assert not found, found
    return taken


def _ours(notebook: Path) -> Any:
    from academy.grading.validation import validate
    from academy.grading.validation_words import answer

    return answer(validate(notebook))


def _stock(notebook: Path) -> Any:
    from nbgrader.validator import Validator

    here = Path.cwd()
    try:
        return Validator().validate(str(notebook))
    finally:
        os.chdir(here)


def _notebook(folder: Path) -> Path:
    """Return the learners' version with answers; it is what an instructor's source is run as."""
    source = paths.shipped_courses() / COURSE / "source" / ASSIGNMENT
    shutil.copytree(source, folder)
    path = folder / f"{ASSIGNMENT}.ipynb"
    if not path.exists():
        (path,) = folder.glob("*.ipynb")
    notebook: Any = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    for cell in notebook.cells:
        cell.metadata.get("nbgrader", {}).pop("checksum", None)
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    return path
