"""Put released cells of a submission back in order, and lost ones back in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from academy.grading.comparison import Cell

#: How much rather an answer stays where it is than a cell that learners don't write.
_ANSWER, _GIVEN = 100, 1


class Row:
    """The cells of a submission in a row, to be brought into the released order.

    Parameters
    ----------
    cells
        The cells; each is an object of its own. The list is changed in place.
    marked, anchors
        Those among them that were released with a name and without one, by their places in
        the release.
    answers
        Places in the release of cells that learners write.
    """

    def __init__(
        self,
        cells: list[Cell],
        marked: Mapping[int, Cell],
        anchors: Mapping[int, Cell],
        answers: Set[int],
    ) -> None:
        self.cells = cells
        self.marked = dict(marked)
        self.anchors = dict(anchors)
        self.answers = answers
        self._released = {id(cell) for cell in (*marked.values(), *anchors.values())}

    def arrange(self, lost: Mapping[int, Cell]) -> list[int]:
        """Bring the marked cells into the released order, and put lost ones in.

        As few cells as possible move, and answers stay where given cells can move instead. A
        cell comes directly before the next released one, so that what a learner wrote below
        an answer runs before its check.

        Returns
        -------
        list of int
            Places in the release of the cells that were moved.
        """
        moved = {index: self.marked[index] for index in self._out_of_order()}
        helpers = {index: self._code_above(index) for index in moved if index in self.answers}
        for index, cell in moved.items():
            del self.marked[index]
            del self.cells[self._place(cell)]
        for index in sorted({*moved, *lost}):
            cell = moved[index] if index in moved else lost[index]
            spot = self._spot(index)
            self._move_up(helpers.get(index, []), spot)
            self.cells.insert(self._spot(index), cell)
            self.marked[index] = cell
        return sorted(moved)

    def _out_of_order(self) -> list[int]:
        order = sorted(self.marked)
        kept = heaviest_rising(
            [self._place(self.marked[index]) for index in order],
            [_ANSWER if index in self.answers else _GIVEN for index in order],
        )
        return [index for place, index in enumerate(order) if place not in kept]

    def _place(self, cell: Cell) -> int:
        return next(place for place, other in enumerate(self.cells) if other is cell)

    def _code_above(self, index: int) -> list[Cell]:
        """Return the learner's own code directly above an answer, which may need it."""
        end = self._place(self.marked[index])
        first = end
        while first and self._is_own_code(self.cells[first - 1]):
            first -= 1
        return self.cells[first:end]

    def _is_own_code(self, cell: Cell) -> bool:
        return cell["cell_type"] == "code" and id(cell) not in self._released

    def _spot(self, index: int) -> int:
        """Return where a released cell belongs."""
        earlier = [self._place(cell) for other, cell in self.marked.items() if other < index]
        low = max(earlier, default=-1)
        standing = {**self.marked, **self.anchors}
        later = [self._place(cell) for other, cell in standing.items() if other > index]
        return min((spot for spot in later if spot > low), default=len(self.cells))

    def _move_up(self, helpers: Sequence[Cell], spot: int) -> None:
        """Move cells up to a spot; down they don't go, as others may need what they make."""
        for cell in reversed(helpers):
            place = self._place(cell)
            if place > spot:
                self.cells.insert(spot, self.cells.pop(place))


def heaviest_rising(places: Sequence[int], weights: Sequence[int]) -> set[int]:
    """Return which elements make up the rising subsequence of the greatest weight.

    Parameters
    ----------
    places
        Different numbers.
    weights
        What each of them weighs; above 0.
    """
    total: list[int] = []
    before: list[int] = []
    for here, place in enumerate(places):
        earlier = [there for there in range(here) if places[there] < place]
        best = max(earlier, key=lambda there: total[there], default=-1)
        before.append(best)
        total.append(weights[here] + (total[best] if best >= 0 else 0))
    kept: set[int] = set()
    step = max(range(len(places)), key=lambda here: total[here], default=-1)
    while step >= 0:
        kept.add(step)
        step = before[step]
    return kept
