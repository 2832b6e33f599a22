"""One run of a refresh: compiles datasets in the order of their inputs, each once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from academy.datasets.catalogue import described_folders
from academy.datasets.compiler import Compiled, Inputs, compile_dataset, tidy_module
from academy.datasets.descriptor import Descriptor, MadeFrom, load_descriptor
from academy.datasets.geo import with_points
from academy.datasets.inputs import KEPT, Cut, Fetched, has_more_lines, read_export
from academy.datasets.load import load_folder, resource_of
from academy.datasets.portal.exports import header
from academy.datasets.portal.ordered import read_ordered_pieces
from academy.datasets.references import References, texts
from academy.datasets.tables import typed
from academy.datasets.template import Input, Template, load_template
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.compiler import TidyModule
    from academy.datasets.schema import Field, Resource
    from academy.datasets.spool import Spool

# Brings an input that left a portal, for as long as the context is open.
Fetch = Callable[[Template, Input], AbstractContextManager[Fetched]]


class Workshop:
    """Compiles datasets and keeps their whole tables for those that are made from them.

    Parameters
    ----------
    fetch
        Brings the files that left a portal.
    workspace
        A folder for long tables while they are made.
    shelf
        Where tables of datasets that are not compiled in this run are found.
    sample
        Cut tables down to what an embedded one may hold.
    """

    def __init__(
        self, fetch: Fetch, workspace: Path, shelf: list[Path], *, sample: bool = False
    ) -> None:
        self._fetch = fetch
        self._workspace = workspace
        self._shelf = shelf
        self._sample = sample
        self._compiled: dict[str, Compiled] = {}

    def compile(self, name: str) -> Compiled:
        """Compile a dataset, and before it those that it needs and that are not on the shelf.

        Raises
        ------
        AcademyError
            When an input can't be had, or can't be tidied.
        """
        if name in self._compiled:
            return self._compiled[name]
        template = load_template(name)
        with self._inputs(template, tidy_module(name)) as inputs:
            compiled = compile_dataset(
                template,
                inputs,
                self._workspace,
                sample=self._sample,
                references=References(self._look_up(template)),
            )
        self._compiled[name] = compiled
        return compiled

    def forget(self, name: str) -> None:
        """Give back the memory and the disk of a dataset that nothing needs any more."""
        compiled = self._compiled.pop(name, None)
        for spool in compiled.tables.values() if compiled else ():
            spool.remove()

    @contextlib.contextmanager
    def _inputs(self, template: Template, module: TidyModule) -> Iterator[Inputs]:
        wanted = template.all_inputs
        exports = [each for each in wanted if each.export]
        whole = {each.name: self._table(each) for each in wanted if each.dataset}
        with contextlib.ExitStack() as stack:
            fetched = [stack.enter_context(self._fetch(template, each)) for each in exports]
            for each, file in zip(exports[1:], fetched[1:], strict=True):
                whole[each.name] = next(read_export(file.path))
            made_from = [file.made_from for file in fetched]
            cuts = [file.cut for file in fetched]
            for source in template.sources_on_the_shelf:
                cut, sources = self._origin(source, in_full=not cuts)
                made_from += sources
                cuts.append(cut)
            yield Inputs(
                cut=_cut(template, cuts),
                made_from=made_from,
                pieces_name=exports[0].name if exports else "",
                pieces=_pieces(fetched, module, self._workspace),
                whole=whole,
            )

    def _table(self, wanted: Input) -> pd.DataFrame:
        """Every row of another dataset, typed as `load_dataset` gives it."""
        name = str(wanted.dataset)
        if name not in self._compiled:
            folder = self._whole_on_the_shelf(name)
            if folder is not None:
                frame: pd.DataFrame = load_folder(folder, wanted.resource)
                return frame if wanted.columns is None else frame[wanted.columns]
        compiled = self.compile(name)
        resource = resource_of(compiled.descriptor, wanted.resource)
        return _as_loaded(compiled.tables[resource.name], resource, wanted.columns)

    def _origin(self, name: str, *, in_full: bool) -> tuple[Cut, list[MadeFrom]]:
        """How a source was cut (told in full of the first), and what it was made from."""
        if name in self._compiled:
            compiled = self._compiled[name]
            descriptor, cut = compiled.descriptor, compiled.cut
        else:
            folder = self._whole_on_the_shelf(name)
            descriptor = load_descriptor(folder) if folder else self.compile(name).descriptor
            when = descriptor.when
            cut = Cut(when.known, descriptor.how_it_was_cut, when.is_earliest)
        rest = f": {cut.how_it_was_cut}" if in_full else "."
        words = f"Made from every row of {name} ({descriptor.title}){rest}"
        sources = [
            each if each.dataset else each.model_copy(update={"dataset": name})
            for each in descriptor.made_from
        ]
        return replace(cut, how_it_was_cut=words), sources

    def _whole_on_the_shelf(self, name: str) -> Path | None:
        """The folder of a dataset that lies there with every row, and not as a sample."""
        for root in self._shelf:
            folder = described_folders(root).get(name)
            if folder is not None and _is_whole(load_descriptor(folder)):
                return folder
        return None

    def _look_up(self, template: Template) -> Callable[[str, str], set[str] | None]:
        def look_up(dataset: str, column: str) -> set[str] | None:
            if dataset == template.name:
                return None
            return texts(self._table(Input(name="reference", dataset=dataset)), column)

        return look_up


def _is_whole(descriptor: Descriptor) -> bool:
    return all(resource.sampling is None for resource in descriptor.resources)


def _as_loaded(spool: Spool, resource: Resource, columns: list[str] | None) -> pd.DataFrame:
    """Return a tidy table with the types that loading it from its file gives."""
    if resource.format == "geojson":
        shapes: Any = spool.whole()
        return cast("pd.DataFrame", shapes.assign(**typed(shapes, resource.fields)))
    chosen = [each for each in resource.fields if columns is None or each.name in columns]
    frame = spool.whole([each.name for each in chosen])
    table = typed(frame, [_with_all_categories(each, frame) for each in chosen])
    return with_points(table) if resource.geometry == "point" and columns is None else table


def _with_all_categories(field: Field, frame: pd.DataFrame) -> Field:
    """A sample's descriptor need not name every category of the whole table."""
    if field.categories is None or field.categories_ordered:
        return field
    return field.model_copy(update={"categories": sorted(frame[field.name].dropna().unique())})


