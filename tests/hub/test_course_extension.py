from __future__ import annotations

import pytest

from academy.hub.course_extension import is_allowed


@pytest.mark.parametrize(
    "arguments",
    [
        ["course", "grade", "tiny", "counting", "--again"],
        ["course", "grade", "tiny", "counting", "--workers=2", "--resume"],
        ["grade", "status", "tiny"],
        ["grade", "status", "tiny", "counting", "--json"],
        ["grade", "audit", "tiny", "--json"],
        ["grade", "export", "tiny"],
        ["grade", "items", "tiny", "counting"],
    ],
)
def test_an_instructor_may_have_the_course_do(arguments: list[str]) -> None:
    assert is_allowed(arguments, "tiny")


@pytest.mark.parametrize(
    "arguments",
    [
        ["course", "grade", "tiny", "counting", "--unsafe"],
        ["grade", "status", "other"],
        ["grade", "grade", "tiny"],
        ["course", "audit", "tiny"],
        ["data", "status", "tiny"],
        ["grade", "export", "tiny", "--out"],
        ["grade", "export", "tiny", "/etc/passwd"],
        ["grade", "status"],
        ["grade", ["status"], "tiny"],
    ],
)
def test_and_nothing_else(arguments: list[str]) -> None:
    assert not is_allowed(arguments, "tiny")
