"""Load a dataset as a typed table, after checking that it is the one that was described."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.catalogue import at_one_moment, nearest
from academy.errors import AcademyError

if TYPE_CHECKING:
    from academy.datasets.card import Card
    from academy.datasets.descriptor import Descriptor
    from academy.datasets.schema import Copy, Resource

# The hash of a file version (inode, size, time of change): a notebook loads the same file often.
_hashes: dict[tuple[int, int, int, int], str] = {}


def load_dataset(name: str, *, resource: str | None = None, **filters: Any) -> Any:
    """Load a dataset of the Academy's shelf.

    Parameters
    ----------
    name
        The dataset's name, e.g. ``"service-requests"``; ``list_datasets()`` tells them all.
    resource
        One of its tables, where it has several; the first without it.
    **filters
        Keep only some rows: ``year=2016`` (by the column that tells the time of a row), or
        ``column="value"``, or ``column=["one", "other"]``.

    Returns
    -------
    pandas.DataFrame or geopandas.GeoDataFrame
        Columns in the descriptor's order, with its types: categories, whole numbers, and times
        in the field's time zone. A geographic table has a column ``geometry`` too, in degrees
        (EPSG:4326). Each call returns a fresh table, yours to change.

    Raises
    ------
    AcademyError
        When there is no such dataset, table, column or value, or the file is not the one that its
        descriptor describes.

    Examples
    --------
    >>> crimes = load_dataset("crime-incidents", year=2016)  # doctest: +SKIP
    """
    return at_one_moment(name, lambda folder: load_folder(folder, resource, filters))


def show_dataset(name: str, resource: str | None = None) -> Card:
    """Show a dataset on one page: what it is, what it holds, what is wrong with it, a picture.

    Parameters
    ----------
    name
        The dataset's name.
    resource
        One of its tables, where it has several; the first without it.

    Returns
    -------
    Card
        As the last line of a notebook's cell it shows itself.

    Raises
    ------
    AcademyError
        When there is no such dataset or table.
    """
    from academy.datasets.card import card_of

    return card_of(name, resource)


def load_folder(
    folder: Path, resource: str | None = None, filters: dict[str, Any] | None = None
) -> Any:
    """Load a table of a dataset's folder; see `load_dataset`."""
    from academy.datasets.descriptor import load_descriptor

    descriptor = load_descriptor(folder)
    try:
        return _load(folder, descriptor, resource, filters)
    except AcademyError:
        # A refresh may have put a new folder here between our two reads: look once more.
        renewed = load_descriptor(folder)
        if renewed == descriptor:
            raise
        return _load(folder, renewed, resource, filters)


def _load(
    folder: Path, descriptor: Descriptor, name: str | None, filters: dict[str, Any] | None
) -> Any:
    from academy.datasets.filters import filtered
    from academy.datasets.tables import read_table

    resource = resource_of(descriptor, name)
    file = resource.copies[0] if resource.copies else resource
    path = folder / file.path
    content = read_verified(path, descriptor.name, file)
    frame = read_table(content, file.format, resource, str(path))
    return filtered(frame, resource, descriptor, filters) if filters else frame


def resource_of(descriptor: Descriptor, name: str | None) -> Resource:
    """Return a table of a dataset by its name; the first without one.

    Raises
    ------
    AcademyError
        When there is none of that name; it names those that there are.
    """
    if name is None:
        return descriptor.resource
    names = [resource.name for resource in descriptor.resources]
    if name in names:
        return descriptor.resources[names.index(name)]
    raise AcademyError(
        f"The dataset '{descriptor.name}' has no table called '{name}'. {nearest(name, names)}",
        next_step=f"See `academy data show {descriptor.name}`.",
    )


def read_verified(path: Path, name: str, described: Resource | Copy) -> bytes:
    """Read a dataset's file and check its hash.

    Raises
    ------
    AcademyError
        When the file is not there, or its hash is not the descriptor's.
    """
    from academy.datasets.writing import hash_of

    try:
        with path.open("rb") as file:
            version = os.fstat(file.fileno())
            content = file.read()
    except FileNotFoundError:
        raise missing_file(path, name) from None
    key = (version.st_dev, version.st_ino, version.st_size, version.st_mtime_ns)
    if key not in _hashes:
        _hashes[key] = hash_of(content)
    if _hashes[key] != described.hash:
        raise mismatch(path, name, described, len(content), hash_of(content))
    return content


def missing_file(path: Path, name: str) -> AcademyError:
    """Return the error for a file that is described and not there."""
    return AcademyError(
        "The descriptor names this file, and it is not there.",
        where=str(path),
        kept="Nothing was changed.",
        next_step=_how_to_mend(name),
    )


def mismatch(
    path: Path, name: str, described: Resource | Copy, size: int, digest: str
) -> AcademyError:
    """Return the error for a file that is not the one that was described."""
    return AcademyError(
        f"This file is not the one that its descriptor describes: expected {described.hash} "
        f"({described.bytes:,} bytes), found {digest} ({size:,} bytes). "
        "It was probably edited, or copied only in part.",
        where=str(path),
        kept="The file was not loaded, and nothing was changed.",
        next_step=_how_to_mend(name),
    )


def _how_to_mend(name: str) -> str:
    return (
        f"Put the file back from the Academy's repository, or make it anew with "
        f"`academy data refresh {name}`; `academy data verify {name}` tells more."
    )
