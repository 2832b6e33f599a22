"""Write rows to a file page by page, so that a file cut off at a page's end can be gone on with."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Sequence
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.csvlines import csv_lines
from academy.datasets.portal.source import Row
from academy.datasets.portal.text import as_text

if TYPE_CHECKING:
    import pyarrow as pa


class Sink:
    """A file that grows by pages.

    Parameters
    ----------
    path
        The file.
    columns
        What to write of each row, in order.
    size
        How many bytes of a file that is there stay; 0 begins a new one.
    """

    def __init__(self, path: Path, columns: Sequence[str], size: int = 0) -> None:
        self.path = path
        self.columns = list(columns)
        self.size = size
        path.touch(mode=0o600)
        os.truncate(path, size)
        if not size:
            self._append(self.head())

    def head(self) -> str:
        """Return what stands before the first row."""
        raise NotImplementedError

    def body(self, rows: Sequence[Row], *, first: bool) -> str:
        """Return the text of some rows; ``first`` says that none was written before them."""
        raise NotImplementedError

    def tail(self) -> str:
        """Return what stands after the last row."""
        return ""

    def write(self, rows: Sequence[Row], *, first: bool) -> None:
        """Add a page, and wait until it lies on the disk."""
        self._append(self.body(rows, first=first))

    def finish(self) -> None:
        """Add what stands after the last row; `size` does not count it."""
        size = self.size
        self._append(self.tail())
        self.size = size

    def _append(self, text: str) -> None:
        content = text.encode("utf-8", "replace")
        with self.path.open("ab") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        self.size += len(content)


class CsvSink(Sink):
    """A table, every value as the text that the portal's own export would hold."""

    def head(self) -> str:
        """Return the line of column names."""
        return self._lines([self.columns])

    def body(self, rows: Sequence[Row], *, first: bool) -> str:  # noqa: ARG002
        """Return one line a row."""
        columns = [list(map(dict.get, rows, repeat(name))) for name in self.columns]
        lines = _quick_lines(columns) if rows else b""
        if lines is not None:
            return lines.decode()
        return self._lines(
            [[as_text(value) for value in row] for row in zip(*columns, strict=True)]
        )

    @staticmethod
    def _lines(rows: Sequence[Sequence[str | None]]) -> str:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue()


def _quick_lines(columns: Sequence[Sequence[Any]]) -> bytes | None:
    import pyarrow as pa

    try:
        return csv_lines([_texts(column) for column in columns])
    except (UnicodeEncodeError, pa.ArrowInvalid):
        # Half a character: the general writer puts a question mark in its place.
        return None


def _texts(values: Sequence[Any]) -> pa.Array:
    """Most columns of a portal's JSON are texts already."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.large_string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([as_text(value) for value in values], pa.large_string())


class GeoJsonSink(Sink):
    """Features with their places; the column of shapes is no property."""

    def __init__(self, path: Path, columns: Sequence[str], size: int, shape: str) -> None:
        self._shape = shape
        super().__init__(path, columns, size)

    def head(self) -> str:
        """Return the begin of the collection."""
        return '{"type": "FeatureCollection", "features": [\n'

    def body(self, rows: Sequence[Row], *, first: bool) -> str:
        """Return one line a feature, with commas between them."""
        lines = ",\n".join(json.dumps(self._feature(row), ensure_ascii=False) for row in rows)
        return lines if first or not lines else ",\n" + lines

    def tail(self) -> str:
        """Return the end of the collection."""
        return "\n]}\n"

    def _feature(self, row: Row) -> Row:
        properties = {name: row.get(name) for name in self.columns if name != self._shape}
        return {"type": "Feature", "properties": properties, "geometry": row.get(self._shape)}
