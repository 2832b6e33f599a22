"""Find the cells in a notebook whose JSON is broken."""

from __future__ import annotations

import json
import re
from typing import Any

from academy.grading.limits import BROKEN_PLACES, MOST_CELLS

#: Where a cell begins: the first keys that programs write, in a list.
_CELL = re.compile(
    r'(?:^|[\[,])\s*+(?=\{\s*"(?:cell_type|attachments|execution_count|id|input|metadata'
    r'|outputs|source)"\s*:)'
)
_SOURCE = re.compile(r'"(?:source|input)"\s*:\s*\[?')
_TEXT = re.compile(r'\s*+,?\s*+("(?:[^"\\]|\\.)*+")', re.DOTALL)

#: Characters of a broken cell that are looked through for its text.
_PIECE = 100_000


class Salvage:
    """What is left of a broken notebook.

    Parameters
    ----------
    text
        The notebook's text.
    decoder
        Reads one JSON object.

    Attributes
    ----------
    cells
        The cells, those that are whole and pieces of the others' texts, in order.
    whole, pieces
        How many of them are whole cells, and how many are pieces.
    """

    def __init__(self, text: str, decoder: json.JSONDecoder) -> None:
        self.text = text
        self.decoder = decoder
        self.cells: list[dict[str, Any]] = []
        self.whole = self.pieces = 0
        self._search()

    def _search(self) -> None:
        broken: list[int] = []
        position = 0
        while len(broken) < BROKEN_PLACES and len(self.cells) <= MOST_CELLS:
            found = _CELL.search(self.text, position)
            start = found.end() if found else len(self.text)
            if broken and broken[-1] >= 0:
                self._keep_piece(broken[-1], start)
                broken[-1] = -1
            if found is None:
                return
            try:
                value, position = self.decoder.raw_decode(self.text, start)
            except (ValueError, RecursionError):
                broken.append(start)
                position = start + 1
            else:
                self._keep(value)

    def _keep(self, value: dict[str, Any]) -> None:
        if "cell_type" in value and ("source" in value or "input" in value):
            self.cells.append(value)
            self.whole += 1

    def _keep_piece(self, start: int, end: int) -> None:
        """Keep the lines that can be read in a broken cell."""
        end = min(end, start + _PIECE)
        source = _SOURCE.search(self.text, start, end)
        if source is None:
            return
        lines: list[str] = []
        position = source.end()
        while found := _TEXT.match(self.text, position, end):
            lines.append(self._read(found[1]))
            position = found.end()
        if any(line.strip() for line in lines):
            self.cells.append({"cell_type": "raw", "metadata": {}, "source": lines})
            self.pieces += 1

    def _read(self, text: str) -> str:
        try:
            value, _ = self.decoder.raw_decode(text)
        except ValueError:
            return text
        return str(value)
