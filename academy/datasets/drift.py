"""How a new table differs from the one that is there, for the people whose lessons use it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from academy.datasets.descriptor import Descriptor, load_descriptor
from academy.datasets.schema import Field, Resource
from academy.datasets.summary import ColumnSummary, TableSummary, summarise
from academy.datasets.usage import notebooks_that_name
from academy.errors import AcademyError, Finding, FindingsError

if TYPE_CHECKING:
    from academy.datasets.compiler import Compiled

# A new table with fewer rows than this share of the old one stops the refresh.
SMALLEST_SHARE = 0.9
# A column whose blank share moves by more than this is worth a word.
_BLANKS_MOVED = 0.05
_SHOWN = 8
_KEPT = "It was not put in place; the tables that are there stay as they are."


@dataclass(frozen=True)
class Change:
    """One difference.

    Parameters
    ----------
    table
        The table's name.
    what
        ``rows``, ``table``, ``key``, ``column``, ``type``, ``categories``, ``range`` or ``blanks``.
    problem
        One sentence: what was there and what is there now.
    column
        The column, where it is about one.
    stops
        Whether it keeps the new table from being put in place.
    next_step
        What a lesson's author can do.
    """

    table: str
    what: str
    problem: str
    column: str = ""
    stops: bool = False
    next_step: str = ""

    @property
    def where(self) -> str:
        """The table, and the column if it is about one."""
        return f"{self.table}, column {self.column}" if self.column else self.table


@dataclass
class Drift:
    """All differences between a dataset that is there and a new one."""

    name: str
    changes: list[Change] = field(default_factory=list)

    @property
    def stops(self) -> list[Change]:
        """Those that keep the new tables from being put in place."""
        return [change for change in self.changes if change.stops]

    def report(self) -> str:
        """Return one line a difference, those that stop first; empty where there is none."""
        ordered = sorted(self.changes, key=lambda change: not change.stops)
        return "\n".join(
            f"  {'STOPS' if change.stops else 'news '}  {_finding(change)}" for change in ordered
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the differences for ``--json``."""
        return {"name": self.name, "changes": [asdict(change) for change in self.changes]}


def refuse_drift(folder: Path, compiled: Compiled, *, allow: bool) -> Drift:
    """Compare new tables with those of a folder, and stop where lessons would break.

    Parameters
    ----------
    folder
        The dataset that is there; nothing is compared where there is none.
    compiled
        The new one.
    allow
        Take the new one whatever changed.

    Returns
    -------
    Drift
        All differences, of those that stop and those that are only news.

    Raises
    ------
    FindingsError
        When the new tables shrank by more than a tenth, lost a table or a column, changed a type
        or have another key.
    """
    drift = compare(folder, compiled.descriptor, compiled.files)
    if not drift.stops or allow:
        return drift
    news = [change for change in drift.changes if not change.stops]
    raise FindingsError(
        f"The new {drift.name} differs from the one in {folder} in ways that break lessons.",
        [_finding(change) for change in [*drift.stops, *news]],
        kept=f"{_KEPT} Look at the source; if it is right, mend the lessons and run again with "
        "--allow-shrink.",
    )


def compare(folder: Path, new: Descriptor, files: dict[str, bytes | Path]) -> Drift:
    """Return the differences between a dataset's folder and new files with their descriptor."""
    drift = Drift(new.name)
    if not folder.is_dir():
        return drift
    try:
        old = load_descriptor(folder)
    except AcademyError:
        problem = "The descriptor that is there can't be read, so nothing could be compared."
        drift.changes.append(Change(new.name, "table", problem))
        return drift
    now = {resource.name: resource for resource in new.resources}
    for before in old.resources:
        after = now.pop(before.name, None)
        if after is None:
            drift.changes.append(_lost_table(before, new.name))
            continue
        drift.changes += _schema_changes(before, after, new.name)
        drift.changes += _content_changes(folder / before.path, before, files[after.path], after)
    drift.changes += [Change(name, "table", "The table is new.") for name in now]
    return drift


def _lost_table(resource: Resource, dataset: str) -> Change:
    return Change(
        resource.name,
        "table",
        "The table is gone.",
        stops=True,
        next_step=_used(dataset, resource.name),
    )


