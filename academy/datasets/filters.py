"""Keep some rows of a table, and say what there is when nothing fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from academy.datasets.catalogue import nearest
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.descriptor import Descriptor
    from academy.datasets.schema import Resource

YEAR = "year"


def filtered(
    frame: Any, resource: Resource, descriptor: Descriptor, filters: Mapping[str, Any]
) -> Any:
    """Keep the rows that fit every filter.

    Parameters
    ----------
    frame
        The whole table.
    resource, descriptor
        What is said of it.
    filters
        ``year``, or names of columns, with one value or a list of them.

    Raises
    ------
    AcademyError
        When a filter names no column, or no row has its value.
    """
    names = [field.name for field in resource.fields]
    for name, wanted in filters.items():
        column = _column(frame, name, resource, names, descriptor.name)
        values = list(wanted) if isinstance(wanted, list | tuple | set) else [wanted]
        kept = column.isin(values)
        if not kept.any():
            raise _nothing(name, wanted, column, descriptor)
        frame = frame[kept]
    return frame.reset_index(drop=True)


def _column(
    frame: Any, name: str, resource: Resource, names: list[str], dataset: str
) -> pd.Series[Any]:
    period = resource.period_column
    column: pd.Series[Any]
    if name == YEAR and YEAR not in names and period is not None:
        column = frame[period]
        return column.dt.year if hasattr(column, "dt") else column
    if name in names:
        column = frame[name]
        return column
    offered = [*names, *([YEAR] if period is not None and YEAR not in names else [])]
    raise AcademyError(
        f"The table of '{dataset}' has no column called '{name}' to choose rows by. "
        f"{nearest(name, offered)}"
    )


def _nothing(
    name: str, wanted: Any, column: pd.Series[Any], descriptor: Descriptor
) -> AcademyError:
    if name == YEAR and descriptor.period is not None:
        there = f"Its rows speak of {descriptor.period.start} to {descriptor.period.end}."
    else:
        values = [str(value) for value in column.dropna().unique()]
        there = nearest(str(wanted), values, most=12)
    return AcademyError(f"No row of '{descriptor.name}' has {name}={wanted!r}. {there}")
