"""Raw files as a portal holds them: rows with the portal's numbers, in its own order."""

from __future__ import annotations

import csv
import gzip
import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Table:
    """A dataset of a portal.

    Parameters
    ----------
    columns
        The names by which the columns can be asked for.
    rows
        Each with those names; blank values are left out, as portals do.
    kinds
        The kinds of columns that are not text.
    """

    columns: list[str]
    rows: list[dict[str, Any]]
    kinds: dict[str, str] = field(default_factory=dict)
    updated: int = 1_788_000_000

    def __post_init__(self) -> None:
        self.numbers = list(range(1, len(self.rows) + 1))

    def insert(self, place: int, row: dict[str, Any]) -> None:
        """Put a row somewhere; the portal notes that it changed."""
        self.rows.insert(place, row)
        self.numbers.insert(place, max(self.numbers, default=0) + 1)
        self.updated += 60

    def remove(self, place: int) -> None:
        """Take a row away."""
        del self.rows[place], self.numbers[place]
        self.updated += 60

    def rename(self, old: str, new: str) -> None:
        """Give a column another name."""
        self.columns[self.columns.index(old)] = new
        for row in self.rows:
            if old in row:
                row[new] = row.pop(old)


def read_table(path: Path) -> Table:
    """Read a CSV file (packed or not) or a GeoJSON file."""
    if path.suffix == ".geojson":
        return _read_geojson(path)
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    columns = [api_name(name) for name in lines[0]]
    rows = [
        {name: value for name, value in zip(columns, line, strict=True) if value}
        for line in lines[1:]
    ]
    return Table(columns, rows)


def api_name(heading: str) -> str:
    """``FILE NUMBER`` in an export is ``file_number`` when it is asked for."""
    return "_".join(heading.lower().split())


def _read_geojson(path: Path) -> Table:
    features = json.loads(path.read_text())["features"]
    names = list(dict.fromkeys(name for each in features for name in each["properties"]))
    columns = [name for name in names if not name.startswith(":")]
    rows = [
        {name: each["properties"].get(name) for name in columns} | {"the_geom": each["geometry"]}
        for each in features
    ]
    kind = features[0]["geometry"]["type"].lower().replace("linestring", "line")
    return Table([*columns, "the_geom"], rows, {"the_geom": kind})
