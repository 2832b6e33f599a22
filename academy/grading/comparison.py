"""What grading looks at in notebooks: names of cells, sources, kernels."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from academy.grading.telling import short

Cell = dict[str, Any]
Notebook = dict[str, Any]


def compare_kernels(notebook: Notebook, expected: Notebook) -> list[str]:
    """Return a sentence if a notebook was saved for another kernel than the released one."""
    found, wanted = _kernel(notebook), _kernel(expected)
    if found == wanted:
        return []
    if found is None:
        return [f"The notebook did not say which kernel it needs; it was run with '{wanted}'."]
    return [f"The notebook was saved for the kernel '{found}'; it was run with '{wanted}'."]


def _kernel(notebook: Notebook) -> str | None:
    kernelspec = notebook.get("metadata", {}).get("kernelspec")
    name = kernelspec.get("name") if isinstance(kernelspec, dict) else None
    return short(name) if isinstance(name, str) and name else None


def grade_id(cell: Mapping[str, Any]) -> str | None:
    """Return the name under which a cell is graded or locked, or ``None``."""
    marks = cell.get("metadata", {}).get("nbgrader")
    name = marks.get("grade_id") if isinstance(marks, Mapping) else None
    return name if isinstance(name, str) and name else None


def marked_cells(notebook: Notebook) -> dict[str, Cell]:
    """Return the cells that nbgrader knows, by their names, in order."""
    named = ((grade_id(cell), cell) for cell in notebook["cells"])
    return {name: cell for name, cell in named if name}


def source(cell: Mapping[str, Any]) -> str:
    """Return a cell's source; the file format allows a list of lines as well."""
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def is_locked(cell: Mapping[str, Any]) -> bool:
    """Return whether learners may not edit a released cell."""
    marks = cell["metadata"]["nbgrader"]
    return not marks.get("solution") and bool(marks.get("grade") or marks.get("locked"))


def is_as_handed_out(cell: Cell) -> bool:
    """Return whether the checksum in a cell says that it is what a learner was given."""
    from nbformat import from_dict
    from nbgrader.utils import compute_checksum

    checksum = cell["metadata"].get("nbgrader", {}).get("checksum")
    if not isinstance(checksum, str) or grade_id(cell) is None:
        return False
    try:
        found = compute_checksum(from_dict(dict(cell)))  # type: ignore[no-untyped-call]
    except (KeyError, TypeError, ValueError):
        # Its points are missing or no number, so they are not the released ones.
        return False
    return bool(found == checksum)


def read_notebook(path: Path) -> Notebook:
    """Return a notebook that is known to be good."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = source(cell)
    return notebook
