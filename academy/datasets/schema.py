"""The tables in a descriptor: their files, their columns, and what every value must keep to."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    model_validator,
)
from pydantic import Field as Key
from pydantic.alias_generators import to_camel

SCHEMA_PROFILE: Literal["https://datapackage.org/profiles/2.0/tableschema.json"] = (
    "https://datapackage.org/profiles/2.0/tableschema.json"
)

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,63}$")]
Sentence = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Count = Annotated[int, Key(ge=0)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Geometry = Literal["point", "line", "polygon"]


def _as_text(value: Any) -> Any:
    """YAML makes dates of what looks like one; the file holds them as ISO 8601 text."""
    return value.isoformat() if isinstance(value, date) else value


Limit = Annotated[int | float | str, BeforeValidator(_as_text)]


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
    minimum: Limit | None = None
    maximum: Limit | None = None

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
    a datetime field must have one), ``portalColumn`` (what the portal calls it) and ``references``
    (``dataset.field`` of the shelf, where every value must be found).
    """

    name: FieldName
    title: Sentence
    type: Literal["string", "integer", "number", "boolean", "date", "datetime"]
    description: Sentence
    example: str | None = None
    unit: str | None = None
    timezone: str | None = None
    portal_column: str | None = None
    references: (
        Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]+\.[a-z][a-z0-9_]*$")] | None
    ) = None
    constraints: Constraints = Constraints()
    categories: list[str] | None = None
    categories_ordered: Literal[True] | None = None

    @model_validator(mode="after")
    def _parts_fit_the_type(self) -> Self:
        if self.type == "datetime" and not self.timezone:
            raise ValueError(f"the datetime field {self.name} must name its timezone")
        if self.categories is not None and self.type != "string":
            raise ValueError(f"only a string field may have categories, and {self.name} is not one")
        for limit in (self.constraints.minimum, self.constraints.maximum):
            self._check_limit(limit)
        return self

    def _check_limit(self, limit: float | str | None) -> None:
        if limit is None:
            return
        readers = {"date": date.fromisoformat, "datetime": datetime.fromisoformat}
        if self.type in readers and isinstance(limit, str):
            readers[self.type](limit)
        elif self.type not in ("integer", "number") or isinstance(limit, str):
            raise ValueError(
                f"only a number, a date or a time may have limits of its own kind, and "
                f"{self.name} is a {self.type} with the limit {limit!r}"
            )


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


def _stays_in_the_folder(path: str) -> str:
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or "://" in path:
        raise ValueError(f"the path must lie inside the dataset's folder (found {path})")
    return path


InsidePath = Annotated[Sentence, AfterValidator(_stays_in_the_folder)]


class Copy(Described):
    """The same table in another format: quicker to read, not for reading by eye."""

    path: InsidePath
    format: Literal["parquet"] = "parquet"
    mediatype: Literal["application/vnd.apache.parquet"] = "application/vnd.apache.parquet"
    bytes: Count
    hash: Sha256


class Sampling(Described):
    """A systematic sample: every so-many-th row, or all rows of every so-many-th unit."""

    every_nth: Annotated[int, Key(ge=2)]
    unit: str | None = None
    rows_before: Count


MEDIATYPES = {"csv": "text/csv", "geojson": "application/geo+json"}


class Resource(Described):
    """One table of the dataset and its file.

    Beside the standard's own properties: ``rowCount`` (without the header), ``geometry`` (points
    are made from the columns latitude and longitude; lines and polygons stand in a GeoJSON file),
    ``periodColumn`` (what the filter ``year`` looks at), ``sampling`` and ``copies``.
    """

    name: Slug
    title: Sentence | None = None
    type: Literal["table"] | None = None
    path: InsidePath
    format: Literal["csv", "geojson"] = "csv"
    mediatype: Literal["text/csv", "application/geo+json"] = "text/csv"
    encoding: Literal["utf-8"] = "utf-8"
    bytes: Count
    hash: Sha256
    rows: Count = Key(alias="rowCount")
    geometry: Geometry | None = None
    period_column: str | None = None
    sampling: Sampling | None = None
    copies: list[Copy] | None = None
    table_schema: Schema = Key(alias="schema")

    @property
    def fields(self) -> list[Field]:
        """The columns of the table, in order; a GeoJSON's shapes are not among them."""
        return self.table_schema.fields

    @model_validator(mode="after")
    def _format_fits(self) -> Self:
        if self.mediatype != MEDIATYPES[self.format]:
            raise ValueError(f"a {self.format} file has the mediatype {MEDIATYPES[self.format]}")
        check_geometry(self.geometry, self.format, self.table_schema)
        if self.period_column not in {None, *(field.name for field in self.fields)}:
            raise ValueError(f"periodColumn names no field: {self.period_column}")
        return self


def check_geometry(geometry: Geometry | None, file_format: str, schema: Schema) -> None:
    """Raise ValueError where a table's geography and its file don't go together."""
    names = {field.name for field in schema.fields}
    if (file_format == "geojson") != (geometry in ("line", "polygon")):
        raise ValueError("lines and polygons stand in a .geojson file, and nothing else does")
    if geometry == "point" and not {"latitude", "longitude"} <= names:
        raise ValueError("a table of points needs the columns latitude and longitude")
