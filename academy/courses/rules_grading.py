"""Rules for an assignment's cells that can be told without running them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from academy.courses.answers import (
    FEWEST_ALTERNATIVES,
    FEWEST_MUTANTS,
    Answers,
    CellAnswers,
    load_answers,
)
from academy.courses.course import Course
from academy.courses.files import source_notebooks
from academy.courses.lesson import Cell, Notebook
from academy.courses.rules_notebook import at_cell
from academy.errors import AcademyError, Finding

_SIDE_BAR = "Set it in JupyterLab's nbgrader side bar (Create Assignment)."


def grading_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return what is wrong with a notebook's graded cells, solution cells and tests.

    Parameters
    ----------
    notebook
        The instructor's version.
    shown
        How messages name its file.
    """
    findings = _repeated(notebook, shown)
    for cell in notebook.cells:
        if cell.grader:
            findings += [*_named(cell, shown), *_pointed(cell, shown)]
        if cell.is_test:
            findings += [*_locked(cell, shown), *_silent_asserts(cell, shown)]
        findings += _regions(cell, shown)
    return findings


def _repeated(notebook: Notebook, shown: str) -> list[Finding]:
    counts = Counter(cell.grade_id for cell in notebook.cells if cell.grade_id)
    return [
        Finding(
            f"The grade_id '{name}' stands at {count} cells, and each must have its own.",
            shown,
            "Give the copies another id in JupyterLab's nbgrader side bar.",
        )
        for name, count in counts.items()
        if count > 1
    ]


def _named(cell: Cell, shown: str) -> list[Finding]:
    if re.fullmatch(r"[\w-]+", cell.grade_id):
        return []
    problem = f"The cell's grade_id is '{cell.grade_id}': letters, digits, - and _ are expected."
    return [Finding(problem, at_cell(shown, cell), _SIDE_BAR)]


def _pointed(cell: Cell, shown: str) -> list[Finding]:
    if not cell.is_graded or cell.points > 0:
        return []
    problem = "The cell is graded and gives no points; more than 0 is expected."
    return [Finding(problem, at_cell(shown, cell), _SIDE_BAR)]


def _locked(cell: Cell, shown: str) -> list[Finding]:
    if cell.grader.get("locked"):
        return []
    problem = "The test is not locked, so a learner could change it."
    return [Finding(problem, at_cell(shown, cell), "Mark the cell as 'Autograder tests'.")]


def _silent_asserts(cell: Cell, shown: str) -> list[Finding]:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return []  # A run tells of it; magics are not Python.
    return [
        Finding(
            f"The assert in line {node.lineno} has no message, so a learner would not know what "
            "was expected.",
            at_cell(shown, cell),
            "Write what a right answer looks like after a comma, in the learner's words.",
        )
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and node.msg is None
    ]


def _regions(cell: Cell, shown: str) -> list[Finding]:
    findings = []
    for kind, fits in (("SOLUTION", cell.is_solution), ("HIDDEN TESTS", cell.is_test)):
        begins, ends = (cell.source.count(f"{edge} {kind}") for edge in ("BEGIN", "END"))
        if begins != ends:
            problem = f"{begins} times BEGIN {kind} and {ends} times END {kind}."
            findings.append(Finding(problem, at_cell(shown, cell), "Each needs the other."))
        if begins and not fits:
            cells = "solution cells" if kind == "SOLUTION" else "autograder tests"
            problem = f"BEGIN {kind} stands in a cell where release would not cut it out."
            findings.append(
                Finding(problem, at_cell(shown, cell), f"It belongs in {cells}. {_SIDE_BAR}")
            )
    return findings


def answers_findings(
    course: Course, assignment_id: str, notebooks: list[Notebook]
) -> tuple[Answers | None, list[Finding]]:
    """Read an assignment's answers file and compare it with the solution cells.

    Returns
    -------
    answers : Answers or None
        What it holds; None when it can't be read.
    findings : list of Finding
        Cells without answers, answers without a cell, too few of either kind.
    """
    cells = [cell for one in notebooks for cell in one.code_cells if cell.is_solution]
    file = course.answers_file(assignment_id)
    if not cells and not file.exists():
        return None, []
    shown = f"{course.id}/answers/{file.name}"
    try:
        answers = load_answers(file, shown_as=shown)
    except AcademyError as error:
        return None, list(error.findings)
    known = {cell.grade_id for cell in cells}
    findings = [
        Finding(
            f"It answers '{name}', and no code cell of the assignment is a solution of that name.",
            shown,
            f"The solution cells are: {', '.join(sorted(known)) or 'none'}.",
        )
        for name in answers.cells
        if name not in known
    ]
    for name in sorted(known):
        findings += _too_few(name, answers.cells.get(name, CellAnswers()), shown)
    return answers, findings


def _too_few(name: str, given: CellAnswers, shown: str) -> list[Finding]:
    counts = (
        ("other right answers (alternatives)", len(given.alternatives), FEWEST_ALTERNATIVES),
        ("wrong answers (mutants)", len(given.mutants), FEWEST_MUTANTS),
    )
    return [
        Finding(
            f"'{name}' has {count} {what}, and at least {fewest} are expected.",
            shown,
            "Add answers that learners really gave, each with the reason why.",
        )
        for what, count, fewest in counts
        if count < fewest
    ]


def unlisted_findings(course: Course) -> list[Finding]:
    """Return a finding for each folder in ``source/`` that ``course.yaml`` does not list."""
    source = course.folder / "source"
    listed = {assignment.id for assignment in course.assignments}
    folders: list[Path] = sorted(source.iterdir()) if source.is_dir() else []
    return [
        Finding(
            "This folder is not listed under assignments in course.yaml"
            + ("." if source_notebooks(course.folder, folder.name) else ", and has no notebook."),
            f"{course.id}/source/{folder.name}",
            "List it, or move it away.",
        )
        for folder in folders
        if folder.is_dir() and folder.name not in listed and not folder.name.startswith(".")
    ]
