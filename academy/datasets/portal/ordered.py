"""Read a long export in the order of a key: sorted on the disk, with little in memory."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from academy.datasets.portal.exports import frame_of, header, read_rows
from academy.datasets.portal.source import KEPT
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

_FILE = "ordered.sqlite"
_AT_ONCE = 10_000
_CACHE_KIBIBYTES = 32_000

# A row's key in a form that sorts, its number in the export, and its values.
Keyed = tuple[str, int, tuple[str, ...]]


def read_ordered_pieces(
    path: Path, key: Sequence[str], piece_rows: int, workspace: Path
) -> Iterator[pd.DataFrame]:
    """Read an export sorted by a key, in pieces that never part rows with the same key.

    Parameters
    ----------
    path
        The export; see `read_pieces`.
    key
        Columns, as the file spells them. Whole numbers stand in the order of their values,
        other texts after them; rows with the same key stay in the export's order.
    piece_rows
        About as many rows as a piece has.
    workspace
        A folder with room for all rows; what was put there is removed.

    Yields
    ------
    pandas.DataFrame
        As `read_pieces` does; the index is the row's number in the export, from 0.

    Raises
    ------
    AcademyError
        When the export is bad, or the disk is full.
    """
    names = header(path)
    places = [names.index(name) for name in key]
    workspace.mkdir(parents=True, exist_ok=True)
    file = workspace / _FILE
    file.unlink(missing_ok=True)
    try:
        with closing(_opened(file)) as database:
            _fill(database, path, len(names), places)
            empty = True
            for piece in _pieces(_in_order(database), piece_rows):
                empty = False
                yield frame_of(
                    [row for _, _, row in piece], names, [number for _, number, _ in piece]
                )
            if empty:
                yield frame_of([], names, [])
    except sqlite3.OperationalError as error:
        raise AcademyError(
            f"The rows could not be sorted on the disk: {error}.",
            where=str(workspace),
            kept=KEPT,
            next_step="Check the free space and who may write there.",
        ) from None
    finally:
        file.unlink(missing_ok=True)


def _opened(file: Path) -> sqlite3.Connection:
    """A database that is thrown away when it was read: nothing of it must outlive a power cut."""
    database = sqlite3.connect(file, isolation_level=None)
    for setting in (
        "journal_mode=OFF",
        "synchronous=OFF",
        f"cache_size=-{_CACHE_KIBIBYTES}",
        "temp_store=FILE",
    ):
        database.execute(f"PRAGMA {setting}")
    return database


def _fill(database: sqlite3.Connection, path: Path, width: int, places: Sequence[int]) -> None:
    columns = ", ".join(f"c{place}" for place in range(width))
    marks = ", ".join("?" * (width + 2))
    keyed = (
        (_sortable([row[place] for place in places]), number, *row)
        for number, row in enumerate(read_rows(path))
    )
    database.execute(f"CREATE TABLE rows (key, number, {columns})")
    database.execute("BEGIN")
    while some := list(islice(keyed, _AT_ONCE)):
        database.executemany(f"INSERT INTO rows VALUES ({marks})", some)  # noqa: S608
    database.execute("COMMIT")
    database.execute("CREATE INDEX in_order ON rows (key, number)")


def _in_order(database: sqlite3.Connection) -> Iterator[Keyed]:
    for key, number, *row in database.execute("SELECT * FROM rows ORDER BY key, number"):
        yield key, number, tuple(row)


def _sortable(values: Sequence[str]) -> str:
    """A text in whose order whole numbers stand by their values, before everything else."""
    return "\x1f".join(_sortable_value(value.strip()) for value in values)


def _sortable_value(value: str) -> str:
    if not (value.isascii() and value.isdigit()):
        return f"~{value}"
    digits = value.lstrip("0")
    return f"{len(digits):04}{digits}"


def _pieces(rows: Iterator[Keyed], piece_rows: int) -> Iterator[list[Keyed]]:
    """Cut only where the key changes."""
    while piece := list(islice(rows, piece_rows)):
        for row in rows:
            if row[0] != piece[-1][0]:
                rows = chain([row], rows)
                break
            piece.append(row)
        yield piece
