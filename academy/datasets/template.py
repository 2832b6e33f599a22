"""What people write about a dataset: ``package.yaml``, which every refresh reads and keeps."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field as Key
from pydantic import StringConstraints, model_validator

from academy import paths
from academy.datasets.catalogue import unknown_dataset
from academy.datasets.descriptor import KnownFault, License, Portal, Source
from academy.datasets.schema import Described, Field, Schema, Sentence, Slug
from academy.yamlfile import load_yaml

FILE_NAME = "package.yaml"


class Export(Described):
    """One file that left the portal: how it was cut is known for this file and no other."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    taken: datetime.date
    how_it_was_cut: Sentence


class Cuts(Described):
    """How the data are cut: on the live portal, and in each export that is known."""

    live: Sentence
    exports: list[Export] = Key(default_factory=list)


class Table(Described):
    """The file and its columns; an empty list of categories is filled with those found."""

    file: Sentence
    primary_key: list[str]
    fields: list[Field]

    @model_validator(mode="after")
    def _makes_a_schema(self) -> Self:
        Schema(fields=self.fields, primary_key=self.primary_key)
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
    portal: Portal
    not_included: list[Sentence]
    known_faults: list[KnownFault]
    cuts: Cuts
    table: Table


def template_path(name: str) -> Path:
    """Return where the words about a dataset are kept: in the checkout, beside its table."""
    return paths.embedded_datasets() / name / FILE_NAME


def load_template(name: str) -> Template:
    """Read what people wrote about a dataset.

    Raises
    ------
    AcademyError
        When no folder of that name has such a file; every mistake in it is told with its line.
    """
    names = sorted(path.parent.name for path in paths.embedded_datasets().glob(f"*/{FILE_NAME}"))
    if name not in names:
        raise unknown_dataset(name, names)
    return load_yaml(template_path(name), Template)
