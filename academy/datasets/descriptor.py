"""What a dataset says of itself: a Frictionless Data Package v2, as models that check it."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field as Key
from pydantic import StringConstraints, ValidationError, model_validator

from academy.datasets.schema import Count, Described, Field, Resource, Sentence, Sha256, Slug
from academy.datasets.taken import PartialDay, Taken
from academy.errors import AcademyError, Finding, FindingsError

FILE_NAME = "datapackage.json"
PACKAGE_PROFILE: Literal["https://datapackage.org/profiles/2.0/datapackage.json"] = (
    "https://datapackage.org/profiles/2.0/datapackage.json"
)


class Source(Described):
    """Where the data come from."""

    title: Sentence
    path: Sentence | None = None


class License(Described):
    """What anyone may do with the data."""

    name: Sentence
    title: Sentence
    path: Sentence | None = None


class Portal(Described):
    """Which dataset of which portal a table was compiled from, and how it is asked for."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{4}-[a-z0-9]{4}$")] | None = None
    domain: Sentence
    title: Sentence
    service: Literal["soda", "arcgis"] = "soda"
    layer: Sentence | None = None


class Period(Described):
    """The first and the last day that the rows speak of, in local time."""

    start: datetime.date
    end: datetime.date


class KnownFault(Described):
    """Something that is wrong with the data, what was done about it, and in how many rows.

    ``handling`` is ``repaired`` (the table differs from the portal's; counted over all rows of the
    source), ``shown`` (left as it was found; counted in the table as it lies there) or
    ``unknowable`` (it is there, but the rows can't be told; then ``rows`` is left out). Where
    something else is counted, ``counted_over`` says what: "the tracts".
    """

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    description: Sentence
    handling: Literal["repaired", "shown", "unknowable"]
    what_was_done: Sentence
    rows: Count | None = None
    counted_over: Sentence | None = None


class DroppedRows(Described):
    """Rows of the portal's that are not in the table, and why.

    Their ``keys`` are listed, but for rows whose key itself would say too much.
    """

    reason: Sentence
    rows: Count
    keys: list[str] = Key(default_factory=list)


class MadeFrom(Described):
    """What a dataset was compiled from: a file that left the portal, or another dataset."""

    title: Sentence
    dataset: Slug | None = None
    hash: Sha256


class Descriptor(Described):
    """A Data Package.

    Beside the standard's own properties: ``oneRow`` (what one row is), ``portal``, ``taken`` (the
    day, month or year in which the data left the portal) or ``takenNotBefore`` (the earliest that
    it can have been, where nobody noted the day), ``period``, ``howItWasCut``, ``madeFrom``,
    ``sourceRows`` (how many rows that was), ``notIncluded``, ``knownFaults`` and ``droppedRows``.
    """

    profile: Literal["https://datapackage.org/profiles/2.0/datapackage.json"] = Key(
        PACKAGE_PROFILE, alias="$schema"
    )
    name: Slug
    title: Sentence
    description: Sentence
    homepage: Sentence
    keywords: list[str] = Key(default_factory=list)
    sources: Annotated[list[Source], Key(min_length=1)]
    licenses: Annotated[list[License], Key(min_length=1)]
    one_row: Sentence
    portal: Portal | None = None
    taken: PartialDay | None = None
    taken_not_before: PartialDay | None = None
    period: Period | None = None
    how_it_was_cut: Sentence
    made_from: Annotated[list[MadeFrom], Key(min_length=1)]
    source_rows: Count
    not_included: list[Sentence]
    known_faults: list[KnownFault]
    dropped_rows: list[DroppedRows]
    resources: Annotated[list[Resource], Key(min_length=1)]

    @model_validator(mode="after")
    def _names_are_different(self) -> Self:
        names = [resource.name for resource in self.resources]
        paths = [resource.path for resource in self.resources]
        if len(set(names)) < len(names) or len(set(paths)) < len(paths):
            raise ValueError("two resources share a name or a file")
        return self

    @model_validator(mode="after")
    def _is_dated_once(self) -> Self:
        Taken.of(self.taken, self.taken_not_before)
        return self

    @property
    def resource(self) -> Resource:
        """The first table of the dataset, and of most the only one."""
        return self.resources[0]

    @property
    def fields(self) -> list[Field]:
        """The columns of the first table, in order."""
        return self.resource.fields

    @property
    def when(self) -> Taken:
        """When the data left the portal, as exactly as is known."""
        return Taken.of(self.taken, self.taken_not_before)

    @property
    def rows_left_out(self) -> int:
        """How many of the portal's rows are not in the tables (a sample's are not counted)."""
        return sum(dropped.rows for dropped in self.dropped_rows)

    def to_json(self) -> str:
        """Return the text of ``datapackage.json``: the same bytes for the same descriptor."""
        data = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return json.dumps(_without_empty_constraints(data), indent=2, ensure_ascii=False) + "\n"


def load_descriptor(folder: Path) -> Descriptor:
    """Read and check the descriptor of a dataset's folder.

    Raises
    ------
    AcademyError
        When ``datapackage.json`` is not there, is not JSON, or describes another folder.
    FindingsError
        When it does not fit the model: one finding a mistake, each with its line.
    """
    path = folder / FILE_NAME
    data = _read_json(path)
    try:
        descriptor = Descriptor.model_validate(data)
    except ValidationError:
        raise _with_lines(path) from None
    return descriptor


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_no_doubles)
    except FileNotFoundError:
        raise AcademyError(
            "A dataset's folder must hold a datapackage.json, and this one does not.",
            where=str(path),
            next_step="See `academy data list` for the datasets that are there.",
        ) from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        line = getattr(error, "lineno", None)
        raise AcademyError(
            f"The descriptor is not valid JSON: {getattr(error, 'msg', 'it is not UTF-8 text')}.",
            where=f"{path}, line {line}" if line else str(path),
            kept="Nothing was changed.",
            next_step="Restore the file, or make it anew with `academy data refresh`.",
        ) from None
    except _DoubleKeyError:
        raise _with_lines(path) from None


class _DoubleKeyError(Exception):
    """A JSON object names a key twice; JSON readers would silently keep the last."""


def _no_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) < len(pairs):
        raise _DoubleKeyError
    return data


def _with_lines(path: Path) -> AcademyError:
    """Read the file again with the slow reader that knows the line of every key."""
    from academy.yamlfile import load_yaml

    try:
        load_yaml(path, Descriptor)
    except AcademyError as error:
        return error
    problem = Finding("The descriptor does not fit the Academy's model.", str(path))
    return FindingsError(f"{path} can't be used; nothing was changed.", [problem])


def _without_empty_constraints(value: Any) -> Any:
    """Leave out what says nothing: false, empty constraints, in the file that people read."""
    if isinstance(value, list):
        return [_without_empty_constraints(item) for item in value]
    if not isinstance(value, dict):
        return value
    cleaned = {key: _without_empty_constraints(item) for key, item in value.items()}
    if isinstance(limits := cleaned.get("constraints"), dict):
        cleaned["constraints"] = {k: v for k, v in limits.items() if v is not False}
    return {key: item for key, item in cleaned.items() if key != "constraints" or item}
