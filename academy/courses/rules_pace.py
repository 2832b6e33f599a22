"""Rules for a learner's time: how long a notebook takes, and how soon there is something to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from academy.courses.lesson import Cell, Notebook
from academy.courses.rules_lesson import plain_sentences
from academy.courses.rules_notebook import at_cell
from academy.errors import Finding

WORDS_A_MINUTE = 200
MINUTES_A_CELL = 2
MINUTES_AN_EXERCISE = 4
#: Adults' reading speeds lie mostly within a quarter of the middle, and so may what is told.
TOLERANCE = 0.25
#: Below this a rounding to five minutes is more than the tolerance.
LEEWAY_MINUTES = 5
FIRST_EXERCISE = 10
BETWEEN_EXERCISES = 20

# A heading that gives the learner something to do: Check 2, Exercise 1, Your turn.
_EXERCISE = re.compile(r"(?im)^#{2,6}\s+(check|exercise|your turn)\b")


@dataclass(frozen=True)
class Step:
    """A cell on a learner's way through a notebook.

    Parameters
    ----------
    cell
        The cell.
    begins
        The minute at which a learner comes to it.
    minutes
        What it takes.
    exercises
        How many exercises begin in it.
    """

    cell: Cell
    begins: float
    minutes: float
    exercises: int


def steps(notebook: Notebook) -> list[Step]:
    """Return a learner's way: 200 words a minute, 2 minutes a code cell, 4 an exercise.

    Folded cells are run and not read, and neither are the cells in which an exercise is solved,
    tested or hinted at: they belong to its four minutes.
    """
    begins, found = 0.0, []
    is_exercise = False
    for cell in notebook.cells:
        exercises = len(_EXERCISE.findall(cell.source)) if cell.kind == "markdown" else 0
        own = cell.kind == "code" and is_exercise
        minutes = _minutes(cell, is_part=own) + exercises * MINUTES_AN_EXERCISE
        found.append(Step(cell, begins, minutes, exercises))
        begins += minutes
        is_exercise = bool(exercises) or (own and (cell.is_solution or _is_folded(cell)))
    return found


def _minutes(cell: Cell, *, is_part: bool) -> float:
    if cell.kind == "markdown":
        model_answer = cell.is_solution
        return 0.0 if model_answer else _words(cell) / WORDS_A_MINUTE
    is_read = cell.kind == "code" and not (is_part or _is_folded(cell) or cell.is_solution)
    return MINUTES_A_CELL if is_read and not _is_hint(cell) else 0.0


def _words(cell: Cell) -> int:
    # Hints are for those who ask.
    plain = re.sub(r"(?s)<details>.*?</details>", "", cell.source)
    return sum(len(sentence.split()) for sentence in plain_sentences(plain))


def _is_folded(cell: Cell) -> bool:
    found = cell.metadata.get("jupyter")
    return isinstance(found, dict) and bool(found.get("source_hidden"))


def _is_hint(cell: Cell) -> bool:
    lines = [line for line in cell.source.split("\n") if not line.lstrip().startswith("#")]
    return "".join(lines).strip() in ("", "from academy.lessons import hint")


def counted_minutes(notebook: Notebook) -> float:
    """Return how long a notebook takes, as counted.

    An assignment is what stands before its first exercise, and its exercises: each takes the
    minutes that it tells, reading it included, or four.
    """
    way = steps(notebook)
    if not notebook.graded_cells:
        return sum(step.minutes for step in way)
    first = next((at for at, step in enumerate(way) if step.exercises), 0)
    before = sum(step.minutes for step in way[:first])
    told = told_minutes(notebook)
    untold = max(0, sum(step.exercises for step in way) - len(told))
    return before + sum(told) + untold * MINUTES_AN_EXERCISE


def told_minutes(notebook: Notebook) -> list[int]:
    """Return the minutes that the exercises of an assignment tell, as in *3 minutes, 2 points*."""
    text = "\n".join(cell.source for cell in notebook.prose_cells)
    return [int(number) for number in re.findall(r"[*_](\d+) minutes?\b", text)]


def time_findings(notebook: Notebook, minutes: int, shown: str) -> list[Finding]:
    """Return a finding when a notebook takes another time than ``course.yaml`` tells.

    Parameters
    ----------
    notebook
        The notebook.
    minutes
        What ``course.yaml`` gives it.
    shown
        How messages name it.
    """
    counted = counted_minutes(notebook)
    if abs(counted - minutes) <= max(LEEWAY_MINUTES, TOLERANCE * counted):
        return []
    problem = (
        f"course.yaml gives it {minutes} minutes, and {counted:.0f} are counted "
        f"({WORDS_A_MINUTE} words a minute, {MINUTES_A_CELL} minutes a code cell that is read, "
        f"{MINUTES_AN_EXERCISE} an exercise that tells no minutes)."
    )
    return [Finding(problem, shown, "Shorten it, or tell the minutes that it takes.")]


def pace_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return a finding where a lesson leaves a learner without something to do for too long.

    The first exercise begins within ten minutes, and no two are more than twenty apart; nor is
    the end from the last.
    """
    way = steps(notebook)
    last, most, findings = 0.0, FIRST_EXERCISE, []
    for step, begins in [*_with_exercises(way), (None, sum(one.minutes for one in way))]:
        if round(begins - last) > most:
            where = at_cell(shown, step.cell) if step else shown
            findings.append(_too_late(begins - last, last, most, where))
        last = begins + (step.exercises * MINUTES_AN_EXERCISE if step else 0)
        most = BETWEEN_EXERCISES
    return findings


def _with_exercises(way: list[Step]) -> Iterator[tuple[Step, float]]:
    """The cells with exercises, and the minute at which the first of theirs begins."""
    for step in way:
        if step.exercises:
            yield step, step.begins + step.minutes - step.exercises * MINUTES_AN_EXERCISE


def _too_late(gap: float, last: float, most: int, where: str) -> Finding:
    since = "From the start" if last == 0 else f"After minute {last:.0f}"
    problem = (
        f"{since} a learner reads for {gap:.0f} minutes without an exercise, and at most {most} "
        "are wanted."
    )
    next_step = "Put a heading 'Check 1: ...' with a small task before this place, or shorten it."
    return Finding(problem, where, next_step)
