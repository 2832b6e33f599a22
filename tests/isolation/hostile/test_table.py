from __future__ import annotations

import re

from isolation.hostile.catalogue import attempt
from isolation.hostile.judges import JUDGES
from isolation.hostile.table import PAGE, with_table


def test_the_page_shows_exactly_the_catalogue() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert page == with_table(page), "run: .venv/bin/python tests/isolation/hostile/table.py"
    # Other tables of the page have attempts of their own.
    told = set(re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE))
    assert set(attempt.attempts) <= told


def test_there_are_enough_attempts_and_each_says_what_it_tries() -> None:
    assert len(attempt.attempts) >= 40
    for one in attempt.attempts.values():
        assert one.tries.endswith("."), one.name


def test_what_succeeds_behind_the_walls_says_why() -> None:
    for one in attempt.attempts.values():
        assert one.behind == "held" or one.note, one.name


def test_every_judge_judges_an_attempt() -> None:
    assert set(JUDGES) <= set(attempt.attempts)
