"""Compile a dataset's folder from its inputs: pure, so that twice gives the same bytes."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from academy.datasets.descriptor import (
    FILE_NAME,
    Descriptor,
    MadeFrom,
)
from academy.datasets.formulas import defuse
from academy.datasets.inputs import KEPT, Cut
from academy.datasets.measured import (
    counted,
    cut_in_words,
    dropped_rows,
    period_of,
    shown_faults,
)
from academy.datasets.memory import give_back
from academy.datasets.readme import readme
from academy.datasets.schema import MEDIATYPES, Field, Resource, Sampling, Schema
from academy.datasets.spool import Spool, sampled
from academy.datasets.template import RAW, Table, Template
from academy.datasets.tidy.ledger import Ledger
from academy.datasets.writing import write_copy, write_table
from academy.errors import AcademyError, FindingsError

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.references import References
    from academy.datasets.tidy.ledger import Tidied


class TidyModule(Protocol):
    """What a module of `academy.datasets.tidy` offers.

    Its ``tidy`` takes the inputs that ``package.yaml`` names, by these names. A module may also
    have ``PIECE_ROWS``: the export is then given to ``tidy`` in pieces of so many rows, so that
    memory does not grow with it; with ``PIECE_KEY`` (our names of columns) a long one is sorted by
    these columns first, and rows with the same key are never parted.
    """

    PORTAL_COLUMNS: dict[str, tuple[str, ...]]
    OPTIONAL_COLUMNS: frozenset[str]
    PERIOD_COLUMN: str | None

    def tidy(self, **inputs: pd.DataFrame) -> Tidied:
        """Make the tidy tables from the portal's rows."""

    def measure_shown_faults(self, frame: pd.DataFrame, **others: pd.DataFrame) -> dict[str, int]:
        """Count the rows of every fault that is left; further tables come by name, with `_`."""


@dataclass(frozen=True)
class Inputs:
    """The rows that a dataset is made from.

    ``pieces`` are those of the first export, and ``whole`` the other inputs, by name.
    """

    cut: Cut
    made_from: list[MadeFrom]
    pieces_name: str = RAW
    pieces: Iterable[pd.DataFrame] = ()
    whole: Mapping[str, pd.DataFrame] = field(default_factory=dict)


@dataclass(frozen=True)
class Compiled:
    """The files of a dataset's folder, their descriptor, and all rows for what is made of them.

    A long table's file is a path in the workspace, to be copied from there.
    """

    descriptor: Descriptor
    files: dict[str, bytes | Path]
    tables: dict[str, Spool]
    cut: Cut


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


def compile_dataset(
    template: Template,
    inputs: Inputs,
    workspace: Path,
    *,
    sample: bool = False,
    references: References | None = None,
) -> Compiled:
    """Make every file of a dataset's folder from its inputs.

    Parameters
    ----------
    template
        What people wrote about the dataset.
    inputs
        The rows, and where they come from.
    workspace
        A folder for parts of long tables and their files.
    sample
        Cut tables down to what an embedded one may hold.
    references
        Knows the values that fields refer to; without it they are not checked.

    Raises
    ------
    AcademyError
        When the rows can't be tidied.
    FindingsError
        When a table breaks a rule of its own descriptor, or a counted fault is not described.
    """
    module = tidy_module(template.name)
    whole, ledger = _tidy(template, module, inputs, workspace)
    kept = {
        name: sampled(whole[name], table.sample_unit) if sample else (whole[name], None)
        for name, table in template.all_tables.items()
    }
    written = [
        _resource(name, table, kept[name], workspace, _period_column(template, name, module))
        for name, table in template.all_tables.items()
    ]
    files = {resource.path: content for resource, content in written}
    spools = {name: spool for name, (spool, _) in kept.items()}
    counts = ledger.repaired | shown_faults(module, list(spools.values()), list(spools))
    descriptor = Descriptor(
        **_human_part(template),
        **inputs.cut.when.as_properties(),
        how_it_was_cut=cut_in_words(inputs.cut, [resource for resource, _ in written]),
        made_from=inputs.made_from,
        source_rows=ledger.rows_read,
        period=period_of(module.PERIOD_COLUMN, next(iter(spools.values())), template),
        known_faults=counted(template.known_faults, counts, template.name),
        dropped_rows=dropped_rows(ledger),
        resources=[resource for resource, _ in written],
    )
    _refuse_bad_tables(files, descriptor, references)
    descriptor = _with_copies(descriptor, list(spools.values()), files, workspace)
    files[FILE_NAME] = descriptor.to_json().encode()
    files["README.md"] = readme(descriptor).encode()
    return Compiled(descriptor, files, whole, inputs.cut)


