"""Find the released cells in a submission: by name, id, text, likeness and place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from academy.grading.comparison import Cell, grade_id, is_locked, source
from academy.grading.limits import COMPARED_CELLS, COMPARED_WORDS

#: How alike two texts must be, from 0 to 1, to be taken for one: in the right place, or anywhere.
_LIKE_HERE, _LIKE_ANYWHERE = 0.5, 0.75


@dataclass
class Matching:
    """Where the released cells stand in a submission.

    Parameters
    ----------
    places
        Place of a released cell, both counted from 0: its place in the submission.
    how
        For marked cells that were not found by their name: ``id``, ``source``, ``likeness`` or
        ``place``.
    doubles
        Places of further cells with the name of a released one.
    """

    places: dict[int, int] = field(default_factory=dict)
    how: dict[int, str] = field(default_factory=dict)
    doubles: dict[int, list[int]] = field(default_factory=dict)

    def gap(self, index: int, end: int) -> tuple[int, int]:
        """Return between which places a released cell should be, from what stands around it."""
        before = [place for other, place in self.places.items() if other < index]
        low = max(before, default=-1)
        after = [place for other, place in self.places.items() if other > index and place > low]
        return low, min(after, default=end)


def match(cells: Sequence[Cell], released: Sequence[Cell]) -> Matching:
    """Find each released cell in a submission.

    Parameters
    ----------
    cells
        The submission's cells, in today's shape.
    released
        The cells of the released notebook. Those that nbgrader does not know are looked for
        as well, since they tell where others belong.
    """
    found = Matching()
    free = _match_names(cells, released, found)
    for how in ("id", "source"):
        _match_exactly(cells, released, found, free, how)
    _match_likeness(cells, released, found, free)
    if found.places:
        # Where nothing was found, it is another assignment's notebook.
        _match_place(cells, released, found, free)
    return found


def _match_names(cells: Sequence[Cell], released: Sequence[Cell], found: Matching) -> set[int]:
    """Match by name, and return the places of all cells that have no released name."""
    named: defaultdict[str, list[int]] = defaultdict(list)
    by_name = {name: cell for cell in released if (name := grade_id(cell))}
    by_id = {cell["id"]: cell for cell in by_name.values() if "id" in cell}
    for place, cell in enumerate(cells):
        name = grade_id(cell)
        if name and not _is_another(cell, by_id.get(cell.get("id", "")), by_name.get(name)):
            named[name].append(place)
    free = set(range(len(cells)))
    for index, cell in enumerate(released):
        places = named.pop(grade_id(cell) or "", [])
        if places:
            found.places[index] = _best(places, cells, cell)
            found.doubles[index] = [place for place in places if place != found.places[index]]
            free -= set(places)
    return free


def _is_another(cell: Cell, by_id: Cell | None, by_name: Cell | None) -> bool:
    """Return whether a cell's id says that its name is another's, and its text does not object."""
    if by_id is None or by_name is None or by_id is by_name:
        return False
    return not source(by_name).strip() or source(cell) != source(by_name)


def _best(places: Sequence[int], cells: Sequence[Cell], released: Cell) -> int:
    """Return which of several cells with one name counts: the last that has an answer."""
    blank = {"", source(released).strip()}
    answered = [place for place in places if source(cells[place]).strip() not in blank]
    return (places if is_locked(released) else answered or places)[-1]


def _match_exactly(
    cells: Sequence[Cell], released: Sequence[Cell], found: Matching, free: set[int], how: str
) -> None:
    """Match what has the same id or the same text; of several alike, the first ones."""
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for place in sorted(free):
        waiting[_key(cells[place], how)].append(place)
    for index, cell in enumerate(released):
        key = _key(cell, how)
        if index not in found.places and key.strip() and waiting[key]:
            _take(found, free, index, waiting[key].pop(0), how, cell)


def _key(cell: Cell, how: str) -> str:
    return source(cell).rstrip() if how == "source" else str(cell.get("id") or "")


def _take(
    found: Matching, free: set[int], index: int, place: int, how: str, released: Cell
) -> None:
    found.places[index] = place
    free.discard(place)
    if grade_id(released):
        found.how[index] = how


def _lost(released: Sequence[Cell], found: Matching) -> list[int]:
    return [
        index for index, cell in enumerate(released) if grade_id(cell) and index not in found.places
    ]


def _match_likeness(
    cells: Sequence[Cell], released: Sequence[Cell], found: Matching, free: set[int]
) -> None:
    """Match lost cells with the most alike, best pairs first."""
    pairs = []
    for index in _lost(released, found):
        low, high = found.gap(index, len(cells))
        words = _words(released[index])
        for place in _nearest(free, low, high):
            least = _LIKE_HERE if low < place < high else _LIKE_ANYWHERE
            if (alike := _likeness(words, _words(cells[place]), least)) >= least:
                pairs.append((-alike, index, place))
    for _, index, place in sorted(pairs):
        if index not in found.places and place in free:
            _take(found, free, index, place, "likeness", released[index])


def _nearest(free: Iterable[int], low: int, high: int) -> list[int]:
    return sorted(free, key=lambda place: (max(low - place, place - high, 0), place))[
        :COMPARED_CELLS
    ]


def _words(cell: Cell) -> list[str]:
    # Cut first: of a text of many megabytes only the beginning is looked at.
    return re.findall(r"\w+|[^\w\s]", source(cell)[: 20 * COMPARED_WORDS])[:COMPARED_WORDS]


def _likeness(first: list[str], second: list[str], least: float) -> float:
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < least:
        return 0.0
    return matcher.ratio()


def _match_place(
    cells: Sequence[Cell], released: Sequence[Cell], found: Matching, free: set[int]
) -> None:
    """Match lost answers, whose text may be all new, with what stands in their place."""
    lost = [index for index in _lost(released, found) if not is_locked(released[index])]
    for index in lost:
        low, high = found.gap(index, len(cells))
        here = [place for place in sorted(free) if low < place < high]
        fitting = _fitting(here, cells, released[index]["cell_type"])
        if fitting:
            # The last one, so that all of the answer runs, but one is left for each to come.
            others = sum(found.gap(other, len(cells)) == (low, high) for other in lost) - 1
            place = fitting[max(0, len(fitting) - 1 - others)]
            _take(found, free, index, place, "place", released[index])


def _fitting(places: list[int], cells: Sequence[Cell], kind: str) -> list[int]:
    """Return the cells that may be an answer: those with a name, which plain ones never had."""
    good = [p for p in places if cells[p]["cell_type"] == kind and source(cells[p]).strip()]
    return [place for place in good if grade_id(cells[place])] or good
