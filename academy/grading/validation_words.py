"""What Validate says of a notebook that was run: which check failed, why, and what to look at."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from html import escape
from typing import Any

from nbgrader.utils import determine_grade, is_grade, is_solution

from academy.grading.execution import ENDED_ITSELF, ENDED_MARK, KERNEL_ENDED
from academy.grading.guard.verdict import NOT_ENDED, SPOILED
from academy.grading.hidden import own_message
from academy.grading.limits import CELL_SECONDS
from academy.grading.plain import NO_ANSWER, NO_MESSAGE, STDERR
from academy.grading.telling import short
from academy.grading.validation import Validated

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", flags=re.MULTILINE)
#: A longer message is for a screen of its own.
_MOST, _MOST_LINES = 600, 10
_OWN_SENTENCES = dict([KERNEL_ENDED, NOT_ENDED, SPOILED])


def answer(ran: Validated) -> dict[str, list[dict[str, str]]]:
    """Return what nbgrader's Validate shows, in its own fields; nothing where all passed.

    Parameters
    ----------
    ran
        The notebook, after it was run.
    """
    failed = [_entry(ran, place) for place in failed_places(ran.notebook)]
    return {"failed": failed} if failed else {}


def failed_places(notebook: Any) -> list[int]:
    """Return the places of the cells that would not get all their points, as nbgrader counts."""
    return [place for place, cell in enumerate(notebook.cells) if is_grade(cell) and _fails(cell)]


def _fails(cell: Any) -> bool:
    score, most = determine_grade(cell)
    if score is None:  # a person will look at it
        return False
    return score < most or (most == 0 and _error(cell) is not None)


def _entry(ran: Validated, place: int) -> dict[str, str]:
    cells = ran.notebook.cells
    told = [_where(cells, place), *_why(cells, place), *_mended(ran, place)]
    text = "\n".join(told)
    return {"source": cells[place].source.strip(), "error": escape(text), "raw_error": text}


def _where(cells: Sequence[Any], place: int) -> str:
    """Return in words where a cell stands."""
    name = f"'{_name(cells[place])}', cell {place + 1} of the notebook"
    headings = [
        found
        for cell in cells[:place]
        if cell.cell_type == "markdown"
        for found in _HEADING.findall(cell.source)
    ]
    return f"{headings[-1]} ({name})" if headings else f"This is {name}."


def _why(cells: Sequence[Any], place: int) -> list[str]:
    """Return why a cell failed, and one thing to do next."""
    cell = cells[place]
    if is_solution(cell):
        return [NO_ANSWER, "Next: write your answer into this cell, save, and validate again."]
    earlier = _stopped_before(cells, place)
    if _ended(cell) and earlier is not None and earlier != place:
        return [KERNEL_ENDED[1], _look(cells, earlier)]
    why = _message(cell)
    if earlier is not None:
        return [why, _look(cells, earlier)]
    own = _answer_above(cells, place)
    if own is None:
        return [why, "Next: look at the cells above, change them, save, and validate again."]
    where = f"your answer in {_cell_name(cells, own)}"
    return [why, f"Next: look at {where}, change it, save, and validate again."]


def _message(cell: Any) -> str:
    error = _error(cell)
    if error is None:
        partial = determine_grade(cell)[0]
        if partial:
            return (
                f"A part of this check passed: {partial:g} of {determine_grade(cell)[1]:g} points."
            )
        return STDERR if _wrote_stderr(cell) else NO_MESSAGE
    if error.ename == "CellTimeoutError":
        return f"This check ran longer than {CELL_SECONDS} seconds and was stopped."
    if error.ename in _OWN_SENTENCES:
        return _OWN_SENTENCES[error.ename]
    said = short(error.evalue, _MOST)
    own = own_message(cell.source, error.ename, error.evalue)
    if own is not None:
        return said
    if error.ename == "NotImplementedError":
        return NO_ANSWER
    if error.ename == "AssertionError":
        return "\n".join(filter(None, [_expected(cell.source), said and f"Python said: {said}"]))
    return f"This check stopped with an error. Python said: {error.ename}: {said}"


def _expected(source: str) -> str:
    """Return what a check expects where it has no words of its own for it."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return NO_MESSAGE
    asserts = [one for one in ast.walk(tree) if isinstance(one, ast.Assert) and one.msg is None]
    expected = [short(ast.unparse(one.test), _MOST) for one in asserts]
    if not expected:
        return NO_MESSAGE
    if len(expected) == 1:
        return f"Expected to be true, and is not: {expected[0]}"
    return "\n".join(["Expected to be true, and one of them is not:", *expected[:_MOST_LINES]])


def _stopped_before(cells: Sequence[Any], place: int) -> int | None:
    """Return the cell that explains why a later one fails: where the kernel ended, or an error.

    An error counts in the answer to this very check, and in what ran too long.
    """
    ended = [at for at in range(place) if cells[at].metadata.get(ENDED_MARK)]
    if ended:
        return ended[0]
    stopped = [at for at in range(place) if not is_grade(cells[at]) and _error(cells[at])]
    late = [at for at in stopped if _error(cells[at]).ename == "CellTimeoutError"]
    own = _answer_above(cells, place)
    mine = [at for at in stopped if own is not None and at >= own]
    return next(iter([*mine, *late, *stopped]), None)


def _look(cells: Sequence[Any], place: int) -> str:
    cell, where = cells[place], _cell_name(cells, place)
    error = _error(cell)
    if cell.metadata.get(ENDED_MARK) == ENDED_ITSELF:
        return (
            f"Next: look at {where}. Python ended there: perhaps it needs too much memory, or "
            "calls something like exit()."
        )
    if error.ename == "CellTimeoutError":
        return (
            f"Next: look at {where}. It ran longer than {CELL_SECONDS} seconds and was stopped: "
            "is there a loop that never ends?"
        )
    if error.ename == "NotImplementedError":
        return f"Next: there is no answer yet in {where}. Write it, save, and validate again."
    said = f"{error.ename}: {short(error.evalue, _MOST)}"
    return f"Next: look at {where}, which stopped before this check could pass. Python said: {said}"


def _answer_above(cells: Sequence[Any], place: int) -> int | None:
    """Return the nearest cell above in which the learner answers."""
    above = (at for at in range(place - 1, -1, -1) if is_solution(cells[at]))
    return next(above, None)


def _mended(ran: Validated, place: int) -> list[str]:
    """Return what was mended of a check and of the answer to it before they were run."""
    cells, own = ran.notebook.cells, _answer_above(ran.notebook.cells, place)
    names = {_name(cells[at]) for at in (place, own) if at is not None}
    return [one for one in ran.remarks if any(f"'{name}'" in one for name in names if name)]


def _cell_name(cells: Sequence[Any], place: int) -> str:
    name = _name(cells[place])
    return f"'{name}' (cell {place + 1})" if name else f"cell {place + 1}"


def _name(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _error(cell: Any) -> Any:
    """Return the error that stopped a cell; that it ran too long says the most."""
    outputs = cell.get("outputs", [])
    errors = [output for output in outputs if output.output_type == "error"]
    late = [error for error in errors if error.ename == "CellTimeoutError"]
    return next(iter([*late, *errors]), None)


def _ended(cell: Any) -> bool:
    error = _error(cell)
    return error is not None and error.ename == KERNEL_ENDED[0]


def _wrote_stderr(cell: Any) -> bool:
    return any(output.get("name") == "stderr" for output in cell.outputs)
