"""What people write about a dataset: ``package.yaml``, which every refresh reads and keeps."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field as Key
from pydantic import StringConstraints, model_validator

from academy import paths
from academy.datasets.catalogue import unknown_dataset
from academy.datasets.descriptor import KnownFault, License, Period, Portal, Source
from academy.datasets.schema import (
    Described,
    Field,
    Geometry,
    InsidePath,
    Schema,
    Sentence,
    Slug,
    check_geometry,
)
from academy.datasets.taken import PartialDay, Taken
from academy.yamlfile import load_yaml

FILE_NAME = "package.yaml"
RAW = "raw"


class Export(Described):
    """One file that left the portal: how it was cut is known for this file and no other."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    taken: PartialDay | None = None
    taken_not_before: PartialDay | None = None
    how_it_was_cut: Sentence

    @model_validator(mode="after")
    def _is_dated_once(self) -> Self:
        Taken.of(self.taken, self.taken_not_before)
        return self

    @property
    def when(self) -> Taken:
        """When the file left the portal, as exactly as is known."""
        return Taken.of(self.taken, self.taken_not_before)


class Cuts(Described):
    """How the data are cut: on the live portal, and in each export that is known."""

    live: Sentence | None = None
    exports: list[Export] = Key(default_factory=list)


class Input(Described):
    """One thing that a dataset is made from; the tidy module's argument has this name.

    ``export`` is a pattern for the name of a file that left the portal; ``dataset`` another
    dataset of the shelf, of which every row is read (or these ``columns``, of that ``resource``).
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    export: Sentence | None = None
    dataset: Slug | None = None
    resource: Slug | None = None
    columns: list[str] | None = None

    @model_validator(mode="after")
    def _is_one_of_the_two(self) -> Self:
        if (self.export is None) == (self.dataset is None):
            raise ValueError(f"the input {self.name} needs an export or a dataset, one of the two")
        if self.export is not None and (self.resource or self.columns):
            raise ValueError(f"the input {self.name} is an export: it has no resource or columns")
        return self


class Table(Described):
    """A file and its columns; an empty list of categories is filled with those found."""

    name: Slug | None = None
    title: Sentence | None = None
    file: InsidePath
    primary_key: list[str]
    geometry: Geometry | None = None
    sample_unit: str | None = None
    fields: list[Field]

    @property
    def format(self) -> Literal["csv", "geojson"]:
        """The file's format, by its name."""
        return "geojson" if self.file.endswith(".geojson") else "csv"

    @property
    def table_schema(self) -> Schema:
        """The columns as a schema, before the categories were filled in."""
        return Schema(fields=self.fields, primary_key=self.primary_key)

    @model_validator(mode="after")
    def _makes_a_schema(self) -> Self:
        if not self.file.endswith((".csv", ".geojson")):
            raise ValueError(f"a table's file is a .csv or a .geojson (found {self.file})")
        check_geometry(self.geometry, self.format, self.table_schema)
        if self.sample_unit not in {None, *(field.name for field in self.fields)}:
            raise ValueError(f"sampleUnit names no field: {self.sample_unit}")
        return self


class Template(Described):
    """Everything in a descriptor that people write, and nothing that is measured."""

    name: Slug
    title: Sentence
    description: Sentence
    homepage: Sentence
    keywords: list[str] = Key(default_factory=list)
    sources: Annotated[list[Source], Key(min_length=1)]
    licenses: Annotated[list[License], Key(min_length=1)]
    one_row: Sentence
    portal: Portal | None = None
    inputs: list[Input] = Key(default_factory=list)
    period: Period | None = None
    not_included: list[Sentence]
    known_faults: list[KnownFault]
    cuts: Cuts = Cuts()
    table: Table | None = None
    tables: list[Table] = Key(default_factory=list)

    @model_validator(mode="after")
    def _parts_are_there(self) -> Self:
        if (self.table is None) == (not self.tables):
            raise ValueError("either `table` or `tables` must be given, and not both")
        if any(table.name is None for table in self.tables):
            raise ValueError("each of several tables needs a name")
        if not self.inputs and (self.portal is None or self.portal.id is None):
            raise ValueError("`inputs` must say what the dataset is made from: no portal.id does")
        return self

    @property
    def all_inputs(self) -> list[Input]:
        """The inputs; where none is written, the export whose name begins with the portal's id."""
        if self.inputs or self.portal is None:
            return self.inputs
        return [Input(name=RAW, export=f"{self.portal.id}*")]

    @property
    def sources_on_the_shelf(self) -> list[str]:
        """The other datasets that this one is made from."""
        return [each.dataset for each in self.all_inputs if each.dataset]

    @property
    def all_tables(self) -> dict[str, Table]:
        """The tables by their names; a dataset's only table has the name of the dataset."""
        if self.table is not None:
            return {self.table.name or self.name: self.table}
        return {str(table.name): table for table in self.tables}


def template_path(name: str) -> Path:
    """Return where the words about a dataset are kept: in the checkout, beside its table."""
    return paths.embedded_datasets() / name / FILE_NAME


def template_names() -> list[str]:
    """Return the names of the datasets that people have written about."""
    return sorted(path.parent.name for path in paths.embedded_datasets().glob(f"*/{FILE_NAME}"))


def load_template(name: str) -> Template:
    """Read what people wrote about a dataset.

    Raises
    ------
    AcademyError
        When no folder of that name has such a file; every mistake in it is told with its line.
    """
    names = template_names()
    if name not in names:
        raise unknown_dataset(name, names)
    path = template_path(name)
    version = path.stat()
    return _read(path, version.st_mtime_ns, version.st_size)


@functools.lru_cache(maxsize=200)
def _read(path: Path, changed: int, size: int) -> Template:  # noqa: ARG001
    """Read each version of a file once: a plan looks at all of them, and YAML is slow."""
    return load_yaml(path, Template)
