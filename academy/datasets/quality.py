"""How good a dataset is: six scores from 0 to 1, each with its reasons in words.

The formulas are told, with what they can't see, in ``docs/explanation/data-quality.md``.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.catalogue import dataset_folders, unknown_dataset
from academy.datasets.descriptor import Descriptor, load_descriptor
from academy.errors import AcademyError, Finding

if TYPE_CHECKING:
    from academy.datasets.schema import Resource


@dataclass(frozen=True)
class Dimension:
    """One score of a dataset, and why it is not higher."""

    name: str
    score: float
    reasons: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the score, rounded, and its reasons, for ``--json``."""
        return {"score": round(self.score, 3), "reasons": self.reasons}


@dataclass(frozen=True)
class Quality:
    """The six scores of a dataset, and their mean."""

    dataset: str
    measured_on: datetime.date
    dimensions: list[Dimension]

    @property
    def overall(self) -> float:
        """The plain mean: no dimension counts more than another."""
        return sum(each.score for each in self.dimensions) / len(self.dimensions)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for ``--json``."""
        return {
            "dataset": self.dataset,
            "measured_on": str(self.measured_on),
            "overall": round(self.overall, 3),
            "dimensions": {each.name: each.as_dict() for each in self.dimensions},
        }


class Shelf:
    """The datasets that are there, each read once: joins need the tables of others.

    Parameters
    ----------
    folders
        The folder of each dataset, by name.
    """

    def __init__(self, folders: dict[str, Path]) -> None:
        self._folders = folders
        self._tables: dict[tuple[str, str], Any] = {}

    @cached_property
    def _read(self) -> tuple[dict[str, Descriptor], list[Finding]]:
        descriptors: dict[str, Descriptor] = {}
        problems: list[Finding] = []
        for name, folder in self._folders.items():
            try:
                descriptors[name] = load_descriptor(folder)
            except AcademyError as error:
                problems += error.findings
        return descriptors, problems

    @property
    def descriptors(self) -> dict[str, Descriptor]:
        """The descriptors that can be read, by the dataset's name."""
        return self._read[0]

    def descriptor(self, name: str) -> Descriptor:
        """Return the descriptor of a dataset.

        Raises
        ------
        AcademyError
            When there is no such dataset, or its descriptor can't be read.
        """
        if name in self.descriptors:
            return self.descriptors[name]
        if name in self._folders:
            return load_descriptor(self._folders[name])
        raise unknown_dataset(name, list(self._folders))

    @property
    def problems(self) -> list[Finding]:
        """What is wrong with the descriptors that can't be read."""
        return self._read[1]

    def table(self, dataset: str, resource: Resource) -> Any:
        """Return a table of a dataset; not yours to change."""
        from academy.datasets.load import load_folder

        key = (dataset, resource.name)
        if key not in self._tables:
            self._tables[key] = load_folder(self._folders[dataset], resource.name)
        return self._tables[key]


def shelf() -> Shelf:
    """Return the shelf as `academy data list` tells it."""
    return Shelf(dataset_folders())


def judge(name: str, on: Shelf, today: datetime.date) -> Quality:
    """Score a dataset.

    Parameters
    ----------
    name
        The dataset.
    on
        The shelf that it stands on.
    today
        The day from which its age is reckoned.

    Raises
    ------
    AcademyError
        When its descriptor or a table can't be read.
    """
    from academy.datasets import dimensions
    from academy.datasets.joinability import joinability

    descriptor = on.descriptor(name)
    by_table: dict[str, Callable[[str, Resource, Shelf], Dimension]] = {
        "completeness": dimensions.completeness,
        "validity": dimensions.validity,
        "uniqueness": dimensions.uniqueness,
        "joinability": joinability,
    }
    scores = [dimensions.documentation(descriptor), dimensions.freshness(descriptor, today)]
    for dimension, measure in by_table.items():
        each = [measure(name, resource, on) for resource in descriptor.resources]
        scores.append(_mean(dimension, each, [table.name for table in descriptor.resources]))
    return Quality(name, today, scores)


def _mean(name: str, scores: list[Dimension], tables: list[str]) -> Dimension:
    """Return the mean over a dataset's tables; the reasons say which table they are about."""
    if len(scores) == 1:
        return scores[0]
    reasons = [
        f"{table}: {reason}"
        for table, score in zip(tables, scores, strict=True)
        for reason in score.reasons
    ]
    return Dimension(name, sum(score.score for score in scores) / len(scores), reasons)
