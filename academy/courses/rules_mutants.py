"""Rules for an exercise's wrong answers together: their kinds, and that tests tell them apart."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from academy.courses.answers import FEWEST_MUTANTS
from academy.courses.lesson import Cell, Notebook
from academy.courses.rules_notebook import at_cell
from academy.courses.runner import CellResult
from academy.errors import Finding

#: A test that one sentence makes up teaches little: wrong answers meet so many asserts at least.
FEWEST_ASSERTS = 3


@dataclass(frozen=True)
class Caught:
    """A wrong answer that the tests refuse.

    Parameters
    ----------
    why
        The misconception behind it.
    cell
        The solution cell that it stands in.
    own
        What running it gave.
    by
        What the first test gave that refuses it.
    """

    why: str
    cell: Cell
    own: CellResult
    by: CellResult


def mutants_findings(
    notebook: Notebook, own: dict[int, CellResult], caught: Sequence[Caught], shown: str
) -> list[Finding]:
    """Return what is wrong with the wrong answers of each exercise, taken together.

    At least five have the kind of value that is asked for, so that the value is tested and not
    only its type. No two are caught by the same assert and told the same: each stands for a
    misconception of its own. And they meet several asserts.

    Parameters
    ----------
    notebook
        The instructor's version.
    own
        What running it gave, by cell.
    caught
        The wrong answers that are refused.
    shown
        How messages name the notebook.
    """
    tests = [cell for cell in notebook.cells if cell.is_test]
    findings = []
    for cell in notebook.code_cells:
        group = [one for one in caught if one.cell == cell]
        if len(group) >= FEWEST_MUTANTS:
            kinds = _tested(own[cell.number].kinds, tests)
            findings += [*_kinds(group, kinds, shown), *_asserts(group, shown)]
            findings += _told_the_same(group, shown)
    return findings


def _tested(kinds: dict[str, str], tests: Sequence[Cell]) -> dict[str, str]:
    """The names that the tests look at, as a name or in quote marks; all where they name none."""
    named = {name for cell in tests for name in _names(cell.source)}
    return {name: kind for name, kind in kinds.items() if name in named} or kinds


def _names(source: str) -> set[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return set()
    quoted = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    return quoted | {node.id for node in nodes if isinstance(node, ast.Name)}


def _kinds(group: list[Caught], wanted: dict[str, str], shown: str) -> list[Finding]:
    others = [one for one in group if any(_other(one, *pair) for pair in wanted.items())]
    if len(group) - len(others) >= FEWEST_MUTANTS:
        return []
    names = ", ".join(f"{name} is a {kind}" for name, kind in wanted.items())
    return [
        Finding(
            f"Only {len(group) - len(others)} wrong answers to '{group[0].cell.grade_id}' give the "
            f"right kind of value ({names}), and at least {FEWEST_MUTANTS} are expected.",
            at_cell(shown, group[0].cell),
            f"Add some that have the right kind and the wrong value, beside '{others[0].why}'.",
        )
    ]


def _other(one: Caught, name: str, kind: str) -> bool:
    return one.own.kinds.get(name, "nothing") != kind


def _asserts(group: list[Caught], shown: str) -> list[Finding]:
    count = len({(one.by.cell, one.by.line) for one in group})
    if count >= FEWEST_ASSERTS:
        return []
    return [
        Finding(
            f"All wrong answers to '{group[0].cell.grade_id}' meet only {count} of the asserts, "
            f"and at least {FEWEST_ASSERTS} are expected.",
            at_cell(shown, group[0].cell),
            "Give each misconception an assert with a sentence of its own, or add wrong answers "
            "of other kinds.",
        )
    ]


def _told_the_same(group: list[Caught], shown: str) -> list[Finding]:
    told = defaultdict(list)
    for one in group:
        told[one.by.cell, one.by.line, one.by.error].append(one.why)
    return [
        Finding(
            f"{_and(whys)}, wrong answers to '{group[0].cell.grade_id}', are caught by the same "
            "assert alone and told the same.",
            at_cell(shown, group[0].cell),
            f"Let a test tell them apart, or leave one out. They are told: {error[:160]}",
        )
        for (_, _, error), whys in told.items()
        if len(whys) > 1
    ]


def _and(whys: list[str]) -> str:
    return " and ".join(f"'{why}'" for why in whys)
