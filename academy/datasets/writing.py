"""Write a table's files: CSV or GeoJSON, and a Parquet copy where the CSV is large."""

from __future__ import annotations

import contextlib
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any, cast

from academy.datasets.geo import to_geojson
from academy.datasets.inputs import file_hash
from academy.datasets.memory import give_back
from academy.datasets.schema import Copy, Resource, Schema
from academy.datasets.tables import (
    GROUP_ROWS,
    arrow_schema,
    as_written,
    read_csv_pieces,
    to_arrow,
    to_csv,
)

if TYPE_CHECKING:
    from academy.datasets.spool import Spool

# A CSV of more bytes gets a Parquet copy beside it.
COPY_FROM_BYTES = 1_000_000


@dataclass(frozen=True)
class Written:
    """A table's file, with what the descriptor says of it."""

    size: int
    hash: str
    content: bytes | Path


def write_table(spool: Spool, file: str, schema: Schema, workspace: Path) -> Written:
    """Write a table's file.

    Parameters
    ----------
    spool
        The tidy table.
    file
        The name of its file, ``.csv`` or ``.geojson``.
    schema
        Its columns, with all categories.
    workspace
        Where the file of a long table goes; that of a short one stays in memory.
    """
    if file.endswith(".geojson"):
        shapes = cast("Any", spool.whole())
        written = shapes.assign(**as_written(shapes, schema.fields))
        text = to_geojson(written, [each.name for each in schema.fields])
        return Written(len(text), hash_of(text), text)
    content = _csv(spool, schema, workspace / "files" / file)
    size, digest = measure(content)
    return Written(size, digest, content)


def write_copy(
    spool: Spool, resource: Resource, csv: bytes | Path, workspace: Path
) -> tuple[Copy, bytes | Path] | None:
    """Write a table's Parquet copy and describe it; None where its CSV is small."""
    if resource.format != "csv" or resource.bytes <= COPY_FROM_BYTES:
        return None
    name = str(PurePosixPath(resource.path).with_suffix(".parquet"))
    content = _parquet(spool, csv, resource.table_schema, workspace / "files" / name)
    size, digest = measure(content)
    return Copy(path=name, bytes=size, hash=digest), content


def give_back_of(spool: Spool) -> None:
    """Keep memory small while a long table is written; a short one is not worth the time."""
    if spool.is_long:
        give_back()


def hash_of(content: bytes) -> str:
    """Return the hash of a file's bytes as a descriptor writes it: ``sha256:...``."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def measure(content: bytes | Path) -> tuple[int, str]:
    """Return the size and the hash of a file in memory or on the disk."""
    if isinstance(content, bytes):
        return len(content), hash_of(content)
    return content.stat().st_size, f"sha256:{file_hash(content)}"


@contextlib.contextmanager
def open_content(content: bytes | Path) -> Iterator[IO[bytes]]:
    """Read a file in memory or on the disk."""
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        yield file


def _csv(spool: Spool, schema: Schema, path: Path) -> bytes | Path:
    with _sink(spool, path) as sink:
        for number, frame in enumerate(spool.frames()):
            sink.write(to_csv(frame, schema.fields, header=number == 0))
            give_back_of(spool)
        return sink.getvalue() if isinstance(sink, io.BytesIO) else path


def _parquet(spool: Spool, csv: bytes | Path, schema: Schema, path: Path) -> bytes | Path:
    """Write what reading the CSV gives, so that the two can't differ."""
    import pyarrow.parquet as pq

    fields, missing = schema.fields, schema.missing_values
    with _sink(spool, path) as sink:
        with (
            open_content(csv) as file,
            pq.ParquetWriter(sink, arrow_schema(fields), compression="zstd") as writer,
        ):
            for piece in read_csv_pieces(file, fields, missing, GROUP_ROWS):
                writer.write_table(to_arrow(piece, fields))
                give_back_of(spool)
        return sink.getvalue() if isinstance(sink, io.BytesIO) else path


@contextlib.contextmanager
def _sink(spool: Spool, path: Path) -> Iterator[IO[bytes]]:
    if not spool.is_long:
        yield io.BytesIO()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        yield file
