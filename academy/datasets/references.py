"""The values that fields of other datasets refer to, such as the numbers of the tracts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from academy.datasets.schema import Field

# Where a dataset's column is looked up: its texts, or None where there is no such column.
LookUp = Callable[[str, str], "set[str] | None"]


class References:
    """Knows which values a reference allows; each is looked up once.

    Parameters
    ----------
    look_up
        Called with a dataset and a column.
    """

    def __init__(self, look_up: LookUp) -> None:
        self._look_up = look_up
        self._known: dict[str, set[str] | None] = {}

    def allowed(self, field: Field) -> set[str] | None:
        """Return the texts that a field may hold; None where it refers to nothing or nobody."""
        if field.references is None:
            return None
        if field.references not in self._known:
            dataset, _, column = field.references.partition(".")
            self._known[field.references] = self._look_up(dataset, column)
        return self._known[field.references]


def on_the_shelf(dataset: str, column: str) -> set[str] | None:
    """Look a column up in the tables that are there."""
    from academy.datasets.catalogue import dataset_folders
    from academy.datasets.load import load_folder

    folder = dataset_folders().get(dataset)
    return None if folder is None else texts(load_folder(folder), column)


def texts(frame: Any, column: str) -> set[str] | None:
    """Return the different values of a column as texts."""
    return set(frame[column].dropna().astype(str)) if column in frame else None
