"""Read a portal's CSV export in pieces, and say in a sentence what is wrong with a bad one."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING

from academy.datasets.portal.source import KEPT
from academy.errors import AcademyError

if TYPE_CHECKING:
    from _csv import Reader

    import pandas as pd

# Of a portal's texts none is near so long; a quotation mark without its end makes one.
LONGEST_VALUE = 131_072
_LONGEST_LINE = 4_000_000
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def header(path: Path) -> list[str]:
    """Return the names of an export's columns.

    Raises
    ------
    AcademyError
        When the file holds no table with commas between its values.
    """
    with _opened(path) as lines:
        return _header(csv.reader(lines, strict=True), path)


def read_pieces(
    path: Path, columns: Sequence[str] | None = None, piece_rows: int = 50_000
) -> Iterator[pd.DataFrame]:
    """Read an export (``.csv`` or ``.csv.gz``) piece by piece, all values as text.

    Parameters
    ----------
    path
        The file: UTF-8, with or without a byte-order mark, any line ends.
    columns
        Those to read, as the file spells them; all of them without it.
    piece_rows
        Rows of one table.

    Yields
    ------
    pandas.DataFrame
        Text columns, blank values as empty texts. The index counts the export's rows on from
        piece to piece, beginning with 0. A file without rows gives one table without rows.

    Raises
    ------
    AcademyError
        When the file is cut, not UTF-8, not separated by commas, a web page, or a row of it has
        too many or too few values, or one that is too long.
    """
    names = header(path)
    places = [names.index(name) for name in (names if columns is None else columns)]
    chosen = [names[place] for place in places]
    rows = read_rows(path)
    first = 0
    while piece := list(islice(rows, piece_rows)):
        picked = [[row[place] for place in places] for row in piece]
        yield frame_of(picked, chosen, range(first, first + len(piece)))
        first += len(piece)
    if not first:
        yield frame_of([], chosen, [])


def read_rows(path: Path) -> Iterator[list[str]]:
    """Read an export row by row, without its header; see `read_pieces`."""
    with _opened(path) as lines:
        reader = csv.reader(lines, strict=True)
        yield from _rows(reader, len(_header(reader, path)), path)


def read_whole(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read an export as one table; see `read_pieces`."""
    import pandas as pd

    return pd.concat(read_pieces(path, columns))


def frame_of(
    rows: Sequence[Sequence[str]], names: Sequence[str], numbers: Sequence[int]
) -> pd.DataFrame:
    """Make a table of texts, with the rows' numbers as its index."""
    import pandas as pd
    import pyarrow as pa

    index = pd.Index(pd.array(list(numbers), dtype="int64"))
    values = zip(*rows, strict=True) if rows else [()] * len(names)
    return pd.DataFrame(
        {
            name: pd.Series(pa.array(column, pa.large_string()), index=index, dtype="str")
            for name, column in zip(names, values, strict=True)
        },
        index=index,
    )


def _rows(reader: Reader, width: int, path: Path) -> Iterator[list[str]]:
    while True:
        before = reader.line_num
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _unreadable(str(error), path, before + 1) from None
        if row is None:
            return
        if len(row) == width:
            yield row
        elif row:
            raise _refused(
                f"A row should have {width} values, as the header has, and this one has "
                f"{len(row)}.",
                path,
                before + 1,
            )


def _header(reader: Reader, path: Path) -> list[str]:
    try:
        names: list[str] = next(reader, [])
    except csv.Error as error:
        raise _unreadable(str(error), path, 1) from None
    if not any(names):
        raise _refused("The export is empty.", path)
    line = ",".join(names)
    if line.lstrip().startswith("<"):
        raise _refused("A CSV file was expected, and this is a web page.", path)
    other = next((each for each in _OTHER_DELIMITERS if each in line), None)
    if len(names) == 1 and other:
        kind = _OTHER_DELIMITERS[other]
        raise _refused(f"Commas should stand between the values, and here {kind} do.", path)
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise _refused(f"These column names stand more than once: {', '.join(doubles)}.", path, 1)
    return names


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Iterator[str]]:
    """The file's lines, with every fault of reading told as one of the export."""
    opened: IO[bytes] = gzip.open(path) if path.suffix == ".gz" else path.open("rb")  # type: ignore[assignment]  # noqa: SIM115
    with opened, io.TextIOWrapper(opened, encoding="utf-8-sig", newline="") as text:
        # A library may have set it to something else: the limit belongs to the whole process.
        csv.field_size_limit(LONGEST_VALUE)
        try:
            yield _lines(text, path)
        except UnicodeDecodeError:
            raise _not_utf8(path) from None
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise _refused(f"The packed file is cut or broken: {error}.", path) from None


def _lines(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    """Lines of a bounded length: a file without line ends must not fill the memory."""
    number = 0
    while line := text.readline(_LONGEST_LINE):
        number += 1
        if len(line) >= _LONGEST_LINE:
            raise _refused(f"A line is longer than {_LONGEST_LINE:,} characters.", path, number)
        if "\0" in line:
            raise _refused("A line holds a zero byte, which no text has.", path, number)
        yield line


def _unreadable(problem: str, path: Path, line: int) -> AcademyError:
    if "field limit" in problem:
        return _refused(
            f"A value that begins here is longer than {LONGEST_VALUE:,} characters; "
            "perhaps a quotation mark lacks its end.",
            path,
            line,
        )
    return _refused(f"The export can't be read as CSV from here on: {problem}.", path, line)


def _not_utf8(path: Path) -> AcademyError:
    """Read again, line by line, to say where it is."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                near = line[max(error.start - 20, 0) : error.start].decode("utf-8", "replace")
                return _refused(
                    "The export can't be read as CSV in UTF-8: after "
                    f"'{near.lstrip()}' stands the byte 0x{line[error.start]:02x}.",
                    path,
                    number,
                )
    return _refused("The export can't be read as CSV in UTF-8: it is cut.", path)


def _refused(problem: str, path: Path, line: int | None = None) -> AcademyError:
    return AcademyError(
        problem,
        where=f"{path}, line {line}" if line else str(path),
        kept=KEPT,
        next_step="Export the dataset from the portal again.",
    )