def _pieces(fetched: list[Fetched], module: TidyModule, workspace: Path) -> Iterator[pd.DataFrame]:
    """The rows of the first export: a long one in pieces, in the order of its key."""
    if not fetched:
        return iter(())
    path, piece_rows = fetched[0].path, getattr(module, "PIECE_ROWS", None)
    key = getattr(module, "PIECE_KEY", ())
    if not (piece_rows and key and has_more_lines(path, piece_rows)):
        return read_export(path, piece_rows)
    spelt = {name.lower(): name for name in header(path)}
    theirs = [
        next(spelt[each] for each in module.PORTAL_COLUMNS[ours] if each in spelt) for ours in key
    ]
    return read_ordered_pieces(path, theirs, piece_rows, workspace / "ordered")


def _cut(template: Template, cuts: list[Cut]) -> Cut:
    """An export of its own dates a dataset; else it is as old as the oldest of its sources."""
    if not cuts:
        raise AcademyError(f"{template.name} is made from nothing.", kept=KEPT)
    has_export = any(each.export for each in template.all_inputs)
    dated = cuts[0] if has_export else min(cuts, key=lambda cut: cut.when.last_day)
    words = " ".join(dict.fromkeys(cut.how_it_was_cut for cut in cuts))
    return replace(dated, how_it_was_cut=words)
