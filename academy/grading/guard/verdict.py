"""The engine's side: what it asks of the guard, and what it makes of the answers."""

from __future__ import annotations

import ast
import secrets
from collections.abc import Iterable
from typing import Any

from academy.grading.guard import seal
from academy.grading.guard.order import Order, order_for, watched_modules
from academy.grading.guard.seal import PLACEHOLDER
from academy.grading.guard.suspicion import signs

#: Set in the metadata of a cell with a list of words: somebody should look at it.
NOTICED_MARK = "academy_noticed"

NOT_ENDED = ("CheckNotEnded", "The check did not run to its end.")
SPOILED = (
    "CheckSpoiled",
    "While the check ran, the answer changed what the check relies on, so it does not count.",
)
NO_GUARD = "The guard in the kernel did not answer, so this notebook was not run."
FORGED = "answered in the kernel's place"
UNSAID = "did something to the kernel that could not be seen"


class Checks:
    """The course's checks in one run of one notebook.

    Parameters
    ----------
    cells
        The notebook's cells, as they are about to be run.
    """

    def __init__(self, cells: Iterable[Any]) -> None:
        self._keys = seal.new_keys()
        self._modules = watched_modules(cell.source for cell in cells if is_given(cell))
        self._order: Order | None = None
        self._noticed: set[str] = set()

    def opening(self) -> dict[str, Any]:
        """Return the metadata of the first request, which has the guard begin."""
        keys = [self._keys.orders.hex(), self._keys.verdicts.hex()]
        return {seal.NAME: {"keys": keys, "modules": self._modules}}

    def ask(self, cell: Any) -> tuple[str, dict[str, Any]]:
        """Return the code and the metadata of the request to run a cell."""
        self._order = order_for(secrets.token_hex(8), cell.source) if is_given(cell) else None
        if self._order is None:
            return cell.source, {}
        if is_check(cell):
            sealed = self._sealed(self._order.fields_of_check())
            return PLACEHOLDER, {seal.NAME: {"check": sealed, "quiet": self._order.quiet}}
        before = self._sealed(self._order.fields_before())
        after = self._sealed(self._order.fields_after())
        return cell.source, {seal.NAME: {"before": before, "after": after}}

    def is_guarded(self, reply: Any) -> bool:
        """Return whether the reply to the first request is the guard's."""
        return self._told(reply, reply["parent_header"]["msg_id"]) is not None

    def judge(self, cell: Any, reply: dict[str, Any]) -> None:
        """Change a cell's outputs so that nbgrader counts what the guard says, and no more."""
        checked = is_check(cell)
        order = self._order.request if checked and self._order else None
        told = self._told(reply, order or reply.get("parent_header", {}).get("msg_id", ""))
        words = [] if is_given(cell) else [f"The code {sign}." for sign in signs(cell.source)]
        words += self._new_words(told, reply)
        if words:
            cell.metadata[NOTICED_MARK] = words
        if not checked:
            return
        if told is None or not told.get("ended"):
            fail(cell, *NOT_ENDED)
        elif told.get("spoiled"):
            fail(cell, *SPOILED, always=True)
        else:
            _keep_result(cell, str(told.get("result", "")), bool(self._order and self._order.quiet))

    def _sealed(self, fields: tuple[str, ...]) -> str:
        return seal.seal(self._keys.orders, fields)

    def _new_words(self, told: dict[str, Any] | None, reply: dict[str, Any]) -> list[str]:
        if told is None:
            # A reply without metadata is nbclient's own, for a cell that ran too long.
            said = [FORGED] if "metadata" in reply else []
        else:
            said = [str(word) for word in told["noticed"]]
        new = [word for word in said if word not in self._noticed]
        self._noticed.update(new)
        return [f"The code {word}." for word in new]

    def _told(self, reply: Any, request: str) -> dict[str, Any] | None:
        """Return what the guard said, or None where it is not proved."""
        try:
            text, proof = reply["metadata"][seal.NAME]
        except (KeyError, TypeError, ValueError):
            return None
        if not isinstance(text, str):
            return None
        key = self._keys.verdicts
        if proof == seal.proof(key, request, text):
            return _said(text)
        if proof == seal.proof(seal.after_notice(key), request, text):
            said = _said(text) or {"noticed": []}
            return {**said, "noticed": said["noticed"] or [UNSAID]}
        return None


def _said(text: str) -> dict[str, Any] | None:
    """Read what the guard said; who has found its number may have it say anything."""
    try:
        said = ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    is_whole = isinstance(said, dict) and isinstance(said.get("noticed"), list)
    return said if is_whole else None


def fail(cell: Any, name: str, value: str, *, always: bool = False) -> None:
    """Have an error in the outputs of a failed check, and no value that would be points.

    Parameters
    ----------
    cell
        The check; it is changed in place.
    name, value
        The error's class and text.
    always
        Whether it is added where there is an error already.
    """
    cell.outputs = [one for one in cell.outputs if one.output_type != "execute_result"]
    if always or not any(one.output_type == "error" for one in cell.outputs):
        cell.outputs.append(_error(name, value))


def is_check(cell: Any) -> bool:
    """Return whether a cell is a test whose outcome gives points."""
    from nbgrader.utils import is_grade, is_solution

    return cell.cell_type == "code" and bool(is_grade(cell)) and not is_solution(cell)


def is_given(cell: Any) -> bool:
    """Return whether a cell's code is the course's, not the learner's."""
    from nbgrader.utils import is_locked

    return cell.cell_type == "code" and bool(is_locked(cell))


def _keep_result(cell: Any, text: str, quiet: bool) -> None:
    """Keep the one value that the check itself had; others were put there by what it called."""
    results = [one for one in cell.outputs if one.output_type == "execute_result"]
    if quiet or not results:
        kept = None
    elif text:
        kept = next((one for one in results if _plain(one) == text), None)
    else:
        kept = next((one for one in results[::-1] if not _is_number(_plain(one))), None)
    if kept is None and text and not quiet:
        kept = _result(text)
        cell.outputs.append(kept)
    cell.outputs = [
        one for one in cell.outputs if one.output_type != "execute_result" or one is kept
    ]


def _error(name: str, value: str) -> Any:
    """Return an error as a cell's output has it."""
    from nbformat.v4 import new_output

    return new_output("error", ename=name, evalue=value, traceback=[f"{name}: {value}"])  # type: ignore[no-untyped-call]


def _result(text: str) -> Any:
    from nbformat.v4 import new_output

    return new_output("execute_result", data={"text/plain": text})  # type: ignore[no-untyped-call]


def _plain(output: Any) -> str:
    return str(output.data.get("text/plain", ""))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
