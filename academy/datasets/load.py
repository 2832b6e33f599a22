"""Load a dataset as a typed table, after checking that it is the one that was described."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.catalogue import folder_of
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.descriptor import Descriptor
    from academy.datasets.schema import Field, Resource

# The hash of a file version (inode, size, time of change): a notebook loads the same file often.
_hashes: dict[tuple[int, int, int, int], str] = {}


def load_dataset(name: str) -> pd.DataFrame:
    """Load a dataset of the Academy's shelf.

    Parameters
    ----------
    name
        The dataset's name, e.g. ``"service-requests"``; ``list_datasets()`` tells them all.

    Returns
    -------
    pandas.DataFrame
        Columns in the descriptor's order, with its types: categories, whole numbers, and times
        in the field's time zone. Each call returns a fresh table, yours to change.

    Raises
    ------
    AcademyError
        When there is no such dataset, or the file is not the one that its descriptor describes.
    """
    return load_folder(folder_of(name))


def load_folder(folder: Path) -> pd.DataFrame:
    """Load the table of a dataset's folder; see `load_dataset`."""
    from academy.datasets.descriptor import load_descriptor

    descriptor = load_descriptor(folder)
    try:
        content = read_verified(folder, descriptor)
    except AcademyError:
        # A refresh may have put a new folder here between our two reads: look once more.
        renewed = load_descriptor(folder)
        if renewed == descriptor:
            raise
        descriptor, content = renewed, read_verified(folder, renewed)
    return read_table(content, descriptor.resource, str(folder / descriptor.resource.path))


def read_verified(folder: Path, descriptor: Descriptor) -> bytes:
    """Read the dataset's file and check its hash.

    Raises
    ------
    AcademyError
        When the file is not there, or its hash is not the descriptor's.
    """
    path = folder / descriptor.resource.path
    try:
        with path.open("rb") as file:
            version = os.fstat(file.fileno())
            content = file.read()
    except FileNotFoundError:
        raise AcademyError(
            "The descriptor names this file, and it is not there.",
            where=str(path),
            kept="Nothing was changed.",
            next_step=_how_to_mend(descriptor.name),
        ) from None
    key = (version.st_dev, version.st_ino, version.st_size, version.st_mtime_ns)
    if key not in _hashes:
        _hashes[key] = hash_of(content)
    if _hashes[key] != descriptor.resource.hash:
        raise mismatch(path, descriptor, content)
    return content


def hash_of(content: bytes) -> str:
    """Return the hash of a file's bytes as a descriptor writes it: ``sha256:...``."""
    return "sha256:" + hashlib.sha256(content).hexdigest()


def mismatch(path: Path, descriptor: Descriptor, content: bytes) -> AcademyError:
    """Return the error for a file that is not the one that was described."""
    resource = descriptor.resource
    return AcademyError(
        f"This file is not the one that its descriptor describes: expected {resource.hash} "
        f"({resource.bytes:,} bytes), found {hash_of(content)} ({len(content):,} bytes). "
        "It was probably edited, or copied only in part.",
        where=str(path),
        kept="The file was not loaded, and nothing was changed.",
        next_step=_how_to_mend(descriptor.name),
    )


def _how_to_mend(name: str) -> str:
    return (
        f"Put the file back from the Academy's repository, or make it anew with "
        f"`academy data refresh {name}`; `academy data verify {name}` tells more."
    )


def read_table(content: bytes, resource: Resource, where: str) -> pd.DataFrame:
    """Read a table's bytes with the types that its fields have.

    Raises
    ------
    AcademyError
        When a value does not fit its field's type or categories.
    """
    import pandas as pd

    fields = resource.table_schema.fields
    try:
        frame = pd.read_csv(
            io.BytesIO(content),
            encoding=resource.encoding,
            dtype={field.name: _read_as(field) for field in fields},
            keep_default_na=False,
            na_values=resource.table_schema.missing_values,
        )
        return pd.DataFrame({field.name: _typed(frame[field.name], field) for field in fields})
    except (ValueError, KeyError) as error:
        raise AcademyError(
            f"The table does not fit its descriptor: {error}.",
            where=where,
            kept="Nothing was changed.",
            next_step="See `academy data verify` for the rows that are wrong.",
        ) from None


def _read_as(field: Field) -> Any:
    if field.type == "string":
        return "str" if field.categories is None else "category"
    whole = "int64" if field.constraints.required else "Int64"
    types = {"integer": whole, "number": "float64", "boolean": "boolean"}
    return types.get(field.type, "str")


def _typed(column: pd.Series[Any], field: Field) -> pd.Series[Any]:
    import pandas as pd

    if field.categories is not None:
        strangers = set(column.cat.categories) - set(field.categories)
        if strangers:
            raise ValueError(f"{field.name} holds '{min(strangers)}', which is not a category")
        return column.cat.set_categories(field.categories)
    if field.type == "date":
        return pd.to_datetime(column, format="ISO8601")
    if field.type == "datetime":
        return pd.to_datetime(column, format="ISO8601", utc=True).dt.tz_convert(field.timezone)
    return column
