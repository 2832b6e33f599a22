"""Read the JSON in what a learner submitted as a notebook, however it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from academy.grading.inspection import UnreadableError
from academy.grading.limits import MOST_PARTS
from academy.grading.salvage import Salvage

#: Digits of a whole number that can mean anything in a notebook.
_MOST_DIGITS = 18

#: What is never thrown away where a key stands twice.
_JOINED = ("cells", "input", "source", "worksheets")

_FORMAT = re.compile(r'"nbformat"\s*:\s*(\d)\b')
#: What a list or an object weighs, where a text or number weighs 1.
_NESTED = 5

_LOOKED_AT = 10_000
_NOT_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

LATIN = "It was not saved as UTF-8 text; letters with accents may read wrongly."
WIDE = "It was saved as UTF-16 or UTF-32 text, which notebooks are not; it was read as that."
REPEATED = "Something stood in it twice under one name; cells and sources were joined."
SURPLUS = "After the end of the notebook there was something else, which was left out."


@dataclass(frozen=True)
class Document:
    """The JSON of a notebook of any format, and what was done to read it.

    Parameters
    ----------
    value
        An object; nothing is known of what it holds.
    remarks
        A sentence each: what was done to read it.
    is_partial
        Whether only whole cells were found in something broken.
    """

    value: dict[str, Any]
    remarks: tuple[str, ...] = ()
    is_partial: bool = False


def decode_document(name: str, data: bytes) -> Document:
    """Return the JSON object in a file's content, or what is left of it.

    Parameters
    ----------
    name
        The file's name, for sentences.
    data
        Its content.

    Raises
    ------
    UnreadableError
        When there is no notebook in it, with the line where it breaks.
    """
    if not data.strip(b" \t\r\n\x00"):
        raise UnreadableError(f"'{name}' is empty, so there is nothing to grade.")
    text, remarks = _text(data)
    if _weight(text) > MOST_PARTS:
        raise UnreadableError(
            f"'{name}' is made of too many parts to be read; ask the learner to clear the outputs "
            "and submit again."
        )
    start = text.find("{")
    decoder = _Decoder()
    try:
        value, end = decoder.raw_decode(text, max(start, 0))
    except (ValueError, RecursionError) as error:
        return _salvaged(name, text, error, remarks)
    if not isinstance(value, dict) or text[: max(start, 0)].strip().startswith("["):
        raise UnreadableError(f"'{name}' is not a notebook: it is JSON of another kind.")
    if text[end:].strip(" \t\r\n\x00"):
        remarks = (*remarks, SURPLUS)
    if decoder.repeated:
        remarks = (*remarks, REPEATED)
    return Document(value, remarks)


def _weight(text: str) -> int:
    """Return how much memory JSON may take: a few bytes of it can become hundreds."""
    return text.count(",") + _NESTED * (text.count("{") + text.count("["))


def _text(data: bytes) -> tuple[str, tuple[str, ...]]:
    encoding = json.detect_encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return _guessed(data)
    return text.removeprefix("\ufeff"), () if encoding.startswith("utf-8") else (WIDE,)


def _guessed(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return text in which more is UTF-8 than not as UTF-8, else as Western European."""
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    right = len(text) - len(text.encode("ascii", "ignore")) - wrong
    return (text if right > wrong else data.decode("latin-1")), (LATIN,)


class _Decoder(json.JSONDecoder):
    """Reads JSON that is a little wrong: line breaks in texts, NaN, doubled keys, huge numbers."""

    def __init__(self) -> None:
        self.repeated = False
        super().__init__(
            strict=False,
            object_pairs_hook=self._joined,
            parse_int=lambda digits: int(digits) if len(digits) <= _MOST_DIGITS else None,
            parse_constant=lambda _name: None,
        )

    def _joined(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        self.repeated = True
        found.clear()
        for key, value in pairs:
            joins = key in _JOINED and key in found
            found[key] = _both(found[key], value) if joins else value
        return found


def _both(first: Any, second: Any) -> Any:
    """Return two values of one key as one: lists and texts lose nothing, else the last counts."""
    if isinstance(first, list) and isinstance(second, list):
        is_text = bool(first) and isinstance(first[-1], str) and not first[-1].endswith("\n")
        return [*first, "\n", *second] if is_text else first + second
    if isinstance(first, str) and isinstance(second, str) and first != second:
        return f"{first}\n{second}"
    return second


def _salvaged(name: str, text: str, error: Exception, remarks: Sequence[str]) -> Document:
    where = _where(error)
    found = Salvage(text, _Decoder())
    if not found.whole:
        is_text = len(_NOT_TEXT.findall(text, 0, _LOOKED_AT)) < 10
        raise UnreadableError(
            f"'{name}' is not a notebook: {where if is_text else 'it is not text'}."
        )
    told = [f"It was damaged: {where}. {_counted(found.whole)} found in it and graded."]
    if found.pieces:
        told.append("What else could be read of it was kept as text.")
    formats = _FORMAT.findall(text)
    value = {"cells": found.cells, "nbformat": int(formats[-1]) if formats else 4}
    return Document(value, (*remarks, *told), is_partial=True)


def _counted(whole: int) -> str:
    return "1 whole cell was" if whole == 1 else f"{whole} whole cells were"


def _where(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"it stops being valid JSON at line {error.lineno}"
    return "its JSON is nested too deeply"
