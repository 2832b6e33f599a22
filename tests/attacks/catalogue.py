"""What an attempt to get points without an answer is, and the list of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent
from typing import Any, Literal

#: The learner's own cells; the course's checks; the course's locked cells that are no checks.
Kind = Literal["answer", "check", "given"]
Cell = tuple[Kind, str]
Class = Literal["must hold", "cannot hold"]

#: What every answer here gets wrong.
WRONG = "def add(a, b):\n    return 0\n"
CHECK = "assert add(2, 3) == 5\nassert add(10, -4) == 6"
POINTS = 2


@dataclass(frozen=True)
class Attack:
    """One notebook that tries one thing.

    Parameters
    ----------
    name
        For tests.
    aim
        A sentence for people: what it tries.
    cells
        Its cells in order.
    kind
        Whether it must hold, or can't hold in one process.
    """

    name: str
    aim: str
    cells: tuple[Cell, ...]
    kind: Class

    def notebook(self) -> Any:
        """Return it as a submission that is about to be run."""
        from nbformat.v4 import new_code_cell, new_notebook

        kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
        cells = [
            new_code_cell(dedent(source).strip("\n"), metadata=_marks(kind, number))
            for number, (kind, source) in enumerate(self.cells)
        ]
        return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def _marks(kind: Kind, number: int) -> dict[str, Any]:
    marks: dict[str, Any] = {
        "grade": kind == "check",
        "grade_id": f"cell-{number}",
        "locked": kind != "answer",
        "schema_version": 3,
        "solution": kind == "answer",
        "task": False,
    }
    return {"nbgrader": {**marks, "points": POINTS} if kind == "check" else marks}


attacks: dict[str, Attack] = {}


def attack(name: str, aim: str, answer: str, *more: Cell, kind: Class = "must hold") -> None:
    """Add an attempt: an answer, then the usual check, or other cells."""
    rest: tuple[Cell, ...] = more or (("check", CHECK),)
    assert name not in attacks, name
    attacks[name] = Attack(name, aim, (("answer", WRONG + dedent(answer)), *rest), kind)


def check(source: str) -> Cell:
    """Return a check of the course."""
    return ("check", dedent(source))


def answer(source: str) -> Cell:
    """Return another cell of the learner's."""
    return ("answer", dedent(source))


def given(source: str) -> Cell:
    """Return a locked cell of the course that is not a check."""
    return ("given", dedent(source))


def score(notebook: Any, determine: Callable[[Any], tuple[float | None, float]]) -> float:
    """Return the points of a notebook that was run, by nbgrader's own rule."""
    cells = [cell for cell in notebook.cells if cell.metadata["nbgrader"]["grade"]]
    return sum(determine(cell)[0] or 0.0 for cell in cells)
