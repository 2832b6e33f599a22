"""Compile a dataset's folder from the portal's rows: pure, so that twice gives the same bytes."""

from __future__ import annotations

import datetime
import hashlib
import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from academy.datasets.descriptor import (
    FILE_NAME,
    Descriptor,
    DroppedRow,
    KnownFault,
    Period,
)
from academy.datasets.readme import readme
from academy.datasets.schema import Field, Resource, Schema
from academy.datasets.template import Template
from academy.errors import AcademyError, Finding, FindingsError

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.tidy.ledger import Ledger, Tidied


class TidyModule(Protocol):
    """What a module of `academy.datasets.tidy` offers."""

    PORTAL_COLUMNS: dict[str, tuple[str, ...]]
    OPTIONAL_COLUMNS: frozenset[str]
    PERIOD_COLUMN: str

    def tidy(self, raw: pd.DataFrame) -> Tidied:
        """Make the tidy table from the portal's rows."""

    def measure_shown_faults(self, frame: pd.DataFrame) -> dict[str, int]:
        """Count the rows of every fault that is left in the table."""


@dataclass(frozen=True)
class Cut:
    """On what day the rows left the portal, and which of its rows they are."""

    taken: datetime.date
    how_it_was_cut: str


@dataclass(frozen=True)
class Compiled:
    """The files of a dataset's folder, and their descriptor."""

    descriptor: Descriptor
    files: dict[str, bytes]


def tidy_module(name: str) -> TidyModule:
    """Return the module that knows how to tidy a dataset.

    Raises
    ------
    AcademyError
        When there is none.
    """
    module = name.replace("-", "_")
    try:
        return cast("TidyModule", importlib.import_module(f"academy.datasets.tidy.{module}"))
    except ModuleNotFoundError as error:
        if error.name != f"academy.datasets.tidy.{module}":
            raise
        raise AcademyError(
            f"No program of the Academy knows how to tidy '{name}'.",
            kept="Nothing was changed.",
            next_step=f"Write academy/datasets/tidy/{module}.py, or check the name.",
        ) from None


def compile_dataset(template: Template, raw: pd.DataFrame, cut: Cut) -> Compiled:
    """Make every file of a dataset's folder from the portal's rows.

    Parameters
    ----------
    template
        What people wrote about the dataset.
    raw
        The portal's rows, as text, under the portal's names.
    cut
        The day and the way in which these rows were taken.

    Raises
    ------
    AcademyError
        When the rows can't be tidied.
    FindingsError
        When the table breaks a rule of its own descriptor, or a counted fault is not described.
    """
    module = tidy_module(template.name)
    tidied = module.tidy(raw)
    counts = tidied.ledger.repaired | module.measure_shown_faults(tidied.frame)
    table = to_csv(tidied.frame)
    resource = _resource(template, tidied.frame, table)
    descriptor = Descriptor(
        **_human_part(template),
        taken=cut.taken,
        how_it_was_cut=cut.how_it_was_cut,
        period=_period(tidied.frame[module.PERIOD_COLUMN]),
        known_faults=_counted(template.known_faults, counts, template.name),
        dropped_rows=_dropped(tidied.ledger),
        resources=[resource],
    )
    _refuse_bad_tables(table, descriptor)
    files = {
        resource.path: table,
        FILE_NAME: descriptor.to_json().encode(),
        "README.md": readme(descriptor).encode(),
    }
    return Compiled(descriptor, files)


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV: UTF-8, Unix line ends, times as ISO 8601 with their offset."""
    import pandas as pd

    written = frame.copy()
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):
            written[name] = frame[name].map(_iso, na_action="ignore")
    return written.to_csv(index=False, lineterminator="\n").encode()


def _iso(moment: pd.Timestamp) -> str:
    return moment.isoformat(timespec="seconds")


def _human_part(template: Template) -> dict[str, Any]:
    names = set(Template.model_fields) & set(Descriptor.model_fields) - {"known_faults"}
    return {name: getattr(template, name) for name in names}


def _resource(template: Template, frame: pd.DataFrame, table: bytes) -> Resource:
    fields = [_with_categories(field, frame[field.name]) for field in template.table.fields]
    return Resource(
        name=template.name,
        path=template.table.file,
        bytes=len(table),
        hash="sha256:" + hashlib.sha256(table).hexdigest(),
        rows=len(frame),
        table_schema=Schema(fields=fields, primary_key=template.table.primary_key),
    )


def _with_categories(field: Field, column: pd.Series[Any]) -> Field:
    if field.categories != []:
        return field
    return field.model_copy(update={"categories": sorted(column.dropna().unique())})


def _period(moments: pd.Series[Any]) -> Period:
    return Period(start=moments.min().date(), end=moments.max().date())


def _counted(faults: Iterable[KnownFault], counts: dict[str, int], name: str) -> list[KnownFault]:
    """Put the measured rows beside the words; words without a count, or the reverse, are errors."""
    faults = list(faults)
    described = {fault.id for fault in faults if fault.handling != "unknowable"}
    findings = [
        Finding(f"The fault '{fault}' is {problem}.", f"datasets/{name}/package.yaml")
        for problem, ids in (
            ("counted by the program but not described", counts.keys() - described),
            ("described but not counted by the program", described - counts.keys()),
        )
        for fault in sorted(ids)
    ]
    if findings:
        raise FindingsError(
            f"The words about {name} and its program disagree.",
            findings,
            kept="Nothing was changed.",
        )
    return [fault.model_copy(update={"rows": counts.get(fault.id)}) for fault in faults]


def _dropped(ledger: Ledger) -> list[DroppedRow]:
    return [DroppedRow(key=key, reason=reason) for key, reason in ledger.dropped]


def _refuse_bad_tables(table: bytes, descriptor: Descriptor) -> None:
    from academy.datasets.verify import table_findings

    findings = table_findings(table, descriptor)
    if findings:
        raise FindingsError(
            f"The new table of {descriptor.name} breaks its own descriptor.",
            findings,
            kept="It was not written; the table that is there stays as it is.",
        )
