"""Find what a cell hides between BEGIN and END HIDDEN TESTS, and keep it from showing."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Any

BEGIN = "BEGIN HIDDEN TESTS"
END = "END HIDDEN TESTS"

#: Lines shorter than this say nothing about a test, and stand in everybody's code.
_TELLING = 8


def split_source(source: str) -> tuple[str, str]:
    """Return a cell's visible lines and its hidden ones; an unclosed region hides the rest."""
    visible: list[str] = []
    hidden: list[str] = []
    inside = False
    for line in source.split("\n"):
        if BEGIN in line:
            inside = True
        elif END in line:
            inside = False
        else:
            (hidden if inside else visible).append(line)
    return "\n".join(visible), "\n".join(hidden)


def telling_lines(sources: Iterable[str]) -> set[str]:
    """Return the hidden lines of cells that would give a test away, without their visible ones."""
    shown: set[str] = set()
    hidden: set[str] = set()
    for source in sources:
        visible, secret = split_source(source)
        shown |= {line.strip() for line in visible.split("\n")}
        hidden |= {line.strip() for line in secret.split("\n")}
    return {line for line in hidden - shown if len(line) >= _TELLING}


def says_any(value: Any, lines: set[str]) -> bool:
    """Return whether text, or anything in a structure of lists and dictionaries, has a line."""
    if isinstance(value, str):
        plain = without_colours(value)
        return any(line in text for line in lines for text in (plain, value))
    if isinstance(value, dict):
        return any(says_any(part, lines) for part in value.values())
    return isinstance(value, list) and any(says_any(part, lines) for part in value)


def without_colours(text: str) -> str:
    """Return text without the terminal's colour codes."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def own_message(source: str, name: str, value: str) -> str | None:
    """Return an exception's text if it is the message of an ``assert`` in a cell.

    Parameters
    ----------
    source
        The cell's source, hidden tests included.
    name, value
        The exception's class and text.

    Returns
    -------
    str or None
        The message that the author of the test wrote for learners. Text that comes from
        elsewhere, e.g. from a comparison inside pandas, may hold the answer and is not given.
    """
    if name != "AssertionError" or not value.strip():
        return None
    return value if any(_fits(part, value) for part in _messages(source)) else None


def _messages(source: str) -> list[ast.expr]:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    asserts = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return [node.msg for node in asserts if node.msg is not None]


def _fits(message: ast.expr, value: str) -> bool:
    if isinstance(message, ast.Constant):
        return value == message.value
    if isinstance(message, ast.JoinedStr):
        return re.fullmatch(_pattern(message), value, flags=re.DOTALL) is not None
    return False


def _pattern(message: ast.JoinedStr) -> str:
    parts = (
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".*"
        for part in message.values
    )
    return "".join(parts)
