from __future__ import annotations

import pytest

from attacks import tampering
from attacks.catalogue import CHECK, POINTS, Attack, Cell, attacks
from attacks.measured import measured
from attacks.running import run_here

assert tampering  # its attempts are in the catalogue as soon as it is imported

MUST_HOLD = [one for one in attacks.values() if one.kind == "must hold"]
CANNOT_HOLD = [one for one in attacks.values() if one.kind == "cannot hold"]


@pytest.mark.parametrize("one", MUST_HOLD, ids=lambda one: one.name)
def test_no_points_for(one: Attack) -> None:
    assert run_here(one).points == 0


@pytest.mark.parametrize("one", CANNOT_HOLD, ids=lambda one: one.name)
def test_what_cannot_hold_is_noticed_as_often_as_the_page_says(one: Attack) -> None:
    result, written = run_here(one), measured()[one.name]

    if written.is_noticed:
        assert result.words
    if not written.succeeds_here:
        assert result.points == 0


def honest() -> list[Attack]:
    """Every set of the course's cells once, with a right answer."""
    right: Cell = ("answer", "def add(a, b):\n    return a + b\n")
    found: dict[object, Attack] = {}
    for one in attacks.values():
        cells = tuple(cell for cell in one.cells if cell[0] != "answer")
        found.setdefault(cells, Attack(one.name, one.aim, (right, *cells), one.kind))
    return list(found.values())


@pytest.mark.parametrize("one", honest(), ids=lambda one: one.name)
def test_a_right_answer_passes_the_last_check_and_nobody_is_suspected(one: Attack) -> None:
    result = run_here(one)

    assert result.points >= POINTS
    assert result.words == ()


def test_the_usual_check_gives_points_for_a_right_answer_only() -> None:
    wrong = Attack("wrong", "", (("answer", "add = max"), ("check", CHECK)), "must hold")
    right = Attack("right", "", (("answer", "add = int.__add__"), ("check", CHECK)), "must hold")

    assert (run_here(wrong).points, run_here(right).points) == (0, POINTS)
