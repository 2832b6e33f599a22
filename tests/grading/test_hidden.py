from __future__ import annotations

import pytest

from academy.grading.hidden import own_message, says_any, split_source, telling_lines

CHECK = (
    "assert total == 3, 'total should be 3'\n"
    "### BEGIN HIDDEN TESTS\n"
    "assert secret_sum(total) == 7, f'{total} is off'\n"
    "x = 1\n"
    "### END HIDDEN TESTS\n"
    "done = True"
)


def test_a_source_is_split_into_visible_and_hidden_lines() -> None:
    visible, hidden = split_source(CHECK)

    assert visible == "assert total == 3, 'total should be 3'\ndone = True"
    assert hidden == "assert secret_sum(total) == 7, f'{total} is off'\nx = 1"


def test_what_follows_an_unclosed_region_is_hidden() -> None:
    assert split_source("a\n# BEGIN HIDDEN TESTS\nb\nc") == ("a", "b\nc")


def test_only_lines_that_tell_something_count_as_secret() -> None:
    assert telling_lines([CHECK]) == {"assert secret_sum(total) == 7, f'{total} is off'"}


def test_a_hidden_line_that_learners_see_elsewhere_is_no_secret() -> None:
    assert telling_lines([CHECK, "assert secret_sum(total) == 7, f'{total} is off'"]) == set()


@pytest.mark.parametrize(
    "output",
    [
        {"text": "In: assert secret_sum(total) == 7 and more"},
        {"data": {"text/html": "<b>\x1b[31massert \x1b[0msecret_sum(total) == 7</b>"}},
        {"traceback": ["a", "  assert secret_sum(total) == 7"]},
        {"data": {"text/plain": "['assert secret_sum(total) == 7']"}},
    ],
)
def test_a_secret_is_found_anywhere_in_an_output(output: object) -> None:
    assert says_any(output, {"assert secret_sum(total) == 7"})
    assert not says_any(output, {"assert another_sum(total) == 7"})


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("AssertionError", "total should be 3", "total should be 3"),
        ("AssertionError", "12 is off", "12 is off"),
        ("AssertionError", "", None),
        ("AssertionError", "Series are different: [1, 2, 3]", None),
        ("ValueError", "total should be 3", None),
        ("NameError", "name 'secret_sum' is not defined", None),
    ],
)
def test_only_an_asserts_own_message_is_passed_on(
    name: str, value: str, expected: str | None
) -> None:
    assert own_message(CHECK, name, value) == expected


def test_a_source_that_is_not_python_has_no_messages() -> None:
    assert own_message("assert (", "AssertionError", "x") is None