def _tidy(
    template: Template, module: TidyModule, inputs: Inputs, workspace: Path
) -> tuple[dict[str, Spool], Ledger]:
    names = list(template.all_tables)
    spools = {name: Spool(workspace / "parts" / template.name / name) for name in names}
    ledger = Ledger()
    for arguments in _calls(inputs):
        ledger.rows_read += len(next(iter(arguments.values())))
        tidied = _call(module, template.name, arguments)
        ledger.add(tidied.ledger)
        for name, frame in {names[0]: tidied.frame, **tidied.others}.items():
            fields = template.all_tables[name].fields
            spools[name].add(defuse(frame, fields, ledger))
        if any(spool.is_long for spool in spools.values()):
            give_back()
    if not all(spool.rows for spool in spools.values()):
        raise AcademyError(
            f"No usable row is left of what should become {template.name}.",
            kept=KEPT,
            next_step="Look at the export: it may be cut off, or its columns may have moved.",
        )
    return spools, ledger


def _call(module: TidyModule, name: str, arguments: dict[str, pd.DataFrame]) -> Tidied:
    """Tidy; rows that the module did not foresee end in a sentence, with the cause behind it."""
    try:
        return module.tidy(**arguments)
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise AcademyError(
            f"The rows of {name} hold something that its program does not know: "
            f"{type(error).__name__}: {error}.",
            where=f"academy/datasets/tidy/{name.replace('-', '_')}.py",
            kept=KEPT,
            next_step="Look at the portal's rows, and teach the program what is new.",
        ) from error


def _calls(inputs: Inputs) -> Iterator[dict[str, pd.DataFrame]]:
    """The arguments of each call of ``tidy``: one a piece, or one where nothing comes in pieces."""
    came = False
    for piece in inputs.pieces:
        came = True
        yield {inputs.pieces_name: piece.reset_index(drop=True), **inputs.whole}
    if not came and inputs.whole:
        yield dict(inputs.whole)


def _human_part(template: Template) -> dict[str, Any]:
    names = set(Template.model_fields) & set(Descriptor.model_fields) - {"known_faults", "period"}
    return {name: getattr(template, name) for name in names}


def _period_column(template: Template, name: str, module: TidyModule) -> str | None:
    table = template.all_tables[name]
    names = {field.name for field in table.fields}
    return module.PERIOD_COLUMN if module.PERIOD_COLUMN in names else None


def _resource(
    name: str,
    table: Table,
    kept: tuple[Spool, Sampling | None],
    workspace: Path,
    period_column: str | None,
) -> tuple[Resource, bytes | Path]:
    spool, sampling = kept
    schema = Schema(
        fields=[_with_categories(each, spool) for each in table.fields],
        primary_key=table.primary_key,
    )
    written = write_table(spool, table.file, schema, workspace)
    resource = Resource(
        name=name,
        title=table.title,
        type="table" if table.format == "csv" else None,
        path=table.file,
        format=table.format,
        mediatype=cast("Any", MEDIATYPES[table.format]),
        bytes=written.size,
        hash=written.hash,
        rows=spool.rows,
        geometry=table.geometry,
        period_column=period_column,
        sampling=sampling,
        table_schema=schema,
    )
    return resource, written.content


def _with_copies(
    descriptor: Descriptor, spools: list[Spool], files: dict[str, bytes | Path], workspace: Path
) -> Descriptor:
    """Write the Parquet copies, once the tables are known to be sound."""
    resources = []
    for resource, spool in zip(descriptor.resources, spools, strict=True):
        made = write_copy(spool, resource, files[resource.path], workspace)
        if made is not None:
            copy, content = made
            files[copy.path] = content
            resources.append(resource.model_copy(update={"copies": [copy]}))
        else:
            resources.append(resource)
    return descriptor.model_copy(update={"resources": resources})


def _with_categories(each: Field, spool: Spool) -> Field:
    if each.categories != []:
        return each
    found: set[str] = set()
    for frame in spool.frames([each.name]):
        found |= set(frame[each.name].dropna().unique())
    return each.model_copy(update={"categories": sorted(found)})


def _refuse_bad_tables(
    files: Mapping[str, bytes | Path], descriptor: Descriptor, references: References | None
) -> None:
    from academy.datasets.verify import table_findings

    findings = [
        finding
        for resource in descriptor.resources
        for finding in table_findings(files[resource.path], resource, references)
    ]
    if findings:
        raise FindingsError(
            f"The new table of {descriptor.name} breaks its own descriptor.",
            findings,
            kept="It was not written; the table that is there stays as it is.",
        )
