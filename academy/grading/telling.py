"""The sentences about mended cells, for the instructor and for the learner alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from academy.grading.limits import MOST_REMARKS

_KINDS = {"code": "code", "markdown": "text", "raw": "raw text"}

_HOW = {
    "id": "it was recognised and graded",
    "likeness": "it was recognised by its text and graded",
    "place": "what stands in its place was graded",
    "source": "it was recognised and graded",
}


STRANGER = (
    "None of the released cells were found in it, so all of them were put back; it may be "
    "another assignment's notebook."
)


def deleted(name: str, released: Mapping[str, Any]) -> str:
    """Return the sentence about a released cell that was not found."""
    marks = released["metadata"]["nbgrader"]
    if marks.get("solution") or marks.get("task"):
        return f"The answer '{name}' had been deleted; the released blank one was put back."
    if marks.get("grade"):
        return f"The check '{name}' had been deleted; it was put back and run."
    return f"The locked cell '{name}' had been deleted; it was put back."


def recognised(name: str, found: str | None, how: str) -> str:
    """Return the sentence about a cell that was not found by its name."""
    what = f"had been renamed to '{short(found)}'" if found else "had lost its name"
    return f"The cell '{name}' {what}; {_HOW[how]}."


def doubled(name: str, count: int, *, is_last: bool) -> str:
    """Return the sentence about a cell that is there several times."""
    which = "the last was graded" if is_last else "the one with an answer was graded"
    return f"The cell '{name}' is there {count} times; {which}."


def stray(name: str) -> str:
    """Return the sentence about a cell with a name that was not released."""
    return f"A cell calls itself '{short(name)}', which was not released; it was not graded."


def moved(name: str) -> str:
    """Return the sentence about a cell that stood in another place."""
    return f"The cell '{name}' had been moved; it was put back into the released order."


def changed_marks(name: str) -> str:
    """Return the sentence about a cell with other points than were released."""
    return f"Points or marks of the cell '{name}' had been changed; the released ones count."


def corrected(name: str) -> str:
    """Return the sentence about a cell that its author has changed since it was handed out."""
    return f"The cell '{name}' was corrected after it had been handed out; the new one counts."


def retyped(name: str, found: str, wanted: str) -> str:
    """Return the sentence about a cell of another kind than was released."""
    return (
        f"The cell '{name}' had been turned from {_KINDS[wanted]} into {_KINDS[found]}; "
        "it was turned back."
    )


def edited(name: str, *, kept: bool) -> str:
    """Return the sentence about a cell that learners may not edit."""
    sentence = f"The locked cell '{name}' had been edited; the released one was run."
    return (
        f"{sentence} What was written there stands below it, and was not run." if kept else sentence
    )


def short(text: str, most: int = 60) -> str:
    """Return a text that a learner chose, no longer than fits."""
    return text if len(text) <= most else f"{text[:most]}…"


def bounded(remarks: Sequence[str]) -> tuple[str, ...]:
    """Return no more sentences than a person reads, and how many there were."""
    if len(remarks) <= MOST_REMARKS:
        return tuple(remarks)
    more = len(remarks) - MOST_REMARKS
    return (*remarks[:MOST_REMARKS], f"And {more} more changes of these kinds.")
