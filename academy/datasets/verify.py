"""Check a table against its descriptor and say every fault, with the rows that have it."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from academy.datasets.descriptor import Descriptor, load_descriptor
from academy.datasets.load import mismatch, read_verified
from academy.datasets.schema import Field, Schema
from academy.errors import AcademyError, Finding

_SHOWN_ROWS = 5
_SHOWN_CHARACTERS = 60
_TRUTHS = {"true", "false", "True", "False", "TRUE", "FALSE", "1", "0"}


def verify_folder(folder: Path) -> list[Finding]:
    """Check a dataset's folder: descriptor, hash, header, types, constraints and key.

    Returns
    -------
    list of Finding
        Every fault that was found; none for a sound dataset.
    """
    try:
        descriptor = load_descriptor(folder)
    except AcademyError as error:
        return list(error.findings)
    path = folder / descriptor.resource.path
    try:
        content = read_verified(folder, descriptor)
    except AcademyError as error:
        if not path.is_file():
            return list(error.findings)
        content = path.read_bytes()
        return [*mismatch(path, descriptor, content).findings, *table_findings(content, descriptor)]
    return table_findings(content, descriptor)


def table_findings(content: bytes, descriptor: Descriptor) -> list[Finding]:
    """Check a table's bytes against the fields that its descriptor promises.

    Row numbers count the rows of data from 1; the header is not among them.
    """
    where = descriptor.resource.path
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return [Finding("The file is not UTF-8 text.", f"{where}, line {line}")]
    except csv.Error as error:
        return [Finding(f"The file can't be read as CSV: {error}.", where)]
    header = rows[0] if rows else []
    expected = [field.name for field in descriptor.fields]
    if header != expected:
        problem = f"The header should be {', '.join(expected)}, and is {', '.join(header)}."
        hidden = " It begins with a byte-order mark." if content.startswith(b"\xef\xbb\xbf") else ""
        return [Finding(problem + hidden, f"{where}, line 1")]
    return _row_findings(rows[1:], descriptor)


# A problem in words, the row that has it, and the value found there.
Fault = tuple[str, int, str]
NumberedRows = list[tuple[int, list[str]]]


def _row_findings(rows: list[list[str]], descriptor: Descriptor) -> list[Finding]:
    where, width = descriptor.resource.path, len(descriptor.fields)
    numbered = list(enumerate(rows, start=1))
    whole = [(number, row) for number, row in numbered if len(row) == width]
    faults: list[Fault] = [
        (f"A row should have {width} values, and has {len(row)}", number, "")
        for number, row in numbered
        if len(row) != width
    ]
    for place, field in enumerate(descriptor.fields):
        column = [(number, row[place]) for number, row in whole]
        faults += _column_faults(column, field, descriptor.resource.table_schema.missing_values)
    faults += _key_faults(whole, descriptor.resource.table_schema)
    findings = _findings(faults, where)
    if len(rows) != descriptor.resource.rows:
        problem = f"There should be {descriptor.resource.rows:,} rows, and there are {len(rows):,}."
        findings.insert(0, Finding(problem, where))
    return findings


def _column_faults(
    column: list[tuple[int, str]], field: Field, missing: list[str]
) -> Iterator[Fault]:
    seen: set[str] = set()
    checks = list(_checks(field))
    for number, value in column:
        if value in missing:
            if field.constraints.required:
                yield f"{field.name} is blank, and must not be", number, value
            continue
        if field.constraints.unique and value in seen:
            yield f"{field.name} repeats a value of an earlier row, and must not", number, value
        seen.add(value)
        problem = next((problem for problem, holds in checks if not holds(value)), None)
        if problem:
            yield problem, number, value


def _key_faults(rows: NumberedRows, schema: Schema) -> Iterator[Fault]:
    names = [field.name for field in schema.fields]
    places = [names.index(name) for name in schema.primary_key]
    if not places or (len(places) == 1 and schema.fields[places[0]].constraints.unique):
        return
    seen: set[tuple[str, ...]] = set()
    for number, row in rows:
        key = tuple(row[place] for place in places)
        if key in seen:
            names_of_key = ", ".join(schema.primary_key)
            yield f"The key ({names_of_key}) repeats an earlier row's", number, ", ".join(key)
        seen.add(key)


Check = Callable[[str], bool]


def _checks(field: Field) -> Iterator[tuple[str, Check]]:
    """Yield what every value must keep to: the type first, as the others build on it."""
    limits = field.constraints
    parse = _PARSERS[field.type]
    yield f"{field.name} is not {_TYPE_NAMES[field.type]}", _parses(parse)
    if field.categories is not None:
        categories = set(field.categories)
        yield f"{field.name} is none of its {len(categories)} categories", categories.__contains__
    if limits.pattern is not None:
        pattern = re.compile(limits.pattern)
        yield f"{field.name} does not match its pattern", lambda v: bool(pattern.search(v))
    if (low := limits.minimum) is not None:
        least = parse(str(low))
        yield f"{field.name} is less than {low}", lambda v: parse(v) >= least
    if (high := limits.maximum) is not None:
        most = parse(str(high))
        yield f"{field.name} is more than {high}", lambda v: parse(v) <= most


def _parses(parse: Callable[[str], object]) -> Check:
    def holds(value: str) -> bool:
        try:
            parse(value)
        except ValueError:
            return False
        return True

    return holds


def _whole_number(value: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", value):
        raise ValueError(value)
    return int(value)


def _truth(value: str) -> str:
    if value not in _TRUTHS:
        raise ValueError(value)
    return value


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(value)
    return moment


_PARSERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "integer": _whole_number,
    "number": float,
    "boolean": _truth,
    "date": date.fromisoformat,
    "datetime": _moment,
}
_TYPE_NAMES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a date (YYYY-MM-DD)",
    "datetime": "a time with its offset (ISO 8601)",
}


def _findings(faults: Iterable[Fault], where: str) -> list[Finding]:
    """One finding a kind of fault, with its first value, its first rows and how many more."""
    rows: dict[str, list[int]] = defaultdict(list)
    first: dict[str, str] = {}
    for problem, number, value in faults:
        rows[problem].append(number)
        first.setdefault(problem, f" (found '{value[:_SHOWN_CHARACTERS]}')" if value else "")
    return [
        Finding(f"{problem}{first[problem]}.", f"{where}, {_rows(numbers)}")
        for problem, numbers in rows.items()
    ]


def _rows(numbers: list[int]) -> str:
    first = ", ".join(map(str, numbers[:_SHOWN_ROWS]))
    more = len(numbers) - _SHOWN_ROWS
    noun = "row" if len(numbers) == 1 else "rows"
    return f"{noun} {first} and {more:,} more" if more > 0 else f"{noun} {first}"
