"""Tables in and out of files: the same values and types from CSV, Parquet and GeoJSON."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Any, cast

from academy.datasets.csvlines import csv_lines, texts_of
from academy.datasets.moments import iso_moments
from academy.datasets.schema import Field, Resource
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# Row groups of a Parquet copy: small enough to read with little memory.
GROUP_ROWS = 50_000


def as_written(frame: pd.DataFrame, fields: Sequence[Field]) -> pd.DataFrame:
    """Return the columns in the order of the fields, with days and times as ISO 8601 text."""
    return frame[[field.name for field in fields]].assign(
        **{
            field.name: _as_iso(frame[field.name], field)
            for field in fields
            if field.type in ("date", "datetime")
        }
    )


def _as_iso(column: pd.Series[Any], field: Field) -> pd.Series[Any]:
    import pandas as pd

    if not pd.api.types.is_datetime64_any_dtype(column):
        return column
    written: pd.Series[Any] = (
        column.dt.strftime("%Y-%m-%d") if field.type == "date" else iso_moments(column)
    )
    return written


def to_csv(frame: pd.DataFrame, fields: Sequence[Field], *, header: bool = True) -> bytes:
    """Write a table as CSV: UTF-8, Unix line ends, times as ISO 8601 with their offset."""
    written = as_written(frame, fields)
    columns = [texts_of(written[field.name]) for field in fields]
    known = [column for column in columns if column is not None]
    lines = csv_lines(known) if len(known) == len(columns) else None
    if lines is None:
        return written.to_csv(index=False, lineterminator="\n", header=header).encode()
    names = ",".join(field.name for field in fields) + "\n"
    return (names.encode() if header else b"") + lines


def read_csv(content: bytes, fields: Sequence[Field], missing: Sequence[str]) -> pd.DataFrame:
    """Read CSV with the types that the fields have.

    Raises
    ------
    ValueError
        When a value does not fit its field's type or categories; KeyError for a lost column.
    """
    return next(read_csv_pieces(io.BytesIO(content), fields, missing, None))


def read_csv_pieces(
    file: IO[bytes], fields: Sequence[Field], missing: Sequence[str], piece_rows: int | None
) -> Iterator[pd.DataFrame]:
    """Read CSV as `read_csv` does, in pieces of so many rows; the whole without a number."""
    import pandas as pd

    pieces = pd.read_csv(
        file,
        iterator=True,
        chunksize=piece_rows,
        encoding="utf-8",
        dtype={field.name: _read_as(field) for field in fields},
        keep_default_na=False,
        na_values=list(missing),
    )
    with pieces:
        if piece_rows is None:
            yield typed(pieces.read(), fields)
            return
        for piece in pieces:
            yield typed(piece, fields)


def read_parquet(content: bytes, fields: Sequence[Field]) -> pd.DataFrame:
    """Read a Parquet copy: the same table as its CSV gives."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    table = pq.read_table(pa.BufferReader(content))
    frame = table.to_pandas(types_mapper=nullable.get, date_as_object=False)
    return typed(frame, fields)


def read_geojson(content: bytes, resource: Resource) -> pd.DataFrame:
    """Read our own GeoJSON as a GeoDataFrame with the types that the fields have."""
    import geopandas

    from academy.datasets.geo import CRS, frame_of_features

    plain, shapes = frame_of_features(content, resource)
    table = typed(plain, resource.fields)
    return cast("pd.DataFrame", geopandas.GeoDataFrame(table, geometry=shapes, crs=CRS))


def read_table(content: bytes, file_format: str, resource: Resource, where: str) -> pd.DataFrame:
    """Read a table's bytes; points get their geometry.

    Parameters
    ----------
    content
        The file.
    file_format
        ``csv``, ``parquet`` or ``geojson``.
    resource
        The table's part of the descriptor.
    where
        The file's path, for messages.

    Raises
    ------
    AcademyError
        When a value does not fit its field's type or categories.
    """
    from academy.datasets.geo import with_points

    try:
        if file_format == "geojson":
            return read_geojson(content, resource)
        if file_format == "parquet":
            frame = read_parquet(content, resource.fields)
        else:
            missing = resource.table_schema.missing_values
            frame = read_csv(content, resource.fields, missing)
    except (ValueError, KeyError, TypeError) as error:
        raise AcademyError(
            f"The table does not fit its descriptor: {error}.",
            where=where,
            kept="Nothing was changed.",
            next_step="See `academy data verify` for the rows that are wrong.",
        ) from None
    return with_points(frame) if resource.geometry == "point" else frame


def typed(frame: pd.DataFrame, fields: Sequence[Field]) -> pd.DataFrame:
    """Return the fields' columns with the fields' types, whatever file they come from."""
    import pandas as pd

    return pd.DataFrame({field.name: _typed(frame[field.name], field) for field in fields})


def _read_as(field: Field) -> Any:
    # Categories are read as text first: pandas would make numbers of codes such as 0100.
    whole = "int64" if field.constraints.required else "Int64"
    types = {"integer": whole, "number": "float64", "boolean": "boolean"}
    return types.get(field.type, "str")


def _typed(column: pd.Series[Any], field: Field) -> pd.Series[Any]:
    import pandas as pd

    if field.categories is not None:
        return _categorical(column, field, field.categories)
    if field.type == "date":
        return pd.to_datetime(column, format="ISO8601").astype("datetime64[us]")
    if field.type == "datetime":
        moments = pd.to_datetime(column, format="ISO8601", utc=True).dt.as_unit("us")
        return moments.dt.tz_convert(field.timezone)
    if field.type == "boolean" and field.constraints.required:
        return column.astype("boolean").astype("bool")
    return column.astype(_read_as(field))


def _categorical(column: pd.Series[Any], field: Field, categories: list[str]) -> pd.Series[Any]:
    import pandas as pd

    found = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
    strangers = set(found.cat.categories) - set(categories)
    if strangers:
        raise ValueError(f"{field.name} holds '{min(strangers)}', which is not a category")
    return found.cat.set_categories(categories, ordered=bool(field.categories_ordered))


def arrow_schema(fields: Sequence[Field]) -> pa.Schema:
    """Return the columns' types in Parquet."""
    import pyarrow as pa

    plain = {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
    }

    def type_of(field: Field) -> pa.DataType:
        if field.type == "datetime":
            return pa.timestamp("us", tz=field.timezone)
        if field.categories is not None:
            return pa.dictionary(pa.int32(), pa.string())
        return plain[field.type]

    return pa.schema([pa.field(field.name, type_of(field)) for field in fields])


def to_arrow(frame: pd.DataFrame, fields: Sequence[Field]) -> pa.Table:
    """Return a typed table for a Parquet file, without the marks of any library."""
    import pyarrow as pa

    columns = {field.name: frame[field.name] for field in fields}
    return pa.table({name: pa.Array.from_pandas(column) for name, column in columns.items()}).cast(
        arrow_schema(fields)
    )
