"""The table in a descriptor: its file, its columns, and what every value must keep to."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Key
from pydantic.alias_generators import to_camel

SCHEMA_PROFILE: Literal["https://datapackage.org/profiles/2.0/tableschema.json"] = (
    "https://datapackage.org/profiles/2.0/tableschema.json"
)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
Sentence = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Count = Annotated[int, Key(ge=0)]


class Described(BaseModel):
    """A part of a descriptor: camelCase in the file, and no key that we do not know."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True
    )


class Constraints(Described):
    """What every value of a field must keep to."""

    required: bool = False
    unique: bool = False
    pattern: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None

    @model_validator(mode="after")
    def _pattern_compiles(self) -> Self:
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise ValueError(f"the pattern is not a regular expression: {error}") from None
        return self


class Field(Described):
    """One column.

    Beside the standard's own properties: ``unit`` (of measurement), ``timezone`` (an IANA name;
    a datetime field must have one) and ``portalColumn`` (what the portal calls it).
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Sentence
    type: Literal["string", "integer", "number", "boolean", "date", "datetime"]
    description: Sentence
    example: str | None = None
    unit: str | None = None
    timezone: str | None = None
    portal_column: str | None = None
    constraints: Constraints = Constraints()
    categories: list[str] | None = None

    @model_validator(mode="after")
    def _parts_fit_the_type(self) -> Self:
        if self.type == "datetime" and not self.timezone:
            raise ValueError(f"the datetime field {self.name} must name its timezone")
        if self.categories is not None and self.type != "string":
            raise ValueError(f"only a string field may have categories, and {self.name} is not one")
        limited = self.constraints.minimum is not None or self.constraints.maximum is not None
        if limited and self.type not in ("integer", "number"):
            raise ValueError(f"only a number may have limits, and {self.name} is not one")
        return self


class Schema(Described):
    """The columns in their order, and the key."""

    profile: Literal["https://datapackage.org/profiles/2.0/tableschema.json"] = Key(
        SCHEMA_PROFILE, alias="$schema"
    )
    fields: Annotated[list[Field], Key(min_length=1)]
    primary_key: list[str] = []
    missing_values: list[str] = [""]

    @model_validator(mode="after")
    def _names_are_consistent(self) -> Self:
        names = [field.name for field in self.fields]
        doubles = sorted({name for name in names if names.count(name) > 1})
        if doubles:
            raise ValueError(f"these field names stand more than once: {', '.join(doubles)}")
        strangers = [name for name in self.primary_key if name not in names]
        if strangers:
            raise ValueError(f"the primary key names no field: {', '.join(strangers)}")
        return self


class Resource(Described):
    """One file of the dataset; ``rows`` (without the header) is our own property."""

    name: Slug
    type: Literal["table"] = "table"
    path: Sentence
    format: Literal["csv"] = "csv"
    mediatype: Literal["text/csv"] = "text/csv"
    encoding: Literal["utf-8"] = "utf-8"
    bytes: Count
    hash: Sha256
    rows: Count
    table_schema: Schema = Key(alias="schema")

    @model_validator(mode="after")
    def _path_stays_in_the_folder(self) -> Self:
        path = PurePosixPath(self.path)
        if path.is_absolute() or ".." in path.parts or "://" in self.path:
            raise ValueError(f"the path must lie inside the dataset's folder (found {self.path})")
        return self
