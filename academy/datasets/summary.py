"""What a table holds, column by column: ranges, categories and blanks, read in pieces."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.schema import Field, Resource

if TYPE_CHECKING:
    import pandas as pd

_PIECE_ROWS = 50_000
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

    def see(self, texts: pd.Series[str], described: Field) -> None:
        """Take in more values, as the file writes them."""
        present = texts[texts != ""]
        self.blanks += len(texts) - len(present)
        if described.categories is not None:
            self.categories.update(Counter(present.tolist()))
        elif described.type in _NUMBERS:
            self._widen(_numbers(present))
        elif described.type in _TIMES:
            # The day is enough to see a table grow, and days of any offset can be compared.
            self._widen(present.str.slice(0, 10))

    def _widen(self, values: pd.Series[Any]) -> None:
        if values.empty:
            return
        least, most = values.min(), values.max()
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
    for piece in read(content):
        summary.rows += len(piece)
        for each in resource.fields:
            summary.columns[each.name].see(piece[each.name], each)
    return summary


def _csv_pieces(content: bytes | Path) -> Iterator[pd.DataFrame]:
    import pandas as pd

    source = io.BytesIO(content) if isinstance(content, bytes) else content
    with pd.read_csv(
        source, dtype="str", keep_default_na=False, chunksize=_PIECE_ROWS, quoting=csv.QUOTE_MINIMAL
    ) as pieces:
        yield from pieces


def _geojson_pieces(content: bytes | Path) -> Iterator[pd.DataFrame]:
    import pandas as pd

    data = json.loads(content if isinstance(content, bytes) else content.read_bytes())
    rows = [each["properties"] for each in data["features"]]
    yield pd.DataFrame(
        [{name: _text(value) for name, value in row.items()} for row in rows], dtype="str"
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _numbers(texts: pd.Series[str]) -> pd.Series[float]:
    import pandas as pd

    return pd.to_numeric(texts)
