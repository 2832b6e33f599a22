"""What a table holds, column by column: ranges, categories and blanks, read in pieces."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.schema import Field, Resource
from academy.datasets.writing import open_content

if TYPE_CHECKING:
    import pyarrow as pa

_PIECE_ROWS = 20_000
_NUMBERS = ("integer", "number")
_TIMES = ("date", "datetime")


@dataclass
class ColumnSummary:
    """What was seen in a column.

    Parameters
    ----------
    blanks
        Rows without a value.
    low, high
        The least and the greatest number or day; None where there is none.
    categories
        Rows of each category, for a column of categories.
    """

    blanks: int = 0
    low: float | str | None = None
    high: float | str | None = None
    categories: Counter[str] = field(default_factory=Counter)

    def see(self, texts: pa.ChunkedArray, described: Field) -> None:
        """Take in more values, as the file writes them."""
        import pyarrow.compute as pc

        present = texts.filter(pc.not_equal(texts, ""))
        self.blanks += len(texts) - len(present)
        if described.categories is not None:
            for each in pc.value_counts(present).to_pylist():
                self.categories[each["values"]] += each["counts"]
        elif described.type in _NUMBERS:
            self._widen(present.cast("float64"))
        elif described.type in _TIMES:
            # The day is enough to see a table grow, and days of any offset can be compared.
            self._widen(pc.utf8_slice_codeunits(present, 0, 10))

    def _widen(self, values: pa.ChunkedArray) -> None:
        import pyarrow.compute as pc

        if not len(values):
            return
        least, most = pc.min_max(values).as_py().values()
        self.low = least if self.low is None else min(self.low, least)
        self.high = most if self.high is None else max(self.high, most)


@dataclass
class TableSummary:
    """A table's rows, and its columns by name."""

    rows: int = 0
    columns: dict[str, ColumnSummary] = field(default_factory=dict)


def summarise(content: bytes | Path, resource: Resource) -> TableSummary:
    """Read a table's file in pieces; memory does not grow with it.

    Parameters
    ----------
    content
        The file, or its bytes.
    resource
        The table's part of the descriptor.

    Raises
    ------
    ValueError
        When the file is not what the descriptor says; KeyError for a lost column, OSError where
        it can't be read.
    """
    summary = TableSummary(columns={each.name: ColumnSummary() for each in resource.fields})
    read = _geojson_pieces if resource.format == "geojson" else _csv_pieces
    for piece in read(content, list(summary.columns)):
        summary.rows += len(piece)
        for each in resource.fields:
            summary.columns[each.name].see(piece[each.name], each)
    return summary


def _csv_pieces(content: bytes | Path, names: list[str]) -> Iterator[pa.Table]:
    import pandas as pd
    import pyarrow as pa

    with (
        open_content(content) as file,
        pd.read_csv(
            file, dtype="str", keep_default_na=False, usecols=names, chunksize=_PIECE_ROWS
        ) as pieces,
    ):
        for piece in pieces:
            yield pa.Table.from_pandas(piece, preserve_index=False)


def _geojson_pieces(content: bytes | Path, names: list[str]) -> Iterator[pa.Table]:
    import pyarrow as pa

    with open_content(content) as file:
        rows = [each["properties"] for each in json.load(file)["features"]]
    columns = [pa.array([_text(row[name]) for row in rows], pa.string()) for name in names]
    yield pa.table(columns, names=names)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
