"""Make a graded notebook plain: messages instead of tracebacks, hidden tests taken out."""

from __future__ import annotations

from typing import Any

from academy.grading.hidden import own_message, says_any, split_source, telling_lines

LEFT_OUT = "[This output is not shown: it repeats a part of a hidden check.]"
NO_MESSAGE = "One of the things that this check looks at was not as expected."
STDERR = "A warning or an error message was written while this check ran, so it did not pass."
NO_ANSWER = "There is no answer here yet."
STOPPED = "This cell stopped with an error."
TOO_LONG = "This cell ran for too long and was stopped."

_NBGRADERS_COMMENT = "No response."

#: Where a cell's message is kept for the page.
MESSAGE = "academy_message"

#: Set where a check has hidden tests that may not be seen.
HIDES = "academy_hides"


class Plainer:
    """Makes the cells of one graded notebook plain.

    Parameters
    ----------
    notebook
        The graded notebook, with points in its cells' metadata. It is changed in place.
    reveal
        Whether hidden tests may be seen.
    """

    def __init__(self, notebook: Any, *, reveal: bool) -> None:
        self.notebook = notebook
        self.cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.reveal = reveal
        given = [cell.source for cell in self.cells if _is_given(cell)]
        self.secrets = set() if reveal else telling_lines(given)

    def apply(self) -> None:
        """Change every code cell, and say where an answer is missing."""
        for cell in self.cells:
            if _is_check(cell):
                self._check(cell)
            else:
                self._other(cell)
        for cell in self.notebook.cells:
            # nbgrader says so in a comment, as if the instructor had written it.
            if _marks(cell).get("comment") == _NBGRADERS_COMMENT:
                cell.metadata["nbgrader"]["comment"] = None
                cell.metadata[MESSAGE] = NO_ANSWER

    def _check(self, cell: Any) -> None:
        visible, hidden = split_source(cell.source)
        secret = bool(hidden.strip()) and not self.reveal
        cell.metadata[MESSAGE] = self._why(cell, secret) if _failed(cell) else ""
        cell.metadata[HIDES] = secret
        cell.outputs = [] if secret else self._shown(cell.outputs)
        if not self.reveal:
            cell.source = visible

    def _other(self, cell: Any) -> None:
        cell.metadata[MESSAGE] = self._stopped(cell)
        cell.outputs = self._shown(cell.outputs)
        if _is_given(cell) and not self.reveal:
            cell.source = split_source(cell.source)[0]

    def _why(self, cell: Any, secret: bool) -> str:
        error = _error(cell)
        if error is None:
            return STDERR if _wrote_stderr(cell) else NO_MESSAGE
        if error.ename == "CellTimeoutError":
            return TOO_LONG
        own = own_message(cell.source, error.ename, error.evalue)
        if own is not None:
            return own
        return NO_MESSAGE if secret else self._said(NO_MESSAGE, error)

    def _stopped(self, cell: Any) -> str:
        error = _error(cell)
        if error is None:
            return ""
        return TOO_LONG if error.ename == "CellTimeoutError" else self._said(STOPPED, error)

    def _said(self, sentence: str, error: Any) -> str:
        """Add what Python said, unless that repeats a hidden test."""
        line = f"{error.ename}: {error.evalue}" if error.evalue else error.ename
        told = error.evalue and not says_any(line, self.secrets)
        return f"{sentence} Python said: {line}" if told else sentence

    def _shown(self, outputs: list[Any]) -> list[Any]:
        kept = [output for output in outputs if output.output_type != "error"]
        return [_left_out() if says_any(output, self.secrets) else output for output in kept]


def _marks(cell: Any) -> Any:
    return cell.metadata.get("nbgrader", {})


def _is_given(cell: Any) -> bool:
    """Return whether a cell's source is the course's, not the learner's."""
    marks = _marks(cell)
    return not marks.get("solution") and bool(marks.get("grade") or marks.get("locked"))


def _is_check(cell: Any) -> bool:
    return _is_given(cell) and bool(_marks(cell).get("grade"))


def _failed(check: Any) -> bool:
    marks = _marks(check)
    short = (marks.get("score") or 0) < (marks.get("points") or 0)
    return short or _error(check) is not None


def _error(cell: Any) -> Any:
    """Return the error that stopped a cell; that it ran too long says more than how it ended."""
    errors = [output for output in cell.outputs if output.output_type == "error"]
    late = [error for error in errors if error.ename == "CellTimeoutError"]
    return next(iter(late or errors), None)


def _wrote_stderr(cell: Any) -> bool:
    return any(output.get("name") == "stderr" for output in cell.outputs)


def _left_out() -> Any:
    from nbformat import from_dict

    return from_dict({"output_type": "stream", "name": "stdout", "text": LEFT_OUT})  # type: ignore[no-untyped-call]
