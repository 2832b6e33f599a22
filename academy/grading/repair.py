"""Give a submission back the graded cells that it was released with, so that it can be graded."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from academy.grading.comparison import Cell, Notebook, grade_id, marked_cells, match_renamed


def repair(notebook: Notebook, expected: Notebook) -> None:
    """Make the graded and locked cells of a submission those that were released, in place.

    Renamed cells get their names back, of doubles the last one stays the graded one (that is
    also the one whose effect the checks see), deleted ones are put back as released, and
    marks such as points are the released ones. What a learner wrote stays where it is.

    Parameters
    ----------
    notebook
        The submission.
    expected
        The released notebook.
    """
    released = marked_cells(expected)
    for name, index in match_renamed(notebook, expected).items():
        notebook["cells"][index].setdefault("metadata", {})["nbgrader"] = {"grade_id": name}
    _restore_marks(notebook, released)
    _put_back(notebook, released)


def _restore_marks(notebook: Notebook, released: Mapping[str, Cell]) -> None:
    seen: set[str] = set()
    for cell in reversed(notebook["cells"]):
        name = grade_id(cell)
        if name and name in released and name not in seen:
            seen.add(name)
            cell["metadata"]["nbgrader"] = copy.deepcopy(released[name]["metadata"]["nbgrader"])
        else:
            cell["metadata"].pop("nbgrader", None)


def _put_back(notebook: Notebook, released: Mapping[str, Cell]) -> None:
    place = 0
    for name, cell in released.items():
        found = _place(notebook, name)
        if found is None:
            notebook["cells"].insert(place, _fresh(cell, notebook))
            found = place
        place = found + 1


def _place(notebook: Notebook, name: str) -> int | None:
    names = [grade_id(cell) for cell in notebook["cells"]]
    return names.index(name) if name in names else None


def _fresh(cell: Cell, notebook: Notebook) -> Any:
    from nbformat import from_dict

    fresh: Any = from_dict(copy.deepcopy(cell))  # type: ignore[no-untyped-call]
    if fresh.get("id") in {other.get("id") for other in notebook["cells"]}:
        del fresh["id"]
    return fresh
