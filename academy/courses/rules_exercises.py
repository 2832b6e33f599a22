"""Rules for what an assignment tells a learner: points, minutes and hints of each exercise."""

from __future__ import annotations

import re

from academy.courses.answers import HINTS, Answers
from academy.courses.lesson import Cell, Notebook
from academy.courses.rules_notebook import at_cell
from academy.courses.rules_pace import told_minutes
from academy.errors import Finding

SHORTEST, LONGEST = 2, 5

_EXERCISE_POINTS = re.compile(r"\b\d+ minutes?, (\d+) points?\b")
_ALL_POINTS = re.compile(r"\b(?:get|earn|worth|gives?|for) (?:up to )?\**(\d+)\** points\b")


def points_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return a finding where the text tells other points than nbgrader gives.

    Looked at are the points of the exercises ("*3 minutes, 2 points.*") together, and the points
    of the whole ("you can get 10 points").
    """
    text = "\n".join(cell.source for cell in notebook.prose_cells if not cell.is_solution)
    each = [int(points) for points in _EXERCISE_POINTS.findall(text)]
    told = [("the exercises together", sum(each))] if each else []
    told += [("the text", int(points)) for points in _ALL_POINTS.findall(text)]
    return [
        Finding(
            f"The graded cells give {notebook.points:g} points, and {who} tell{_s(who)} {points}.",
            shown,
            "Correct the text, or the points in JupyterLab's nbgrader side bar.",
        )
        for who, points in told
        if points != notebook.points
    ]


def _s(who: str) -> str:
    return "" if who.endswith("together") else "s"


def length_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return a finding for each exercise that tells less than two minutes, or more than five."""
    return [
        Finding(
            f"An exercise tells {minutes} minutes, and {SHORTEST} to {LONGEST} are wanted.",
            shown,
            "Split it, or let it ask for less.",
        )
        for minutes in told_minutes(notebook)
        if not SHORTEST <= minutes <= LONGEST
    ]


def hint_findings(notebook: Notebook, answers: Answers | None, shown: str) -> list[Finding]:
    """Return a finding for each graded exercise that has no three hints.

    Hints stand in the answers file, or fold out in the text before the solution cell.
    """
    return [
        Finding(
            f"The exercise '{cell.grade_id}' has no {HINTS} hints: one that asks, one that points, "
            "one that shows a similar case.",
            at_cell(shown, cell),
            "Write them under hints in the answers file, with a cell for hint() below the answer.",
        )
        for cell in notebook.code_cells
        if cell.is_solution and not _has_hints(cell, notebook, answers)
    ]


def _has_hints(cell: Cell, notebook: Notebook, answers: Answers | None) -> bool:
    given = answers.cells.get(cell.grade_id) if answers else None
    before = [one for one in notebook.prose_cells if one.number < cell.number]
    folded = before[-1].source.count("<details>") if before else 0
    return bool(given and given.hints) or folded >= HINTS
