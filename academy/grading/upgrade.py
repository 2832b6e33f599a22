"""Bring a notebook of any format, and of any damage, into the shape of today's format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from academy.grading.cleaning import clean_attachments, clean_cell_metadata, clean_metadata, text_of
from academy.grading.comparison import Cell, Notebook
from academy.grading.inspection import UnreadableError
from academy.grading.limits import ATTACHED_CHARACTERS, MOST_CELLS, SOURCE_CHARACTERS

#: The format that a mended notebook has.
FORMAT, MINOR = 4, 5

_KINDS = {
    "code": "code",
    "heading": "markdown",
    "html": "markdown",
    "markdown": "markdown",
    "raw": "raw",
    "text": "markdown",
}

#: What was found wrong with a cell, as the end of a sentence about one cell and about several.
_FAULTS = {
    "no cell": ("was no cell and was left out", "were no cells and were left out"),
    "kind": ("was of an unknown kind", "were of an unknown kind"),
    "source": ("held something else than text", "held something else than text"),
    "letters": (
        "had characters that do not exist, which were replaced",
        "had characters that do not exist, which were replaced",
    ),
    "metadata": ("had metadata of a wrong kind", "had metadata of a wrong kind"),
    "attachments": (
        "had attachments that are damaged or too large, which were left out",
        "had attachments that are damaged or too large, which were left out",
    ),
}


def upgrade(name: str, value: Mapping[str, Any]) -> tuple[Notebook, tuple[str, ...]]:
    """Return a notebook in today's shape, without outputs, and what was done to it.

    What follows can rely on it: every cell has a kind, a text and metadata of the right types.
    Cells keep their ids where they have good ones; the other cells have none.

    Parameters
    ----------
    name
        The file's name, for sentences.
    value
        The JSON of a notebook of format 1 to 4, or of something alike.

    Raises
    ------
    UnreadableError
        When it holds no cells, too many, or too much text.
    """
    raw = _raw_cells(value)
    if raw is None:
        raise UnreadableError(f"'{name}' is not a notebook: it is JSON of another kind.")
    if len(raw) > MOST_CELLS:
        raise UnreadableError(
            f"'{name}' has {len(raw):,} cells and at most {MOST_CELLS:,} are graded."
        )
    faults: Counter[str] = Counter()
    cells = [cell for one in raw if (cell := _cell(one, faults)) is not None]
    if not cells:
        raise UnreadableError(f"'{name}' has no cells, so there is nothing to grade.")
    _refuse_too_long(name, cells)
    _bound_attachments(cells, faults)
    notebook = {
        "cells": cells,
        "metadata": clean_metadata(value.get("metadata")),
        "nbformat": FORMAT,
        "nbformat_minor": MINOR,
    }
    return notebook, (*_format_remarks(value), *_fault_remarks(faults))


def _raw_cells(value: Mapping[str, Any]) -> list[Any] | None:
    """Return what stands where cells stand in any format, or ``None`` if nothing does."""
    cells = value.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = value.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, Mapping)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


def _format_remarks(value: Mapping[str, Any]) -> list[str]:
    number = value.get("nbformat")
    if number == FORMAT:
        return []
    if isinstance(number, int) and 0 < number < FORMAT:
        return [f"It was saved in the old notebook format {number}; it was brought up to date."]
    return [f"It does not say that it is of notebook format {FORMAT}; it was read as that."]


def _fault_remarks(faults: Mapping[str, int]) -> list[str]:
    found = {fault: count for fault, count in faults.items() if count}
    return [f"{count} of its cells {_FAULTS[fault][count > 1]}." for fault, count in found.items()]


def _cell(value: Any, faults: Counter[str]) -> Cell | None:
    if isinstance(value, str) and value.strip():
        value = {"cell_type": "raw", "source": value}
    if not isinstance(value, Mapping):
        faults["no cell"] += 1
        return None
    kind = _kind(value, faults)
    found: Cell = {
        "cell_type": kind,
        "metadata": clean_cell_metadata(value.get("metadata", {}), faults),
        "source": _source(value, faults),
    }
    identity = value.get("id")
    if isinstance(identity, str) and is_good_id(identity):
        found["id"] = identity
    if kind == "code":
        found |= {"execution_count": None, "outputs": []}
    elif attached := clean_attachments(value.get("attachments") or {}, faults):
        found["attachments"] = attached
    return found


def is_good_id(identity: str) -> bool:
    """Return whether a cell may have this id."""
    plain = identity.replace("-", "").replace("_", "")
    return 0 < len(identity) <= 64 and (not plain or (plain.isascii() and plain.isalnum()))


def _kind(value: Mapping[str, Any], faults: Counter[str]) -> str:
    kind = value.get("cell_type")
    if isinstance(kind, str) and kind in _KINDS:
        return _KINDS[kind]
    faults["kind"] += 1
    is_code = any(key in value for key in ("outputs", "execution_count", "input"))
    return "code" if is_code else "markdown"


def _source(value: Mapping[str, Any], faults: Counter[str]) -> str:
    """Return a cell's text, which each format keeps under a name of its own."""
    key = next((key for key in ("source", "input", "code", "text") if key in value), "source")
    text = text_of(value.get(key, ""), faults, split=key in ("input", "code"))
    level = value.get("level")
    if value.get("cell_type") != "heading" or not isinstance(level, int):
        return text
    hashes = "#" * min(6, max(1, level))
    return f"{hashes} {' '.join(text.splitlines())}"


def _refuse_too_long(name: str, cells: list[Cell]) -> None:
    length = sum(len(cell["source"]) for cell in cells)
    if length > SOURCE_CHARACTERS:
        raise UnreadableError(
            f"'{name}' has {length / 1e6:,.1f} million characters of text and code, and at most "
            f"{SOURCE_CHARACTERS / 1e6:,.0f} million are graded."
        )


def _bound_attachments(cells: list[Cell], faults: Counter[str]) -> None:
    """Leave out attachments beyond what is kept of one notebook, the last ones first."""
    room = ATTACHED_CHARACTERS
    for cell in cells:
        room -= sum(
            len(text) for bundle in cell.get("attachments", {}).values() for text in bundle.values()
        )
        if room < 0:
            faults["attachments"] += bool(cell.pop("attachments", None))
