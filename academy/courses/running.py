"""Start `academy.courses.runner` in a learner's surroundings: a home, the data shelf, a folder."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from academy import paths
from academy.courses.facts import Facts
from academy.courses.lesson import Notebook
from academy.courses.runner import CELL_SECONDS, CellResult, Trial
from academy.datasets import dataset_folders
from academy.errors import AcademyError

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "PYTHONPATH", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Run:
    """What running a notebook gave.

    Parameters
    ----------
    versions
        Cell number to result: first for the notebook as it is, then for each trial. Empty where a
        trial ended its process, and without the cells after a failure that stopped it.
    values
        For each expression of the facts a list of values, or what went wrong as text.
    """

    versions: list[dict[int, CellResult]]
    values: list[Any]


def run_notebook(
    notebook: Notebook, trials: Sequence[Trial] = (), facts: Facts | None = None
) -> Run:
    """Run a notebook as it is and with other sources in some cells.

    It runs in a copy of the notebook's folder with a home of its own, so nothing in the course
    or in a person's home is changed.

    Parameters
    ----------
    notebook
        The notebook.
    trials
        The other versions.
    facts
        Expressions to be worked out after the last cell of the notebook as it is.

    Raises
    ------
    AcademyError
        When the run did not end or could not be started.
    """
    cells = [(cell.number, cell.source) for cell in notebook.code_cells]
    answers = {
        cell.number: names_made(cell.source) for cell in notebook.code_cells if cell.is_solution
    }
    asked: dict[str, Any] = {"answers": answers} | {
        "setup": facts.setup if facts else "",
        "expressions": facts.expressions if facts else (),
    }
    plan = json.dumps({"cells": cells, "trials": [asdict(one) for one in trials], **asked}).encode()
    with tempfile.TemporaryDirectory(prefix="academy-check-") as name:
        home, work = Path(name) / "home", Path(name) / "work"
        _furnish(home)
        shutil.copytree(notebook.path.parent, work, symlinks=True)
        results = _run(plan, home, work, notebook.path, len(trials) + 1)
    versions = [
        {result.cell: result for result in (CellResult(**stored) for stored in version)}
        for version in results["versions"]
    ]
    return Run(versions, results["values"])


def names_made(source: str) -> list[str]:
    """Return the names that a cell's code makes outside of its functions, in order."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    made = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    plain = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    stores = [
        node.id
        for statement in plain
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return list(dict.fromkeys([*made, *stores]))


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


def _run(plan: bytes, home: Path, work: Path, shown: Path, runs: int) -> dict[str, list[Any]]:
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
        results: dict[str, list[Any]] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise _failed("did not end and was stopped", shown) from None
    except ValueError:
        raise _failed(f"ended its process (exit code {done.returncode})", shown) from None
    return results


def _failed(what: str, shown: Path) -> AcademyError:
    return AcademyError(
        f"The run of the notebook {what}.",
        where=f"{shown.parent.name}/{shown.name}",
        kept="The notebook was not changed.",
        next_step="Run it in JupyterLab with Kernel, Restart Kernel and Run All Cells.",
    )
