"""The sixth dimension: whether the rows of a table find a partner in another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from academy.datasets.quality import Dimension, Shelf
from academy.datasets.words import percent, share_of

if TYPE_CHECKING:
    from academy.datasets.schema import Field, Resource

# Part of a key that joins tables; a year or an hour would join anything with anything.
_JOINS = re.compile(r"^month$|^zip_code$|_(?:id|number|code)$")


def joinability(name: str, resource: Resource, on: Shelf) -> Dimension:
    """The largest share of rows that find their partner in another table of the shelf."""
    ways = sorted(set(_ways(name, resource, on)), reverse=True)
    if not ways:
        return Dimension("joinability", 0.0, ["No column of it is a key of another table."])
    return Dimension(
        "joinability", ways[0][0], [f"Of the rows, {percent(share)} {how}." for share, how in ways]
    )


def _ways(name: str, resource: Resource, on: Shelf) -> Iterator[tuple[float, str]]:
    frame = on.table(name, resource)
    for each in resource.fields:
        for other, table, column in _partners(name, each, on):
            values = set(on.table(other, table)[column].dropna().astype("str"))
            share = share_of(frame[each.name].astype("str").isin(values))
            yield share, f"find their {each.name} in {other}"
    tracts = on.descriptors.get("census-tracts")
    if resource.geometry == "point" and tracts is not None:
        from academy.datasets.geo import tract_of

        shapes = on.table("census-tracts", tracts.resource)
        found = tract_of(frame["latitude"], frame["longitude"], shapes)
        yield share_of(found.notna()), "stand in a census tract"


def _partners(name: str, field: Field, on: Shelf) -> Iterator[tuple[str, Resource, str]]:
    """Yield the other tables whose rows are named by a column, and the column there."""
    dataset, _, column = (field.references or "").partition(".")
    if dataset in on.descriptors:
        yield dataset, on.descriptors[dataset].resource, column
    for other, descriptor in on.descriptors.items():
        for table in descriptor.resources if other not in (name, dataset) else ():
            key = table.table_schema.primary_key
            if key == [field.name] or (field.name in key and _JOINS.search(field.name)):
                yield other, table, field.name
