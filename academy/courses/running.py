"""Start `academy.courses.runner` in a learner's surroundings: a home, the data shelf, a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from academy import paths
from academy.courses.lesson import Notebook
from academy.courses.runner import CELL_SECONDS, CellResult, Trial
from academy.datasets import dataset_folders
from academy.errors import AcademyError

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH")


def run_trials(notebook: Notebook, trials: Sequence[Trial] = ()) -> list[dict[int, CellResult]]:
    """Run a notebook as it is and with other sources in some cells.

    It runs in a copy of the notebook's folder with a home of its own, so nothing in the course
    or in a person's home is changed.

    Parameters
    ----------
    notebook
        The notebook.
    trials
        The other versions.

    Returns
    -------
    list of dict
        Cell number to result: first for the notebook as it is, then for each trial. Empty
        where a trial ended its process, and without the cells after a failure that stopped it.

    Raises
    ------
    AcademyError
        When the run did not end or could not be started.
    """
    cells = [(cell.number, cell.source) for cell in notebook.code_cells]
    plan = json.dumps({"cells": cells, "trials": [asdict(one) for one in trials]}).encode()
    with tempfile.TemporaryDirectory(prefix="academy-check-") as name:
        home, work = Path(name) / "home", Path(name) / "work"
        _furnish(home)
        shutil.copytree(notebook.path.parent, work, symlinks=True)
        results = _run(plan, home, work, notebook.path, len(trials) + 1)
    return [
        {result.cell: result for result in (CellResult(**stored) for stored in version)}
        for version in results
    ]


def _furnish(home: Path) -> None:
    """A learner's home: the tables lie in ``~/data``."""
    (home / "data").mkdir(parents=True)
    for name, folder in dataset_folders().items():
        (home / "data" / name).symlink_to(folder, target_is_directory=True)


def _environment(home: Path) -> dict[str, str]:
    # Matplotlib's list of fonts takes seconds to make: the person's own cache is used for it.
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return {name: os.environ[name] for name in _KEPT if name in os.environ} | {
        "HOME": str(home),
        "XDG_CACHE_HOME": cache,
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        paths.STATE_VARIABLE: str(paths.state()),
        # A thread of a library's memory allocator would not live on in a forked process.
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }


def _run(plan: bytes, home: Path, work: Path, shown: Path, runs: int) -> list[list[dict[str, Any]]]:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "academy.courses.runner"],
            input=plan,
            capture_output=True,
            cwd=work,
            env=_environment(home),
            timeout=2 * CELL_SECONDS * runs,
            check=False,
        )
        results = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise _failed("did not end and was stopped", shown) from None
    except ValueError:
        raise _failed(f"ended its process (exit code {done.returncode})", shown) from None
    return list(results)


def _failed(what: str, shown: Path) -> AcademyError:
    return AcademyError(
        f"The run of the notebook {what}.",
        where=f"{shown.parent.name}/{shown.name}",
        kept="The notebook was not changed.",
        next_step="Run it in JupyterLab with Kernel, Restart Kernel and Run All Cells.",
    )
