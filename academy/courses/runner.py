"""Run a notebook's cells and, from the right place on, every other version of one cell.

Used as a program of its own (``python -m academy.courses.runner``): a plan as JSON comes in,
results as JSON go out. Cells run in IPython's shell, as in a kernel. What all versions share,
the imports and the reading of the data, runs once; at the first cell that differs the process
is forked for each version.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any

CELL_SECONDS = 60


@dataclass(frozen=True)
class Trial:
    """One version of a notebook.

    Parameters
    ----------
    sources
        Cell number to the source that the cell has in this version; at least one.
    stop_at
        Cells of which the first failure ends the run, for more would tell nothing new.
    """

    sources: dict[int, str]
    stop_at: tuple[int, ...] = ()


@dataclass(frozen=True)
class CellResult:
    """What running one cell gave.

    Parameters
    ----------
    cell
        The cell's number, from 1.
    error
        The exception in words; empty when there was none.
    has_stderr
        Whether it wrote to the error stream, for which nbgrader gives no points.
    value
        The last expression's value where it is a number (partial points), else None.
    """

    cell: int
    error: str
    has_stderr: bool
    value: float | None


def main() -> None:
    """Read the plan from standard input and write the results to standard output.

    The plan is ``{"cells": [[number, source], ...], "trials": [...]}``. The results are one list
    of cell results for the cells as they are, then one for each trial; a trial that ended its
    process has an empty list.
    """
    results_file = os.fdopen(os.dup(1), "w", encoding="utf-8")
    plan = json.load(sys.stdin)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    signal.signal(signal.SIGALRM, _too_long)
    cells = [(int(number), str(source)) for number, source in plan["cells"]]
    trials = [_trial(**stored) for stored in plan["trials"]]
    with results_file:
        json.dump(_run_all(_shell(), cells, trials), results_file)


def _trial(sources: dict[str, str], stop_at: list[int]) -> Trial:
    return Trial({int(number): source for number, source in sources.items()}, tuple(stop_at))


def _too_long(*_: object) -> None:
    raise TimeoutError(f"it did not end within {CELL_SECONDS} seconds")


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):  # type: ignore[misc, unused-ignore]
        """IPython's shell without a terminal and without a history file."""

        def enable_gui(self, gui: str | None = None) -> None:
            """Accept ``%matplotlib inline``, as a kernel does."""

    config = Config()
    config.HistoryManager.enabled = False
    return Shell.instance(config=config)


def _run_all(
    shell: Any, cells: list[tuple[int, str]], trials: list[Trial]
) -> list[list[dict[str, Any]]]:
    own: list[dict[str, Any]] = []
    others: list[list[dict[str, Any]]] = [[] for _ in trials]
    for index, (number, source) in enumerate(cells):
        for place, trial in enumerate(trials):
            if min(trial.sources) == number:
                results = _run_forked(shell, cells[index:], trial)
                others[place] = own + results if results else []
        own.append(_run_cell(shell, number, source))
    return [own, *others]


def _run_forked(shell: Any, cells: list[tuple[int, str]], trial: Trial) -> list[dict[str, Any]]:
    """Run the rest of the notebook in a process of its own."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Libraries' threads are idle here.
        child = os.fork()
    if child == 0:
        os.close(reader)
        results = list(_run_trial(shell, cells, trial))
        with os.fdopen(writer, "w", encoding="utf-8") as pipe:
            json.dump(results, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        found = _read(pipe)
    os.waitpid(child, 0)
    return found


def _run_trial(shell: Any, cells: list[tuple[int, str]], trial: Trial) -> Iterator[dict[str, Any]]:
    for number, source in cells:
        result = _run_cell(shell, number, trial.sources.get(number, source))
        yield result
        if number in trial.stop_at and result["error"]:
            return


def _read(pipe: IO[str]) -> list[dict[str, Any]]:
    try:
        found = json.load(pipe)
    except ValueError:
        return []
    return found if isinstance(found, list) else []


def _run_cell(shell: Any, number: int, source: str) -> dict[str, Any]:
    errors = io.StringIO()
    signal.alarm(CELL_SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            done = shell.run_cell(source, store_history=False)
    finally:
        signal.alarm(0)
    error = done.error_before_exec or done.error_in_exec
    is_number = isinstance(done.result, int | float) and not isinstance(done.result, bool)
    value = float(done.result) if is_number else None
    said = f"{type(error).__name__}: {error}" if error else ""
    return asdict(CellResult(number, " ".join(said.split())[:500], bool(errors.getvalue()), value))


if __name__ == "__main__":
    main()
