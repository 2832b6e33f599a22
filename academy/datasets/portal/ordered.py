"""Read a long export in the order of a key: sorted on the disk, with little in memory."""

from __future__ import annotations

import bisect
import math
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from academy.datasets.portal.exports import frame_of, header, read_rows
from academy.datasets.portal.source import KEPT
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# So many keys of each part tell how the keys are spread.
_SAMPLED = 500
# As many files as a process may surely have open at a time.
_MOST_PIECES = 500


def read_ordered_pieces(
    path: Path, key: Sequence[str], piece_rows: int, workspace: Path
) -> Iterator[pd.DataFrame]:
    """Read an export sorted by a key, in pieces that never part rows with the same key.

    The rows are sorted part by part and dealt into files, each for a range of keys; such a file
    is then a piece. Memory holds one part or one piece.

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
    workspace.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=workspace, prefix="sorted-"))
    try:
        parts, cuts = _sorted_parts(path, [names.index(name) for name in key], piece_rows, folder)
        for piece in _dealt(parts, cuts, folder):
            yield _frame(_load(piece), names)
            piece.unlink()
        if not parts:
            yield frame_of([], names, [])
    except OSError as error:
        raise AcademyError(
            f"The rows could not be sorted on the disk: {error.strerror or error}.",
            where=str(workspace),
            kept=KEPT,
            next_step="Check the free space and who may write there.",
        ) from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sorted_parts(
    path: Path, places: Sequence[int], piece_rows: int, folder: Path
) -> tuple[list[Path], list[str]]:
    """Write the rows as files that are sorted, and tell the keys that begin a piece."""
    rows = read_rows(path)
    parts: list[Path] = []
    sample: list[str] = []
    first = 0
    while some := list(islice(rows, piece_rows)):
        table = _table(some, first, places)
        first += len(some)
        sample += (
            table["key"].take(list(range(0, len(some), max(piece_rows // _SAMPLED, 1)))).to_pylist()
        )
        parts.append(folder / f"part-{len(parts):05}")
        _save(table, parts[-1])
    pieces = min(max(math.ceil(first / piece_rows), 1), _MOST_PIECES)
    sample.sort()
    cuts = {sample[len(sample) * number // pieces] for number in range(1, pieces)}
    return parts, sorted(cuts)


def _table(rows: Sequence[Sequence[str]], first: int, places: Sequence[int]) -> pa.Table:
    """Rows with their keys and numbers, sorted by both."""
    import pyarrow as pa

    columns = [pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)]
    table = pa.table(
        {f"c{place}": column for place, column in enumerate(columns)}
        | {"key": _sortable([columns[place] for place in places])}
        | {"number": pa.array(range(first, first + len(rows)), pa.int64())}
    )
    return table.sort_by([("key", "ascending"), ("number", "ascending")])


def _sortable(columns: Sequence[pa.Array]) -> pa.Array:
    """Texts in whose order whole numbers stand by their values, before everything else."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def text(value: str) -> pa.Scalar:
        return pa.scalar(value, pa.large_string())

    parts = []
    for column in columns:
        plain = pc.utf8_trim_whitespace(column)
        digits = pc.ascii_ltrim(plain, "0")
        length = pc.utf8_lpad(pc.utf8_length(digits).cast(pa.large_string()), 4, "0")
        number = pc.binary_join_element_wise(length, digits, text(""))
        other = pc.binary_join_element_wise(text("~"), plain, text(""))
        is_number = pc.match_substring_regex(plain, "^[0-9]+$")
        parts.append(pc.if_else(is_number, number, other))
    return pc.binary_join_element_wise(*parts, text("\x1f"))


def _dealt(parts: Sequence[Path], cuts: Sequence[str], folder: Path) -> list[Path]:
    """Deal the sorted parts into files, one a range of keys; return those that got rows."""
    import pyarrow as pa

    pieces = [folder / f"piece-{number:05}" for number in range(len(cuts) + 1)]
    with ExitStack() as stack:
        writers: dict[Path, pa.RecordBatchStreamWriter] = {}
        for part in parts:
            table = _load(part)
            keys = table["key"].combine_chunks()
            begins = [_place(keys, cut) for cut in cuts]
            for piece, begin, end in zip(pieces, [0, *begins], [*begins, len(table)], strict=True):
                if begin == end:
                    continue
                if piece not in writers:
                    sink = stack.enter_context(pa.OSFile(str(piece), "wb"))
                    writer = stack.enter_context(pa.ipc.new_stream(sink, table.schema))
                    writers[piece] = writer
                writers[piece].write_table(table.slice(begin, end - begin))
            part.unlink()
    return [piece for piece in pieces if piece in writers]


def _place(keys: pa.Array, cut: str) -> int:
    """How many of the sorted keys stand before one."""
    return bisect.bisect_left(range(len(keys)), cut, key=lambda place: keys[place].as_py())


def _frame(rows: pa.Table, names: Sequence[str]) -> pd.DataFrame:
    import pandas as pd

    table = rows.sort_by([("key", "ascending"), ("number", "ascending")])
    index = pd.Index(pd.array(table["number"].to_numpy(), dtype="int64"))
    return pd.DataFrame(
        {
            name: pd.Series(table[f"c{place}"].combine_chunks(), index=index, dtype="str")
            for place, name in enumerate(names)
        },
        index=index,
    )


def _save(table: pa.Table, path: Path) -> None:
    import pyarrow as pa

    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


def _load(path: Path) -> pa.Table:
    import pyarrow as pa

    with pa.OSFile(str(path), "rb") as source, pa.ipc.open_stream(source) as reader:
        return reader.read_all()
