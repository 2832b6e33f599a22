"""The data dictionary of the whole shelf as one page, written from the descriptors."""

from __future__ import annotations

from academy import paths
from academy.datasets.catalogue import described_folders
from academy.datasets.descriptor import Descriptor, load_descriptor
from academy.datasets.readme import (
    columns_table,
    rows_in_words,
    source_in_words,
    taken_in_words,
)
from academy.datasets.schema import Resource

HEAD = """\
# Data dictionary

Every dataset that comes with the Academy, and every column. What is wrong with a dataset, and
which rows were left out, stands in the `README.md` of its folder. How the tables are made, checked
and renewed is told in [The data shelf](datasets.md).

A field's type stands with its unit, its time zone, or the column of another dataset in which
every value is found.

*This page is made by `python tests/docs/regenerate.py` from the descriptors in `datasets/`. Edit
`package.yaml`, not this page.*
"""


def dictionary_page() -> str:
    """Return the reference page of all embedded datasets, as Markdown."""
    folders = dict(sorted(described_folders(paths.embedded_datasets()).items()))
    descriptors = [load_descriptor(folder) for folder in folders.values()]
    parts = [HEAD, _overview(descriptors), *[_section(each) for each in descriptors]]
    return "\n".join(parts)


def _overview(descriptors: list[Descriptor]) -> str:
    lines = ["| dataset | one row is | rows | time covered |", "|---|---|---|---|"]
    for each in descriptors:
        rows = sum(resource.rows for resource in each.resources)
        period = f"{each.period.start} to {each.period.end}" if each.period else ""
        anchor = f"[`{each.name}`](#{each.name})"
        lines.append(f"| {anchor} | {each.one_row} | {rows:,} | {period} |")
    return "\n".join(lines) + "\n"


def _section(descriptor: Descriptor) -> str:
    facts = (
        f"{descriptor.title}. {taken_in_words(descriptor)}. "
        f"Source: {source_in_words(descriptor)}. "
        f"[Its faults](../../datasets/{descriptor.name}/README.md)."
    )
    tables = [_table(descriptor, resource) for resource in descriptor.resources]
    return "\n".join([f"## {descriptor.name}\n", f"{facts}\n", *tables])


def _table(descriptor: Descriptor, resource: Resource) -> str:
    rows = rows_in_words(resource.rows)
    if resource.sampling:
        rows = f"a sample: {rows} of {resource.sampling.rows_before:,}"
    title = f", {resource.title}" if resource.title and len(descriptor.resources) > 1 else ""
    head = f"`{resource.path}`{title} ({rows}):"
    return f"{head}\n\n{columns_table(resource.fields)}\n"