def _schema_changes(before: Resource, after: Resource, dataset: str) -> Iterator[Change]:
    old = {each.name: each for each in before.fields}
    new = {each.name: each for each in after.fields}
    added = [name for name in new if name not in old]
    for name, was in old.items():
        if name not in new:
            problem = f"The column is gone.{_perhaps(name, added)}"
            yield _stop(after, "column", problem, name, _used(dataset, name))
        elif _kind(was) != _kind(new[name]):
            problem = f"It was {_kind(was)}, and is {_kind(new[name])}."
            yield _stop(after, "type", problem, name, _used(dataset, name))
    for name in added:
        yield Change(after.name, "column", f"The column is new: {new[name].title}.", name)
    keys = before.table_schema.primary_key, after.table_schema.primary_key
    if keys[0] != keys[1]:
        first, second = (", ".join(key) or "none" for key in keys)
        step = "Look whether lessons join or count by it."
        yield _stop(after, "key", f"The key was {first}, and is {second}.", "", step)


def _content_changes(
    old_file: Path, before: Resource, new_file: bytes | Path, after: Resource
) -> list[Change]:
    changes = _row_changes(before, after)
    try:
        old, new = summarise(old_file, before), summarise(new_file, after)
    except (ValueError, KeyError, OSError) as error:
        problem = f"The values could not be compared, as a table can't be read: {error}."
        return [*changes, Change(after.name, "table", problem)]
    known = {each.name: each for each in before.fields}
    for each in after.fields:
        if each.name in known and _kind(known[each.name]) == _kind(each):
            changes += _column_changes(after.name, each, old, new)
    return changes


def _row_changes(before: Resource, after: Resource) -> list[Change]:
    was, now = _all_rows(before), _all_rows(after)
    if was == now:
        return []
    problem = f"It had {was:,} rows, and has {now:,}{_percent(was, now)}."
    if now >= was * SMALLEST_SHARE:
        return [Change(after.name, "rows", problem)]
    limit = f" Fewer than {SMALLEST_SHARE:.0%} of the old rows stop a refresh."
    step = "Look whether the portal or the export lost rows, or was cut off."
    return [_stop(after, "rows", problem + limit, "", step)]


def _all_rows(resource: Resource) -> int:
    return resource.sampling.rows_before if resource.sampling else resource.rows


def _column_changes(
    table: str, described: Field, old: TableSummary, new: TableSummary
) -> Iterator[Change]:
    before, after = old.columns[described.name], new.columns[described.name]
    if described.categories is not None:
        yield from _category_changes(table, described.name, before, after)
    if (before.low, before.high) != (after.low, after.high):
        problem = f"The values went {_range(before)}, and go {_range(after)}."
        yield Change(table, "range", problem, described.name)
    shares = before.blanks / max(old.rows, 1), after.blanks / max(new.rows, 1)
    if abs(shares[0] - shares[1]) > _BLANKS_MOVED:
        problem = f"{shares[0]:.1%} of the rows were blank, and {shares[1]:.1%} are."
        yield Change(table, "blanks", problem, described.name)


def _category_changes(
    table: str, column: str, before: ColumnSummary, after: ColumnSummary
) -> Iterator[Change]:
    for words, found, other in (
        ("New categories", after.categories, before.categories),
        ("Categories that are gone", before.categories, after.categories),
    ):
        names = [(name, rows) for name, rows in found.most_common() if name not in other]
        if names:
            yield Change(table, "categories", f"{words}: {_listed(names)}.", column)


def _listed(names: list[tuple[str, int]]) -> str:
    shown = ", ".join(
        f"{name} ({rows:,} {'row' if rows == 1 else 'rows'})" for name, rows in names[:_SHOWN]
    )
    more = len(names) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _stop(resource: Resource, what: str, problem: str, column: str, next_step: str) -> Change:
    return Change(resource.name, what, problem, column, stops=True, next_step=next_step)


def _finding(change: Change) -> Finding:
    return Finding(change.problem, change.where, change.next_step)


def _kind(described: Field) -> str:
    """What a lesson must know of a column's values: type, unit, zone, and whether it is a list."""
    kind = "categories" if described.categories is not None else described.type
    parts = [kind, described.unit, described.timezone]
    return " in ".join(part for part in parts if part)


def _perhaps(name: str, added: list[str]) -> str:
    near = difflib.get_close_matches(name, added, n=1)
    return f" Perhaps it is now {near[0]}, which is new." if near else ""


def _used(dataset: str, word: str) -> str:
    found = notebooks_that_name(dataset, word)
    return f"It is named in {', '.join(found)}." if found else "No notebook here names it."


def _range(column: ColumnSummary) -> str:
    if column.low is None:
        return "nowhere (all blank)"
    return f"from {_shown(column.low)} to {_shown(column.high)}"


def _shown(value: float | str | None) -> str:
    return value if isinstance(value, str) else f"{value:,.10g}"


def _percent(before: int, after: int) -> str:
    return f" ({(after - before) / before:+.1%})" if before else ""
