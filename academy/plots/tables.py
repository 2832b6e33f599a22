"""The table beside a map: the same numbers, for those who can't see it and those who look twice."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

_CELL = "padding: 0.2em 0.6em; border-bottom: 1px solid #767676"
#: A long table scrolls in its own box; it can be reached with the keyboard.
_BOX = "max-height: 20rem; max-width: 100%; overflow: auto"


def as_table(table: pd.DataFrame) -> str:
    """Return a table as a piece of a page, with a caption and headers that say what they head.

    Parameters
    ----------
    table
        Its first column, or its index if that has a name or holds names, heads the rows.

    Raises
    ------
    AcademyError
        When it is no table or has no rows.
    """
    rows = _flat(table)
    heads = "".join(
        f'<th scope="col" style="{_CELL}; text-align: {"left" if n == 0 else "right"}">'
        f"{escape(str(name))}</th>"
        for n, name in enumerate(rows.columns)
    )
    body = "".join(_row(row) for row in rows.astype(object).itertuples(index=False, name=None))
    caption = "The map's numbers in a table"
    return (
        f'<div role="region" tabindex="0" aria-label="{caption}" style="{_BOX}">'
        f'<table style="border-collapse: collapse"><caption style="text-align: left">{caption}'
        f"</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def as_key(colors: Mapping[str, str]) -> str:
    """Return what the colors of a map mean, as a list; nothing where there are none."""
    items = "".join(
        '<li style="margin-right: 1em"><span aria-hidden="true" style="display: inline-block; '
        f"width: 1em; height: 1em; border: 1px solid #595959; background: {escape(color)}"
        f'"></span> {escape(words)}</li>'
        for words, color in colors.items()
    )
    style = "list-style: none; display: flex; flex-wrap: wrap; padding: 0; margin: 0.3em 0"
    return f'<ul aria-label="Key to the map" style="{style}">{items}</ul>' if items else ""


def _flat(table: pd.DataFrame) -> pd.DataFrame:
    if not hasattr(table, "itertuples") or not hasattr(table, "columns"):
        raise AcademyError(
            f"The table beside the map should be a table, and is {type(table).__name__}.",
            next_step='For one column, write table=numbers.to_frame("what it counts").',
        )
    if not len(table):
        raise AcademyError(
            "The table beside the map has no rows.",
            next_step="Hand over the numbers that the map shows, one row for each place.",
        )
    is_numbered = type(table.index).__name__ == "RangeIndex" or (
        table.index.name is None and table.index.inferred_type == "integer"
    )
    plain = table.drop(columns="geometry", errors="ignore")
    return plain if is_numbered else plain.reset_index()


def _row(values: tuple[Any, ...]) -> str:
    first, *others = (escape(_written(value)) for value in values)
    cells = "".join(f'<td style="{_CELL}; text-align: right">{value}</td>' for value in others)
    return f'<tr><th scope="row" style="{_CELL}; text-align: left">{first}</th>{cells}</tr>'


def _written(value: Any) -> str:
    """Write a value as a person would: 12,345 and 6.5, and words where there is no number."""
    if value is None or value != value or str(value) == "<NA>":
        return "no number"
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return f"{int(value):,}"
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        return f"{float(value):,.1f}"
    return str(value)
