"""Read a table's file block by block as text, and say what can't be read."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from academy.datasets import places
from academy.datasets.places import Fault
from academy.datasets.schema import Resource
from academy.errors import Finding

_SHOWN_ROWS = 5
_BLOCK_ROWS = 20_000
_AT_ONCE = 1_000_000
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass
class Block:
    """Some rows of a table, by column: texts as the file writes them.

    ``rows`` are the numbers of those that have as many values as there are columns.
    """

    first_row: int
    row_count: int
    rows: Sequence[int]
    columns: dict[str, Sequence[str]]
    faults: list[Fault] = field(default_factory=list)


class UnreadableError(Exception):
    """The file can't be read further."""

    def __init__(self, problem: str, where: str) -> None:
        self.finding = Finding(problem, where)
        super().__init__(problem)


def line_findings(file: IO[bytes], where: str) -> list[Finding]:
    """What is wrong with the bytes: other text than UTF-8, other line ends than the table's."""
    if _is_plain(file):
        return []
    file.seek(0)
    foreign: list[int] = []
    for number, line in enumerate(file, start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            raise UnreadableError(
                "The file is not UTF-8 text.", f"{where}, line {number}"
            ) from None
        if b"\r" in line:
            foreign.append(number)
    if not foreign:
        return []
    problem = "Lines should end with a line feed alone, and these hold a carriage return."
    return [Finding(problem, f"{where}, {numbers_in_words(foreign, 'line')}")]


def _is_plain(file: IO[bytes]) -> bool:
    """Tell in large pieces what holds for nearly every file: UTF-8, and no carriage return."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_AT_ONCE):
            decoder.decode(piece)
            if b"\r" in piece:
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def csv_blocks(file: IO[bytes], resource: Resource) -> Iterator[Block]:
    """Yield a CSV file's rows, block by block, after checking its header."""
    reader = csv.reader(io.TextIOWrapper(file, encoding="utf-8", newline=""), strict=True)
    try:
        _check_header(next(reader, []), resource)
        first = 1
        while rows := list(islice(reader, _BLOCK_ROWS)):
            yield _block(rows, first, [each.name for each in resource.fields])
            first += len(rows)
    except csv.Error as error:
        where = f"{resource.path}, line {reader.line_num}"
        raise UnreadableError(f"The file can't be read as CSV: {error}.", where) from None


def _check_header(header: list[str], resource: Resource) -> None:
    expected = [each.name for each in resource.fields]
    if header == expected:
        return
    found = ", ".join(header)[:1000]
    problem = f"The header should be {', '.join(expected)}, and is {found}."
    if header and header[0].startswith("\ufeff"):
        problem += " It begins with a byte-order mark."
    other = next((each for each in _OTHER_DELIMITERS if len(header) == 1 and each in found), None)
    if other:
        problem += (
            f" Commas should stand between the values, and here {_OTHER_DELIMITERS[other]} do."
        )
    raise UnreadableError(problem, f"{resource.path}, line 1")


def _block(rows: list[list[str]], first: int, names: list[str]) -> Block:
    width = len(names)
    if set(map(len, rows)) == {width}:
        numbers = range(first, first + len(rows))
        return Block(
            first, len(rows), numbers, dict(zip(names, zip(*rows, strict=True), strict=True))
        )
    whole = [(number, row) for number, row in enumerate(rows, start=first) if len(row) == width]
    faults = [
        (f"A row should have {width} values, and has {len(row)}", number, "")
        for number, row in enumerate(rows, start=first)
        if len(row) != width
    ]
    columns = zip(*(row for _, row in whole), strict=True) if whole else [()] * width
    by_name: dict[str, Sequence[str]] = dict(zip(names, columns, strict=True))
    return Block(first, len(rows), [number for number, _ in whole], by_name, faults)


def geojson_blocks(file: IO[bytes], resource: Resource) -> Iterator[Block]:
    """Yield a GeoJSON file's properties as one block, with what is wrong with its features."""
    try:
        columns, faults = places.columns_and_faults(file.read(), resource)
    except ValueError as error:
        problem = f"The file can't be read as GeoJSON: {error}."
        raise UnreadableError(problem, resource.path) from None
    rows = len(next(iter(columns.values())))
    yield Block(1, rows, list(range(1, rows + 1)), columns, faults)


def numbers_in_words(numbers: list[int], noun: str) -> str:
    """Return the first numbers of rows or lines, and how many more there are."""
    first = ", ".join(map(str, numbers[:_SHOWN_ROWS]))
    more = len(numbers) - _SHOWN_ROWS
    nouns = noun if len(numbers) == 1 else f"{noun}s"
    return f"{nouns} {first} and {more:,} more" if more > 0 else f"{nouns} {first}"
