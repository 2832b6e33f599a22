"""The README of a dataset, written from its descriptor for people who open the folder."""

from __future__ import annotations

from collections.abc import Iterable

from academy.datasets.descriptor import Descriptor, KnownFault
from academy.datasets.schema import Field

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
        f"## What is not in here\n\n{_bullets(descriptor.not_included)}",
        f"## The columns\n\n{_columns(descriptor.fields)}",
        f"## What is wrong with the data\n\n{_faults(descriptor.known_faults)}",
        f"## Rows that were left out\n\n{_dropped(descriptor)}",
        _how_to_use(descriptor),
        "---\n\nWritten by `academy data refresh` from `package.yaml` and the table. "
        "Edit `package.yaml`, not this page.",
    ]
    return "\n\n".join(parts) + "\n"


def _at_a_glance(descriptor: Descriptor) -> str:
    resource, portal = descriptor.resource, descriptor.portal
    lines = [
        f"**One row is** {descriptor.one_row}.",
        f"**File:** `{resource.path}`, {resource.rows:,} rows, {resource.bytes:,} bytes.",
        f"**Time covered:** {descriptor.period.start} to {descriptor.period.end}.",
        f"**Taken from the portal on** {descriptor.taken}.",
        f"**Source:** {portal.title}, dataset `{portal.id}` of {portal.domain} "
        f"(<{descriptor.homepage}>).",
        f"**Licence:** {', '.join(licence.title for licence in descriptor.licenses)}.",
    ]
    return _bullets(lines)


def _columns(fields: list[Field]) -> str:
    rows = ["| column | what it says | type | on the portal |", "|---|---|---|---|"]
    for field in fields:
        kind = f"{field.type}, {field.timezone}" if field.timezone else field.type
        rows.append(
            f"| `{field.name}` | {field.description} | {kind} | {field.portal_column or ''} |"
        )
    return "\n".join(rows)


def _faults(faults: list[KnownFault]) -> str:
    sections = []
    for handling, heading in _HANDLINGS.items():
        lines = [
            _fault(fault) for fault in faults if fault.handling == handling and fault.rows != 0
        ]
        if lines:
            sections.append(f"### {heading}\n\n{_bullets(lines)}")
    return "\n\n".join(sections)


def _fault(fault: KnownFault) -> str:
    count = "" if fault.rows is None else f"**{rows_in_words(fault.rows)}.** "
    return f"{count}{fault.description} {fault.what_was_done}"


def rows_in_words(rows: int) -> str:
    """Return ``"47 rows"``, or ``"1 row"``."""
    return f"{rows:,} row" if rows == 1 else f"{rows:,} rows"


def _dropped(descriptor: Descriptor) -> str:
    if not descriptor.dropped_rows:
        return "None: every row that the portal gave is in the table."
    return _bullets(f"`{row.key}`: {row.reason}." for row in descriptor.dropped_rows)


def _how_to_use(descriptor: Descriptor) -> str:
    times = [field.name for field in descriptor.fields if field.type == "datetime"]
    hint = (
        f"\n\nThe file writes {' and '.join(f'`{name}`' for name in times)} with an offset "
        "from UTC that changes with summer time; `load_dataset` gives them as local times."
        if times
        else ""
    )
    return (
        "## How to load it\n\n```python\nfrom academy.datasets import load_dataset\n\n"
        f'table = load_dataset("{descriptor.name}")\n```{hint}\n\n'
        f"`academy data verify {descriptor.name}` checks that the file is the one described."
    )


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
