"""Run an attempt as plain nbgrader would, and as we do, in kernels that are forked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from attacks.catalogue import Attack, score

#: A cell that hangs is stopped after so many seconds.
CELL_SECONDS = 8


@dataclass(frozen=True)
class Result:
    """How an attempt went.

    Parameters
    ----------
    points
        What it got; every one of them is one too many.
    words
        What was noticed.
    """

    points: float
    words: tuple[str, ...] = ()

    @property
    def succeeds(self) -> bool:
        return self.points > 0


def run_here(one: Attack) -> Result:
    """Run it as the Academy does."""
    from academy.grading.execution import BoundedExecute
    from academy.grading.guard.verdict import NOTICED_MARK

    notebook = _run(BoundedExecute, one)
    found = [cell.metadata.get(NOTICED_MARK, []) for cell in notebook.cells]
    return Result(_points(notebook), tuple(word for words in found for word in words))


def run_stock(one: Attack) -> Result:
    """Run it as nbgrader does; a notebook that can't be run to its end has no points there."""
    from nbgrader.preprocessors import Execute

    try:
        return Result(_points(_run(Execute, one)))
    except Exception:  # noqa: BLE001 - whatever it is, nbgrader fails the submission
        return Result(0.0)


def _run(kind: Any, one: Attack) -> Any:
    from academy.forkserver.manager import PrivateKernelManager

    notebook = one.notebook()
    execute = kind(kernel_manager_class=PrivateKernelManager, timeout=CELL_SECONDS, iopub_timeout=4)
    execute.preprocess(notebook, {})
    return notebook


def _points(notebook: Any) -> float:
    from nbgrader.utils import determine_grade

    return score(notebook, lambda cell: _bounded(determine_grade, cell))


def _bounded(determine: Any, cell: Any) -> tuple[float | None, float]:
    try:
        points: tuple[float | None, float] = determine(cell)
    except ValueError:  # more than there are; nbgrader fails the submission
        return 0.0, 0.0
    return points
