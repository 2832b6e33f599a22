"""The README of a dataset, written from its descriptor for people who open the folder."""

from __future__ import annotations

from collections.abc import Iterable

from academy.datasets.descriptor import Descriptor, DroppedRows, KnownFault, MadeFrom
from academy.datasets.schema import Field, Resource

_SHOWN_KEYS = 10
_HANDLINGS = {
    "repaired": "Repaired in this table",
    "shown": "Left as it was found",
    "unknowable": "There, but the rows can't be told",
}


def readme(descriptor: Descriptor) -> str:
    """Return the Markdown text: where the data come from, what they hold, what is wrong with them.

    Parameters
    ----------
    descriptor
        The dataset's descriptor, with its counts.
    """
    parts = [
        f"# {descriptor.title}",
        descriptor.description,
        _at_a_glance(descriptor),
        f"## How these rows were chosen\n\n{descriptor.how_it_was_cut}",
        f"## What is not in here\n\n{bullets(descriptor.not_included)}",
        f"## The columns\n\n{_tables(descriptor)}",
        f"## What is wrong with the data\n\n{faults_in_words(descriptor)}",
        f"## Rows that were left out\n\n{_dropped(descriptor)}",
        _how_to_use(descriptor),
        "---\n\nWritten by `academy data refresh` from `package.yaml` and the table. "
        "Edit `package.yaml`, not this page.",
    ]
    return "\n\n".join(parts) + "\n"


def _at_a_glance(descriptor: Descriptor) -> str:
    period = descriptor.period
    files = [_file_in_words(resource) for resource in descriptor.resources]
    lines = [
        f"**One row is** {descriptor.one_row}.",
        *(f"**File:** {text}." for text in files),
        *([f"**Time covered:** {period.start} to {period.end}."] if period else []),
        f"**{taken_in_words(descriptor)}.**",
        f"**Source:** {source_in_words(descriptor)} (<{descriptor.homepage}>).",
        *(f"**Made from** {made_from_in_words(each)}." for each in descriptor.made_from),
        f"**Licence:** {', '.join(licence.title for licence in descriptor.licenses)}.",
    ]
    return bullets(lines)


def _file_in_words(resource: Resource) -> str:
    text = f"`{resource.path}`, {rows_in_words(resource.rows)}, {resource.bytes:,} bytes"
    copies = [f"`{copy.path}`" for copy in resource.copies or []]
    return f"{text}; the same table as {', '.join(copies)}" if copies else text


def taken_in_words(descriptor: Descriptor) -> str:
    """Return ``"Taken from the portal on 2026-08-29"``, or as much of it as is known."""
    source = "the portal" if descriptor.portal else "the source"
    return f"Taken from {source} {descriptor.when.in_words()}"


def source_in_words(descriptor: Descriptor) -> str:
    """Say which dataset of which portal this is, or who has published it."""
    portal = descriptor.portal
    if portal is None:
        return "; ".join(source.title for source in descriptor.sources)
    number = f", dataset `{portal.id}`" if portal.id else ""
    return f"{portal.title}{number} of {portal.domain}"


def made_from_in_words(made_from: MadeFrom) -> str:
    """Name the file that a dataset was made from, with the beginning of its hash."""
    through = f", by way of the dataset `{made_from.dataset}`" if made_from.dataset else ""
    return f"{made_from.title} (fingerprint {made_from.hash[:19]}…){through}"


def _tables(descriptor: Descriptor) -> str:
    if len(descriptor.resources) == 1:
        return columns_table(descriptor.fields)
    return "\n\n".join(
        f"### `{resource.name}`: {resource.title or resource.path}\n\n"
        + columns_table(resource.fields)
        for resource in descriptor.resources
    )


def columns_table(fields: list[Field]) -> str:
    """Return the columns as a Markdown table: the data dictionary."""
    rows = ["| column | what it says | type | on the portal |", "|---|---|---|---|"]
    rows += [
        f"| `{field.name}` | {_cell(field.description)} | {type_in_words(field)} | "
        f"{_cell(field.portal_column or '')} |"
        for field in fields
    ]
    return "\n".join(rows)


def type_in_words(field: Field) -> str:
    """Return a field's type with its unit, its time zone and what it refers to."""
    unit = field.unit if field.type in ("integer", "number") else None
    refers = f"in {field.references}" if field.references else None
    return ", ".join(text for text in (field.type, unit, field.timezone, refers) if text)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def faults_in_words(descriptor: Descriptor) -> str:
    """Return the faults as Markdown, by what was done about them."""
    sections = []
    for handling, heading in _HANDLINGS.items():
        found = [
            fault
            for fault in descriptor.known_faults
            if fault.handling == handling and fault.rows != 0
        ]
        if found:
            over = _counted_over(handling, found, descriptor)
            lines = bullets(_fault(fault, descriptor) for fault in found)
            sections.append(f"### {heading}\n\n{over}{lines}")
    return "\n\n".join(sections) or "Nothing that we know of."


