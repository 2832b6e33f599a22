"""What every value of a field must keep to, as checks on the text that stands in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

from academy.datasets.schema import Field

_TRUTHS = {"true", "false", "True", "False", "TRUE", "FALSE", "1", "0"}
LONGEST_TEXT = 10_000

Check = Callable[[str], bool]


def checks(field: Field) -> Iterator[tuple[str, Check]]:
    """Yield each check with the problem in words: the type first, as the others build on it."""
    limits = field.constraints
    parse = _PARSERS[field.type]
    yield (
        f"{field.name} has more than {LONGEST_TEXT:,} characters",
        lambda v: len(v) <= LONGEST_TEXT,
    )
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


def first_problem(field: Field) -> Callable[[str], str | None]:
    """Return a function that says what is wrong with a value, or None."""
    all_checks = list(checks(field))

    def problem_of(value: str) -> str | None:
        return next((problem for problem, holds in all_checks if not holds(value)), None)

    return problem_of


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


def _day(value: str) -> date:
    if len(value) != len("2016-08-12"):
        raise ValueError(value)
    return date.fromisoformat(value)


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
    "date": _day,
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
