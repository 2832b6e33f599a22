from __future__ import annotations

from attacks.catalogue import attacks
from attacks.measured import measured
from attacks.table import PAGE, with_table


def test_the_page_shows_what_was_measured_of_every_attempt() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert list(measured()) == list(attacks), "run: .venv/bin/python tests/attacks/table.py"
    assert page == with_table(page), "run: .venv/bin/python tests/attacks/table.py --write"


def test_there_are_enough_attempts_and_each_says_what_it_tries() -> None:
    assert len(attacks) >= 35
    for one in attacks.values():
        assert one.aim.endswith("."), one.name


def test_what_must_hold_holds_and_some_of_it_fools_plain_nbgrader() -> None:
    results = measured()
    must = [results[name] for name, one in attacks.items() if one.kind == "must hold"]

    assert not any(one.succeeds_here for one in must)
    assert any(one.succeeds_in_stock for one in must)
