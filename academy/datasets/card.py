"""A dataset on one page of a terminal: what it is, what its columns hold, what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from academy.datasets.readme import rows_in_words

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.descriptor import Descriptor
    from academy.datasets.schema import Field


@dataclass(frozen=True)
class ColumnSummary:
    """What one column holds."""

    name: str
    type: str
    missing: int
    different: int
    most_common: str

    def as_dict(self) -> dict[str, Any]:
        """Return the summary as plain values, for ``--json``."""
        return asdict(self)


def summarise(descriptor: Descriptor, frame: pd.DataFrame) -> list[ColumnSummary]:
    """Summarise every column: how many values are missing, how many differ, what is most common."""
    return [_summary(field, frame[field.name]) for field in descriptor.fields]


def card(descriptor: Descriptor, frame: pd.DataFrame) -> RenderableType:
    """Return the card of a dataset, for a rich console."""
    period = descriptor.period
    facts = [
        f"One row is {descriptor.one_row}.",
        f"{rows_in_words(len(frame))}, {period.start} to {period.end}; "
        f"taken from the portal on {descriptor.taken}.",
        f"Source: {descriptor.portal.title}, {descriptor.portal.id} of {descriptor.portal.domain}. "
        f"Licence: {', '.join(licence.title for licence in descriptor.licenses)}.",
    ]
    return Group(
        Panel(Text(descriptor.description), title=Text(f"{descriptor.name}: {descriptor.title}")),
        *[Text(fact) for fact in facts],
        Text(f"\nHow these rows were chosen: {descriptor.how_it_was_cut}\n"),
        _columns(summarise(descriptor, frame)),
        Text("\nWhat is wrong with the data, and left as it was found:"),
        *[Text(f"  - {line}") for line in _faults(descriptor)],
        Text(f'\nLoad it with load_dataset("{descriptor.name}"), from academy.datasets.'),
    )


def _summary(field: Field, column: pd.Series[Any]) -> ColumnSummary:
    counts = column.value_counts()
    repeats = len(counts) > 0 and int(counts.iloc[0]) > 1 and field.type == "string"
    common = f"{counts.index[0]} ({int(counts.iloc[0]):,})" if repeats else ""
    missing = int(column.isna().sum())
    return ColumnSummary(field.name, field.type, missing, int(column.nunique()), common)


def _columns(summaries: list[ColumnSummary]) -> Table:
    table = Table("column", "type", "missing", "different", "most common")
    for place in (2, 3):
        table.columns[place].justify = "right"
    for column in summaries:
        numbers = (f"{column.missing:,}", f"{column.different:,}")
        table.add_row(column.name, column.type, *numbers, Text(column.most_common))
    return table


def _faults(descriptor: Descriptor) -> list[str]:
    left = [fault for fault in descriptor.known_faults if fault.handling != "repaired"]
    return [
        f"{fault.description} ({rows_in_words(fault.rows)})" if fault.rows else fault.description
        for fault in left
        if fault.rows != 0
    ]