def _counted_over(handling: str, faults: list[KnownFault], descriptor: Descriptor) -> str:
    """Say once, above their list, over which rows faults were counted."""
    if handling == "unknowable" or all(fault.counted_over for fault in faults):
        return ""
    if handling == "repaired":
        return f"Counted over {_all_of_the_source(descriptor)}.\n\n"
    rows = rows_in_words(descriptor.resource.rows)
    sample = ", which is a sample" if descriptor.resource.sampling else ""
    return f"Counted in {_this_table(descriptor)}{sample}: {rows}.\n\n"


def _all_of_the_source(descriptor: Descriptor) -> str:
    """Say what the source is: the copy that left the portal, or other datasets of the shelf."""
    through = descriptor.made_from[0].dataset
    where = "portal" if descriptor.portal else "source"
    source = f"the whole `{through}`" if through else f"the copy that left the {where}"
    rows = descriptor.source_rows
    return f"all {rows:,} rows of {source}" if rows > 1 else f"the only row of {source}"


def _fault(fault: KnownFault, descriptor: Descriptor) -> str:
    if fault.rows is None:
        return f"{fault.description} {fault.what_was_done}"
    of = descriptor.source_rows if fault.handling == "repaired" else descriptor.resource.rows
    count = _share(fault.rows, of)
    if fault.counted_over:
        count = f"{fault.rows:,} of {fault.counted_over}"
    return f"**{count}.** {fault.description} {fault.what_was_done}"


def _share(rows: int, of: int) -> str:
    if rows == of:
        return f"All {of:,} rows" if of > 1 else "The only row"
    return f"{rows:,} of {of:,} rows"


def counted_in_words(fault: KnownFault, descriptor: Descriptor) -> str:
    """Say in how many rows a fault is, and of how many: of the source's, or of this table's.

    Returns
    -------
    str
        ``"6 of the 4,134 rows of the source"``; nothing where the rows can't be told.
    """
    if fault.rows is None:
        return ""
    if fault.counted_over:
        return f"{fault.rows:,} of {fault.counted_over}"
    if fault.handling == "repaired":
        return f"{fault.rows:,} of the {rows_in_words(descriptor.source_rows)} of the source"
    rows = rows_in_words(descriptor.resource.rows)
    return f"{fault.rows:,} of the {rows} of {_this_table(descriptor)}"


def _this_table(descriptor: Descriptor) -> str:
    return "this table" if len(descriptor.resources) == 1 else f"`{descriptor.resource.name}`"


def rows_in_words(rows: int) -> str:
    """Return ``"47 rows"``, or ``"1 row"``."""
    return f"{rows:,} row" if rows == 1 else f"{rows:,} rows"


def _none_dropped(descriptor: Descriptor) -> str:
    if descriptor.resource.rows == descriptor.source_rows:
        return "None: every row of the source is in the table."
    if descriptor.resource.sampling:
        return "None, but for those that the sample skips."
    return "None beyond what is told above."


def _dropped(descriptor: Descriptor) -> str:
    if not descriptor.dropped_rows:
        return _none_dropped(descriptor)
    lines = bullets(_dropped_in_words(each, descriptor) for each in descriptor.dropped_rows)
    return f"Counted over {_all_of_the_source(descriptor)}.\n\n{lines}"


def _dropped_in_words(dropped: DroppedRows, descriptor: Descriptor) -> str:
    text = f"**{_share(dropped.rows, descriptor.source_rows)}:** {dropped.reason}."
    if not dropped.keys:
        return f"{text} Their keys are not listed, as they might point to people."
    keys = ", ".join(f"`{key}`" for key in dropped.keys[:_SHOWN_KEYS])
    more = len(dropped.keys) - _SHOWN_KEYS
    rest = f" and {more:,} more, listed in `datapackage.json`" if more > 0 else ""
    return f"{text} {keys}{rest}."


def _how_to_use(descriptor: Descriptor) -> str:
    name = descriptor.name
    lines = [f'table = load_dataset("{name}")']
    lines += [
        f'{resource.name.replace("-", "_")} = load_dataset("{name}", resource="{resource.name}")'
        for resource in descriptor.resources[1:]
    ]
    code = "\n".join(["from academy.datasets import load_dataset", "", *lines])
    hints = "".join(f"\n\n{hint}" for hint in _hints(descriptor))
    return (
        f"## How to load it\n\n```python\n{code}\n```{hints}\n\n"
        f"`academy data verify {name}` checks that the files are the ones described."
    )


def _hints(descriptor: Descriptor) -> Iterable[str]:
    fields = [field for resource in descriptor.resources for field in resource.fields]
    times = list(dict.fromkeys(f"`{each.name}`" for each in fields if each.type == "datetime"))
    if times:
        yield (
            f"The file writes {' and '.join(times)} with an offset "
            "from UTC that changes with summer time; `load_dataset` gives them as local times."
        )
    if any(resource.geometry for resource in descriptor.resources):
        yield (
            "`load_dataset` gives a GeoDataFrame, with a column `geometry` in degrees (EPSG:4326)."
        )


def bullets(lines: Iterable[str]) -> str:
    """Return lines as a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)
