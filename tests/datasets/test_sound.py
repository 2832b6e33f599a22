"""What is found sound at one look is sound value by value."""

from __future__ import annotations

from typing import Any

import pytest

from academy.datasets.checks import first_problem
from academy.datasets.schema import Constraints, Field
from academy.datasets.sound import all_sound

VALUES = [
    *("0", "7", "007", "-3", "+5", "1.5", "-91.123456", "1e5", ".5", "5.", "nan", "inf", "1_000"),
    *("9" * 18, "9" * 19, "1" * 10_001, "1." + "0" * 10_001, "٣", "1 ", " 1", "1\n", "x", "-", "+"),
    *("2016-08-12", "2016-02-30", "2016-13-01", "0000-01-01", "0001-01-01", "20160812", "2016-8-1"),
    *("2016-02-29", "2015-02-29", "9999-12-31", "2016-08-12\n", "2016-08-12T00:00:00"),
    *("2016-08-12T10:00:00-05:00", "2016-08-12T24:00:00-05:00", "2016-08-12T10:60:00-05:00"),
    *("2016-08-12T10:00:61-05:00", "2016-08-12T10:00:00-24:00", "2016-08-12T10:00:00-05:60"),
    *("2016-02-30T10:00:00-05:00", "2016-08-12 10:00:00-05:00", "2016-08-12T10:00:00Z"),
    *("2016-08-12T10:00:00.5-05:00", "2016-08-12T10:00:00-0500", "2016-08-12T10:00:60-05:00"),
    *("true", "a text", "\ud800", "--5", "+-5", "++5", "1e400", "12-05-2016"),
]
LIMITS: list[dict[str, Any]] = [{}, {"minimum": 1}, {"maximum": 6}, {"minimum": -4, "maximum": 8}]


def fields() -> list[Field]:
    made = [
        Field(name="n", title="n", type=kind, description="n", constraints=Constraints(**limits))  # type: ignore[arg-type]
        for kind in ("integer", "number")
        for limits in LIMITS
    ]
    days = [{}, {"minimum": "2016-01-01"}, {"maximum": "2016-01-01"}]
    made += [
        Field(name="d", title="d", type="date", description="d", constraints=Constraints(**limits))  # type: ignore[arg-type]
        for limits in days
    ]
    zone = "America/Chicago"
    return [*made, Field(name="t", title="t", type="datetime", description="t", timezone=zone)]


@pytest.mark.parametrize("field", fields(), ids=lambda each: f"{each.type}-{each.constraints}")
def test_nothing_wrong_is_found_sound(field: Field) -> None:
    problem_of = first_problem(field)
    for value in VALUES:
        if all_sound([value], field):
            assert problem_of(value) is None, value


@pytest.mark.parametrize("field", fields(), ids=lambda each: f"{each.type}-{each.constraints}")
def test_one_wrong_value_among_good_ones_is_seen(field: Field) -> None:
    problem_of = first_problem(field)
    good = [value for value in VALUES if all_sound([value], field)]
    for value in (each for each in VALUES if problem_of(each) is not None):
        assert not all_sound([*good, value], field), value


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", ["0", "7", "-3", "+5", "9" * 18]),
        ("number", ["0", "1.5", "-91.123456", "30.45"]),
        ("date", ["2016-08-12", "2016-02-29"]),
        ("datetime", ["2016-08-12T10:00:00-05:00", "2012-07-10T16:33:00-06:00"]),
    ],
)
def test_what_tables_hold_is_found_sound_at_one_look(kind: str, values: list[str]) -> None:
    field = Field(name="n", title="n", type=kind, description="n", timezone="America/Chicago")  # type: ignore[arg-type]
    assert all_sound(values, field)


def test_texts_are_looked_at_one_by_one() -> None:
    field = Field(name="n", title="n", type="string", description="n")
    assert not all_sound(["a"], field)
    assert all_sound([], field)
