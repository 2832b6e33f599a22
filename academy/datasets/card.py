"""A dataset on one page: what it is, what its columns hold, what is wrong with it, a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from academy.datasets.bars import Bars, bars_of
from academy.datasets.readme import counted_in_words, rows_in_words, source_in_words, taken_in_words
from academy.datasets.thumbnail import Thumbnail, thumbnail_of

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from academy.datasets.descriptor import Descriptor
    from academy.datasets.schema import Field, Resource

_HEADINGS = ("column", "type", "missing", "different", "most common")


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

    def cells(self) -> list[str]:
        """Return the summary as the texts of a table's row."""
        return [
            self.name,
            self.type,
            f"{self.missing:,}",
            f"{self.different:,}",
            self.most_common,
        ]


@dataclass(frozen=True)
class Card:
    """A dataset's card: HTML in a notebook, text in a terminal.

    Parameters
    ----------
    descriptor
        The dataset's descriptor.
    resource
        The table that is shown.
    frame
        Its rows.
    """

    descriptor: Descriptor
    resource: Resource
    frame: Any

    def columns(self) -> list[ColumnSummary]:
        """Summarise every column: how many values are missing, how many differ, the commonest."""
        return [_summary(field, self.frame[field.name]) for field in self.resource.fields]

    def pictures(self) -> list[Bars | Thumbnail]:
        """Return a chart and, of a geographic table, a map, where there is something to draw."""
        chart = bars_of(self.resource, self.frame)
        places = (
            thumbnail_of(self.frame, self.descriptor.one_row) if self.resource.geometry else None
        )
        return [picture for picture in (places, chart) if picture is not None]

    def facts(self) -> list[str]:
        """Return what there is to say in one line each."""
        descriptor, period = self.descriptor, self.descriptor.period
        covered = f", {period.start} to {period.end}" if period else ""
        others = [each.name for each in descriptor.resources if each.name != self.resource.name]
        return [
            f"One row is {descriptor.one_row}.",
            f"{rows_in_words(len(self.frame))}{covered}. {taken_in_words(descriptor)}.",
            f"Source: {source_in_words(descriptor).replace('`', '')}. "
            f"Licence: {', '.join(licence.title for licence in descriptor.licenses)}.",
            f"How these rows were chosen: {descriptor.how_it_was_cut.replace('`', '')}",
            *([f"Other tables of this dataset: {', '.join(others)}."] if others else []),
        ]

    def faults(self) -> list[str]:
        """Return what is wrong with the data and was left as it was found."""
        left = [fault for fault in self.descriptor.known_faults if fault.handling != "repaired"]
        return [
            f"{fault.description} ({counted_in_words(fault, self.descriptor).replace('`', '')})"
            if fault.rows
            else fault.description
            for fault in left
            if fault.rows != 0
        ]

    def how_to_load(self) -> str:
        """Return the line of Python that loads the table."""
        name = self.descriptor.name
        chosen = (
            ""
            if self.resource is self.descriptor.resource
            else f', resource="{self.resource.name}"'
        )
        return f'load_dataset("{name}"{chosen})'

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.panel import Panel
        from rich.text import Text

        descriptor = self.descriptor
        title = Text(f"{descriptor.name}: {descriptor.title}")
        pictures = [line for picture in self.pictures() for line in ["", *picture.lines()]]
        faults = [f"  - {line}" for line in self.faults()] or ["  - Nothing that we know of."]
        return Group(
            Panel(Text(descriptor.description), title=title),
            *[Text(fact) for fact in self.facts()],
            *[Text(line, no_wrap=True) for line in pictures],
            "",
            _rich_table(self.columns()),
            Text("\nWhat is wrong with the data, and left as it was found:"),
            *[Text(line) for line in faults],
            Text(f"\nLoad it with {self.how_to_load()}, from academy.datasets."),
        )

    def _repr_html_(self) -> str:
        descriptor = self.descriptor
        pictures = "".join(
            f"<figure style='margin:0.5em 0'>{picture.svg()}"
            f"<figcaption>{escape(picture.title)}</figcaption></figure>"
            for picture in self.pictures()
        )
        return (
            f"<section><h3>{escape(descriptor.title)}</h3><p>{escape(descriptor.description)}</p>"
            f"{_html_list(self.facts())}{pictures}{_html_table(self.columns())}"
            "<h4>What is wrong with the data, and left as it was found</h4>"
            f"{_html_list(self.faults() or ['Nothing that we know of.'])}"
            f"<p>Load it with <code>{escape(self.how_to_load())}</code>.</p></section>"
        )


def card_of(name: str, resource: str | None = None) -> Card:
    """Return the card of a dataset's table: in a notebook, the last line of a cell shows it.

    Parameters
    ----------
    name
        The dataset.
    resource
        One of its tables, where it has several.

    Raises
    ------
    AcademyError
        When there is no such dataset or table.
    """
    from academy.datasets.catalogue import folder_of
    from academy.datasets.descriptor import load_descriptor
    from academy.datasets.load import load_folder, resource_of

    folder = folder_of(name)
    descriptor = load_descriptor(folder)
    return Card(descriptor, resource_of(descriptor, resource), load_folder(folder, resource))


def _summary(field: Field, column: pd.Series[Any]) -> ColumnSummary:
    counts = column.value_counts()
    repeats = len(counts) > 0 and int(counts.iloc[0]) > 1 and field.type == "string"
    common = f"{counts.index[0]} ({int(counts.iloc[0]):,})" if repeats else ""
    missing = int(column.isna().sum())
    return ColumnSummary(field.name, field.type, missing, int(column.nunique()), common)


def _rich_table(summaries: list[ColumnSummary]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(*_HEADINGS)
    for place in (2, 3):
        table.columns[place].justify = "right"
    for column in summaries:
        table.add_row(*[Text(cell) for cell in column.cells()])
    return table


def _html_table(summaries: list[ColumnSummary]) -> str:
    head = "".join(f'<th scope="col">{heading}</th>' for heading in _HEADINGS)
    rows = "".join(
        "<tr>"
        + f'<th scope="row">{escape(column.name)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in column.cells()[1:])
        + "</tr>"
        for column in summaries
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _html_list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"
