from __future__ import annotations

import re

import pytest

from academy.hub import names


@pytest.mark.parametrize("name", ["ana", "ben-2", "a" + "b" * 31, "x--"])
def test_well_formed(name: str) -> None:
    assert names.is_well_formed(name)
    assert re.match(names.PATTERN, name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "ab",
        "Ana",
        "1ana",
        "-ana",
        "ana!",
        "a*",
        "bob:x:0:0",
        "../x",
        "ana\n",
        "än-na",
        "a" * 33,
        "ana b",
        "a" * 300,
        "ana/../ben",
        "ana\x00",
    ],
)
def test_ill_formed(name: str) -> None:
    assert not names.is_well_formed(name)


def test_reserved_names() -> None:
    reserved = names.reserved_names(["start-here"])

    assert {"root", "admin", "hub", "daemon", "start-here"} <= reserved
    assert "ana" not in reserved
