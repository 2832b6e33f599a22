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
from dataclasses import asdict, dataclass, field
from typing import IO, Any

from academy.courses.measuring import kind_of
from academy.courses.showing import faults

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
    line
        The line of the cell that raised the exception; 0 when there was none.
    kinds
        What the answers are that the cell made: name to "number", "text", "table" and so on.
    faults
        What was shown in a way that not everybody can take in, in words.
    """

    cell: int
    error: str
    has_stderr: bool
    value: float | None
    line: int = 0
    kinds: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def main() -> None:
    """Read the plan from standard input and write the results to standard output.

    The plan is ``{"cells": [[number, source], ...], "trials": [...], "setup": code,
    "expressions": [...]}``. The results are ``versions``, one list of cell results for the cells
    as they are, then one for each trial (a trial that ended its process has an empty list), and
    ``values``, what the expressions gave after the last cell.
    """
    results_file = os.fdopen(os.dup(1), "w", encoding="utf-8")
    plan = json.load(sys.stdin)
    silence = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(silence, descriptor)
    signal.signal(signal.SIGALRM, _too_long)
    cells = [(int(number), str(source)) for number, source in plan["cells"]]
    trials = [_trial(**stored) for stored in plan["trials"]]
    shell = _shell()
    shell.answers = {int(number): names for number, names in plan["answers"].items()}
    with results_file:
        versions = _run_all(shell, cells, trials)
        values = _values(shell, plan["setup"], plan["expressions"])
        json.dump({"versions": versions, "values": values}, results_file)


def _values(shell: Any, setup: str, expressions: list[str]) -> list[Any]:
    if not expressions:
        return []
    from academy.courses.measuring import measure

    signal.alarm(CELL_SECONDS)
    try:
        return measure(shell.user_ns, setup, expressions)
    finally:
        signal.alarm(0)


def _trial(sources: dict[str, str], stop_at: list[int]) -> Trial:
    return Trial({int(number): source for number, source in sources.items()}, tuple(stop_at))


def _too_long(*_: object) -> None:
    raise TimeoutError(f"it did not end within {CELL_SECONDS} seconds")


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from academy.courses.showing import Publisher, Results

    class Shell(InteractiveShell):  # type: ignore[misc, unused-ignore]
        """IPython's shell without a terminal and without a history file."""

        answers: dict[int, list[str]]

        def enable_gui(self, gui: str | None = None) -> None:
            """Accept ``%matplotlib inline``, as a kernel does."""

    config = Config()
    config.HistoryManager.enabled = False
    shell: Any = Shell.instance(
        config=config, display_pub_class=Publisher, displayhook_class=Results
    )
    shell.display_pub.shown = []
    return shell


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
    shell.display_pub.shown.clear()
    signal.alarm(CELL_SECONDS)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            done = shell.run_cell(source, store_history=False)
    finally:
        signal.alarm(0)
    error = done.error_before_exec or done.error_in_exec
    said = f"{type(error).__name__}: {error}" if error else ""
    result = CellResult(
        cell=number,
        error=" ".join(said.split())[:500],
        has_stderr=bool(errors.getvalue()),
        value=_number(done.result),
        line=_line(error),
        kinds=_kinds(shell, number),
        faults=faults(shell.display_pub.shown),
    )
    return asdict(result)


def _number(result: Any) -> float | None:
    is_number = isinstance(result, int | float) and not isinstance(result, bool)
    return float(result) if is_number else None


def _line(error: BaseException | None) -> int:
    """The line of the cell in which an exception came up, or from which its cause was called."""
    step = error.__traceback__ if error else None
    while step:
        if step.tb_frame.f_code.co_name in ("<module>", "<cell line: 1>"):
            return step.tb_lineno
        step = step.tb_next
    return 0


def _kinds(shell: Any, number: int) -> dict[str, str]:
    names = shell.answers.get(number, [])
    return {name: kind_of(shell.user_ns[name]) for name in names if name in shell.user_ns}


if __name__ == "__main__":
    main()
