"""Rules that need a run: right answers pass, the blank and wrong answers do not."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

from academy.courses.answers import Answers
from academy.courses.facts import Facts
from academy.courses.lesson import Cell, Notebook
from academy.courses.rules_facts import value_findings
from academy.courses.rules_mutants import Caught, mutants_findings
from academy.courses.rules_notebook import at_cell
from academy.courses.runner import CellResult, Trial
from academy.courses.running import run_notebook
from academy.errors import AcademyError, Finding

Results = dict[int, CellResult]


@dataclass(frozen=True)
class Version:
    """A version of a notebook: which cells differ, and what its tests should say."""

    kind: Literal["blank", "alternative", "mutant"]
    why: str
    cell: Cell
    sources: dict[int, str]


def lesson_run_findings(notebook: Notebook, facts: Facts | None, shown: str) -> list[Finding]:
    """Run a lesson and return a finding for each cell that fails, else for each wrong number."""
    try:
        run = run_notebook(notebook, facts=facts)
    except AcademyError as error:
        return list(error.findings)
    failing = _failing(notebook, run.versions[0], "fails", shown)
    return failing or [
        *value_findings(notebook, facts, run.values, shown),
        *_faults(notebook, run.versions[0], shown),
    ]


def assignment_run_findings(
    notebook: Notebook, answers: Answers | None, facts: Facts | None, shown: str
) -> list[Finding]:
    """Run an assignment in all its versions.

    The instructor's version and every alternative must pass each test. The released blank must
    fail each test, for a test that it passes gives points for nothing. Every mutant must run,
    and fail at least one test.

    Parameters
    ----------
    notebook
        The instructor's version.
    answers
        The assignment's answers file.
    facts
        The notebook's facts file.
    shown
        How messages name the notebook.
    """
    try:
        versions = [*_blank(notebook), *_answered(notebook, answers)]
        run = run_notebook(notebook, [_trial(notebook, one) for one in versions], facts)
    except AcademyError as error:
        return list(error.findings)
    own, *others = run.versions
    findings = _failing(notebook, own, "of the instructor's version fails", shown)
    findings += _own_points(notebook, own, shown)
    if findings:
        return findings  # With a broken instructor's version the others would tell nothing new.
    findings += value_findings(notebook, facts, run.values, shown)
    findings += _faults(notebook, own, shown)
    caught = []
    for version, results in zip(versions, others, strict=True):
        findings += _judge(notebook, version, results, shown)
        by = _refusing(notebook, results) if version.kind == "mutant" else None
        if by:
            caught.append(Caught(version.why, version.cell, results[version.cell.number], by))
    return findings + mutants_findings(notebook, own, caught, shown)


def _blank(notebook: Notebook) -> list[Version]:
    """The notebook as learners get it, but with the hidden tests, as the grader runs it."""
    import nbformat
    from nbgrader.preprocessors import ClearSolutions

    solutions = [cell for cell in notebook.code_cells if cell.is_solution]
    if not solutions:
        return []
    text = json.dumps(notebook.data)
    content = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]
    try:
        cleared, _ = ClearSolutions().preprocess(content, {})
    except (RuntimeError, ValueError) as error:
        raise AcademyError(
            f"nbgrader can't clear the solutions: {error}",
            where=notebook.path.name,
            next_step="Mend the cells that it names.",
        ) from None
    sources = {cell.number: str(cleared.cells[cell.number - 1].source) for cell in solutions}
    return [Version("blank", "", solutions[0], sources)]


def _answered(notebook: Notebook, answers: Answers | None) -> list[Version]:
    versions = []
    for cell in notebook.code_cells:
        given = answers.cells.get(cell.grade_id) if answers and cell.is_solution else None
        if given is None:
            continue
        for one in given.alternatives:
            versions.append(Version("alternative", one.why, cell, {cell.number: one.code}))
        for one in given.mutants:
            versions.append(Version("mutant", one.why, cell, {cell.number: one.code}))
    return versions


def _trial(notebook: Notebook, version: Version) -> Trial:
    is_told_by_one = version.kind != "blank"
    tests = tuple(cell.number for cell in _tests(notebook)) if is_told_by_one else ()
    return Trial(version.sources, tests)


def _failing(notebook: Notebook, results: Results, words: str, shown: str) -> list[Finding]:
    return [
        Finding(
            f"The cell {words}: {results[cell.number].error}.",
            at_cell(shown, cell),
            "Run it in JupyterLab with Kernel, Restart Kernel and Run All Cells.",
        )
        for cell in notebook.code_cells
        if results[cell.number].error and "raises-exception" not in cell.metadata.get("tags", [])
    ]


def _faults(notebook: Notebook, results: Results, shown: str) -> list[Finding]:
    """What the notebook shows and not everybody can take in."""
    return [
        Finding(
            f"The cell {fault}.",
            at_cell(shown, cell),
            "Show it with show(figure, alt=...) or show_map(the_map, table=...) of academy.plots.",
        )
        for cell in notebook.code_cells
        for fault in results[cell.number].faults
    ]


def _own_points(notebook: Notebook, results: Results, shown: str) -> list[Finding]:
    return [
        Finding(
            "The test runs without an error and would not give all its points, because it "
            "writes to the error stream or ends with a smaller number.",
            at_cell(shown, cell),
            "nbgrader takes warnings for a failure; mend what is warned of.",
        )
        for cell in _tests(notebook)
        if not results[cell.number].error and not _passes(cell, results)
    ]


def _tests(notebook: Notebook) -> list[Cell]:
    return [cell for cell in notebook.cells if cell.is_test]


def _passes(cell: Cell, results: Results) -> bool:
    """Whether nbgrader would give all points: no error, nothing on stderr, no smaller number."""
    result = results.get(cell.number)
    if result is None:
        return True  # an earlier failure ended the run
    is_full = result.value is None or not 0 <= result.value < cell.points
    return not result.error and not result.has_stderr and is_full


def _judge(notebook: Notebook, version: Version, results: Results, shown: str) -> list[Finding]:
    if not results:
        problem = f"The {_name(version)} ended its process."
        return [Finding(problem, at_cell(shown, version.cell), "Take out what ends it.")]
    judges = {"blank": _judge_blank, "alternative": _judge_alternative, "mutant": _judge_mutant}
    return judges[version.kind](notebook, version, results, shown)


def _refusing(notebook: Notebook, results: Results) -> CellResult | None:
    """The first test that refuses a version."""
    refusing = [cell for cell in _tests(notebook) if not _passes(cell, results)]
    return results[refusing[0].number] if refusing else None


def _name(version: Version) -> str:
    kinds = {"blank": "released version", "alternative": "right answer", "mutant": "wrong answer"}
    return f"{kinds[version.kind]} '{version.why}'" if version.why else kinds[version.kind]


def _judge_blank(
    notebook: Notebook, _version: Version, results: Results, shown: str
) -> list[Finding]:
    return [
        Finding(
            "The released version passes this test, so points would be given for nothing.",
            at_cell(shown, cell),
            "Test what the learner has to make, by its name and its value.",
        )
        for cell in _tests(notebook)
        if _passes(cell, results)
    ]


def _judge_alternative(
    notebook: Notebook, version: Version, results: Results, shown: str
) -> list[Finding]:
    own = results[version.cell.number]
    if own.error:
        return [_does_not_run(version, own, shown)]
    return [
        Finding(
            f"The {_name(version)} to '{version.cell.grade_id}' is refused: "
            f"{results[cell.number].error or 'not all points'}.",
            at_cell(shown, cell),
            "Let the test accept it, or take the answer out if it is wrong.",
        )
        for cell in _tests(notebook)
        if cell.number in results and not _passes(cell, results)
    ]


def _judge_mutant(
    notebook: Notebook, version: Version, results: Results, shown: str
) -> list[Finding]:
    own = results[version.cell.number]
    if own.error:
        return [_does_not_run(version, own, shown)]
    ran = [cell for cell in _tests(notebook) if cell.number in results]
    if any(not _passes(cell, results) for cell in ran):
        return []
    return [
        Finding(
            f"The {_name(version)} passes every test.",
            at_cell(shown, version.cell),
            "Add a test that refuses it and tells the learner why.",
        )
    ]


def _does_not_run(version: Version, own: CellResult, shown: str) -> Finding:
    return Finding(
        f"The {_name(version)} does not run: {own.error}.",
        at_cell(shown, version.cell),
        "Correct its code in the answers file: an answer must run to be judged.",
    )
