"""Align one submitted notebook with its release, and say in plain sentences what was done."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import count
from typing import Any

from academy.grading import telling
from academy.grading.comparison import (
    Cell,
    Notebook,
    compare_kernels,
    grade_id,
    is_as_handed_out,
    is_locked,
    source,
)
from academy.grading.matching import match
from academy.grading.ordering import Row

#: Where the sentences about what was done stand in a mended notebook.
REMARKS = "academy_remarks"

#: What says nothing about an answer: state of programs, and what only their authors set.
_NEEDLESS = ("widgets", "orig_nbformat", "orig_nbformat_minor", "signature", "title", "authors")


def mend(notebook: Notebook, expected: Notebook, *, tells_kernel: bool = True) -> list[str]:
    """Give a submission the cells, marks and kernel that it was released with, in place.

    Cells that were lost, doubled, moved, turned into another kind, renamed or edited although
    they are locked become as they were released. What a learner wrote is kept: the answers as
    they are, surplus cells as plain ones, and what stood in a locked cell as text below it.

    Parameters
    ----------
    notebook
        The submission in today's shape; see :func:`academy.grading.upgrade.upgrade`.
    expected
        The released notebook.
    tells_kernel
        Whether another kernel is worth a sentence.

    Returns
    -------
    list of str
        A sentence for each thing that was done; none for a notebook as it should be.
    """
    remarks = compare_kernels(notebook, expected) if tells_kernel else []
    _mend_metadata(notebook, expected)
    work = _Mending(notebook["cells"], expected["cells"])
    remarks += work.mend()
    _give_ids(notebook["cells"])
    return remarks


def _mend_metadata(notebook: Notebook, expected: Notebook) -> None:
    metadata, released = notebook["metadata"], expected.get("metadata", {})
    for key in (*_NEEDLESS, "kernelspec", "language_info", REMARKS):
        metadata.pop(key, None)
    for key in ("kernelspec", "language_info"):
        if key in released:
            metadata[key] = copy.deepcopy(released[key])


class _Mending:
    """Mends the cells of one submission."""

    def __init__(self, cells: list[Cell], released: list[Cell]) -> None:
        self.cells = cells
        self.released = released
        self.marked = {index: cell for index, cell in enumerate(released) if grade_id(cell)}
        self.matching = match(cells, released)
        self.given = {index: cells[place] for index, place in self.matching.places.items()}
        self.doubles = {
            index: [cells[place] for place in places]
            for index, places in self.matching.doubles.items()
        }

    def mend(self) -> list[str]:
        remarks = self._tell_names()
        self._unmark_others()
        for index, double in self._blank_doubles():
            self._put_above(double, self.given[index])
        lost = {
            index: _fresh(cell) for index, cell in self.marked.items() if index not in self.given
        }
        row = Row(
            self.cells,
            {index: cell for index, cell in self.given.items() if index in self.marked},
            {index: cell for index, cell in self.given.items() if index not in self.marked},
            {index for index, cell in self.marked.items() if not is_locked(cell)},
        )
        remarks += [telling.moved(_name(self.released[index])) for index in row.arrange(lost)]
        for index, cell in self.marked.items():
            if index in self.given:
                remarks += self._restore(self.given[index], cell)
        return remarks

    def _tell_names(self) -> list[str]:
        """Return sentences about the cells that were found in another way than by their names."""
        if self.marked and not self.marked.keys() & self.given.keys():
            return [telling.STRANGER]
        remarks = []
        for index, cell in self.marked.items():
            name, how = _name(cell), self.matching.how.get(index)
            if index not in self.given:
                remarks.append(telling.deleted(name, cell))
            elif how:
                remarks.append(telling.recognised(name, grade_id(self.given[index]), how))
            if doubles := self.matching.doubles.get(index):
                is_last = self.matching.places[index] > max(doubles)
                remarks.append(telling.doubled(name, len(doubles) + 1, is_last=is_last))
        return remarks + self._tell_strays()

    def _tell_strays(self) -> list[str]:
        names = {_name(cell) for cell in self.marked.values()}
        ours = {id(cell) for cell in self.given.values()}
        strays = [grade_id(cell) for cell in self.cells if id(cell) not in ours]
        return [telling.stray(name) for name in strays if name and name not in names]

    def _unmark_others(self) -> None:
        ours = {id(cell) for index, cell in self.given.items() if index in self.marked}
        for cell in self.cells:
            if id(cell) not in ours:
                cell["metadata"].pop("nbgrader", None)

    def _blank_doubles(self) -> list[tuple[int, Cell]]:
        """Return copies of a released blank that would undo the answer above them."""
        return [
            (index, double)
            for index, doubles in self.doubles.items()
            for double in doubles
            if self._place(double) > self._place(self.given[index])
        ]

    def _place(self, cell: Cell) -> int:
        return next(place for place, other in enumerate(self.cells) if other is cell)

    def _put_above(self, cell: Cell, other: Cell) -> None:
        del self.cells[self._place(cell)]
        self.cells.insert(self._place(other), cell)

    def _restore(self, cell: Cell, released: Cell) -> list[str]:
        """Make a marked cell what it was released as, except for what learners write."""
        remarks = self._tell_changes(cell, released)
        if cell["cell_type"] != released["cell_type"]:
            _turn(cell, released["cell_type"])
        if is_locked(released):
            # All of it: a tag such as 'skip-execution' would pass a check.
            cell["metadata"] = copy.deepcopy(released["metadata"])
            cell["source"] = source(released)
        if "id" in released:
            cell["id"] = released["id"]
        cell["metadata"]["nbgrader"] = copy.deepcopy(released["metadata"]["nbgrader"])
        return remarks

    def _tell_changes(self, cell: Cell, released: Cell) -> list[str]:
        name = _name(released)
        has_marks = _marks(cell) == _marks(released) or name in self._renamed()
        is_edited = is_locked(released) and source(cell).rstrip() != source(released).rstrip()
        if (is_edited or not has_marks) and is_as_handed_out(cell):
            return [telling.corrected(name)]
        remarks = [] if has_marks else [telling.changed_marks(name)]
        if cell["cell_type"] != released["cell_type"]:
            remarks.append(telling.retyped(name, cell["cell_type"], released["cell_type"]))
        if is_edited:
            remarks.append(telling.edited(name, kept=self._keep_text(cell, released)))
        return remarks

    def _renamed(self) -> set[str]:
        return {_name(self.released[index]) for index in self.matching.how}

    def _keep_text(self, cell: Cell, released: Cell) -> bool:
        """Keep what a learner wrote into a locked cell, as text that is not run."""
        known = {line.strip() for line in source(released).split("\n")}
        own = [line for line in source(cell).split("\n") if line.strip() not in known]
        if own:
            kept = {"cell_type": "raw", "metadata": {}, "source": source(cell)}
            self.cells.insert(self._place(cell) + 1, kept)
        return bool(own)


def _name(cell: Cell) -> str:
    return grade_id(cell) or ""


def _marks(cell: Mapping[str, Any]) -> tuple[Any, ...]:
    marks = cell["metadata"].get("nbgrader", {})
    return tuple(marks.get(key) or 0 for key in ("grade", "solution", "locked", "task", "points"))


def _fresh(released: Cell) -> Cell:
    fresh: Cell = copy.deepcopy(dict(released))
    fresh["source"] = source(released)
    return fresh


def _turn(cell: Cell, kind: str) -> None:
    """Turn a cell into one of another kind, with its text."""
    cell["cell_type"] = kind
    if kind == "code":
        cell.pop("attachments", None)
        cell |= {"execution_count": None, "outputs": []}
    else:
        for key in ("execution_count", "outputs"):
            cell.pop(key, None)


def _give_ids(cells: list[Cell]) -> None:
    """Give each cell an id that no other has; marked cells and first ones keep theirs."""
    owners: dict[str, int] = {}
    for place in sorted(range(len(cells)), key=lambda place: grade_id(cells[place]) is None):
        if identity := cells[place].get("id"):
            owners.setdefault(identity, place)
    for place, cell in enumerate(cells):
        if owners.get(cell.get("id", "")) != place:
            cell["id"] = _new_id(place, owners)
            owners[cell["id"]] = place


def _new_id(place: int, taken: Mapping[str, int]) -> str:
    return next(name for n in count() if (name := f"cell-{place + 1}{'-' * n}") not in taken)
