"""Compare a submitted notebook with the released one, in words for the instructor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]


def compare_kernels(notebook: Notebook, expected: Notebook) -> list[str]:
    """Return a sentence if a notebook was saved for another kernel than the released one."""
    found, wanted = _kernel(notebook), _kernel(expected)
    if found == wanted:
        return []
    return [f"The notebook was saved for the kernel '{found}'; it was run with '{wanted}'."]


def _kernel(notebook: Notebook) -> str:
    kernelspec = notebook.get("metadata", {}).get("kernelspec")
    return str(kernelspec.get("name", "none")) if isinstance(kernelspec, dict) else "none"


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


def match_renamed(notebook: Notebook, expected: Notebook) -> dict[str, int]:
    """Return released cells that lost their name, with the place where each now stands.

    A cell is recognised by its notebook-format id, else by its unchanged source, else because
    it is the only one without a known name and only one name is left.
    """
    released = marked_cells(expected)
    present = {grade_id(cell) for cell in notebook["cells"]}
    missing = [name for name in released if name not in present]
    nameless = [
        index for index, cell in enumerate(notebook["cells"]) if grade_id(cell) not in released
    ]
    found: dict[str, int] = {}
    for alike in (_same_id, _same_source):
        for name in [name for name in missing if name not in found]:
            for index in nameless:
                if index not in found.values() and alike(notebook["cells"][index], released[name]):
                    found[name] = index
                    break
    return found | _only_one_left(notebook, missing, nameless, found)


def _same_id(cell: Cell, released: Cell) -> bool:
    return bool(released.get("id")) and cell.get("id") == released.get("id")


def _same_source(cell: Cell, released: Cell) -> bool:
    return bool(source(released).strip()) and source(cell) == source(released)


def _only_one_left(
    notebook: Notebook, missing: list[str], nameless: list[int], found: dict[str, int]
) -> dict[str, int]:
    names = [name for name in missing if name not in found]
    renamed = [
        index
        for index in nameless
        if index not in found.values() and grade_id(notebook["cells"][index])
    ]
    return {names[0]: renamed[0]} if len(names) == len(renamed) == 1 else {}


def compare_cells(notebook: Notebook, expected: Notebook) -> list[str]:
    """Return a sentence for each graded or locked cell that is not as it was released."""
    released = marked_cells(expected)
    counts = Counter(grade_id(cell) for cell in notebook["cells"])
    renamed = match_renamed(notebook, expected)
    remarks = [_renamed(name, notebook["cells"][index]) for name, index in renamed.items()]
    for name, cell in released.items():
        if not counts[name] and name not in renamed:
            remarks.append(_deleted(name, cell))
        elif counts[name] > 1:
            remarks.append(f"The cell '{name}' is there {counts[name]} times; the last was graded.")
    for index, cell in enumerate(notebook["cells"]):
        stray = grade_id(cell)
        if stray and stray not in released and index not in renamed.values():
            remarks.append(
                f"A cell calls itself '{stray}', which was not released; it was not graded."
            )
    return remarks + _changed_marks(notebook, released)


def _renamed(name: str, cell: Cell) -> str:
    found = grade_id(cell)
    how = f"had been renamed to '{found}'" if found else "had lost its name"
    return f"The cell '{name}' {how}; it was recognised and graded."


def _deleted(name: str, cell: Cell) -> str:
    marks = cell["metadata"]["nbgrader"]
    if marks.get("solution") or marks.get("task"):
        return f"The answer '{name}' had been deleted; the released blank one was put back."
    if marks.get("grade"):
        return f"The check '{name}' had been deleted; it was put back and run."
    return f"The locked cell '{name}' had been deleted; it was put back."


def _changed_marks(notebook: Notebook, released: Mapping[str, Cell]) -> list[str]:
    remarks = []
    for name, cell in marked_cells(notebook).items():
        if name in released and _marks(cell) != _marks(released[name]):
            remarks.append(
                f"Points or marks of the cell '{name}' had been changed; the released ones count."
            )
        elif (
            name in released
            and is_locked(released[name])
            and source(cell) != source(released[name])
        ):
            remarks.append(f"The locked cell '{name}' had been edited; the released one was run.")
    return remarks


def _marks(cell: Mapping[str, Any]) -> tuple[Any, ...]:
    marks = cell["metadata"]["nbgrader"]
    keys = ("grade", "solution", "locked", "task", "points")
    return (cell["cell_type"], *(marks.get(key) or 0 for key in keys))


def is_locked(cell: Mapping[str, Any]) -> bool:
    """Return whether learners may not edit a released cell."""
    marks = cell["metadata"]["nbgrader"]
    return not marks.get("solution") and bool(marks.get("grade") or marks.get("locked"))
