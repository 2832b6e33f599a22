"""How each question of an assignment did: who got it right, what it tells, what went wrong."""

from __future__ import annotations

import json
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from academy.grading.course import assignment_rules, course_root, released_notebooks
from academy.grading.hidden import without_colours
from academy.grading.scores import MARK, reading, rows

#: Under so many learners, chance alone would decide what is said about discrimination.
FEWEST_LEARNERS = 10

#: How many of the commonest wrong results of a question are told, and how long each may be.
MOST_WRONG = 5
LONGEST_TEXT = 200

_FULL = 1e-9

_MARKS = f"""
SELECT submitted_assignment.student_id AS learner, notebook.name AS notebook,
       base_cell.name AS question, {MARK} AS points,
       coalesce(grade_cells.max_score, task_cells.max_score, 0.0) AS most
FROM grade
JOIN base_cell ON base_cell.id = grade.cell_id
LEFT JOIN grade_cells ON grade_cells.id = base_cell.id
LEFT JOIN task_cells ON task_cells.id = base_cell.id
JOIN notebook ON notebook.id = base_cell.notebook_id
JOIN assignment ON assignment.id = notebook.assignment_id
JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
WHERE assignment.name = :assignment
  AND coalesce(grade.manual_score, grade.auto_score) IS NOT NULL
"""  # noqa: S608 - the only thing put in is a constant

#: A question: its notebook and its cell.
Question = tuple[str, str]


@dataclass(frozen=True)
class Wrong:
    """One wrong result of a check, and how many learners had it."""

    text: str
    count: int


@dataclass(frozen=True)
class Item:
    """How one question did.

    Parameters
    ----------
    notebook, question
        The notebook, and the ``grade_id`` of the cell that gives the points.
    learners
        How many learners have a mark on it.
    share_right
        The share of them with all points.
    mean_share
        The mean share of its points.
    discrimination
        The point-biserial correlation of getting it right with the points on all other
        questions, from -1 to 1; ``None`` under `FEWEST_LEARNERS` or where all did alike.
    wrong
        The commonest wrong results, the commonest first.
    """

    notebook: str
    question: str
    learners: int
    share_right: float
    mean_share: float
    discrimination: float | None
    wrong: tuple[Wrong, ...] = ()

    @property
    def sentence(self) -> str:
        """A summary."""
        told = f"{self.question}: {self.share_right:.0%} of {self.learners} got all points"
        told += f", {self.mean_share:.0%} of the points on average; "
        if self.discrimination is not None:
            return f"{told}discrimination {self.discrimination:.2f}."
        if self.learners < FEWEST_LEARNERS:
            return f"{told}discrimination is not told for fewer than {FEWEST_LEARNERS} learners."
        return f"{told}no discrimination, as all did alike on it or on the rest."

    def as_dict(self) -> dict[str, Any]:
        """Return the item as plain fields."""
        return asdict(self)


@dataclass(frozen=True)
class _Mark:
    learner: str
    points: float
    most: float

    @property
    def is_right(self) -> bool:
        return self.points >= self.most - _FULL


def analyse(course_id: str, assignment_id: str) -> list[Item]:
    """Return how each question did, in the order of the assignment.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.

    Raises
    ------
    AcademyError
        When there is no such live course or assignment, or the gradebook can't be read.
    """
    assignment_rules(course_id, assignment_id)
    marks: dict[Question, list[_Mark]] = defaultdict(list)
    totals: dict[str, float] = defaultdict(float)
    with reading(course_id) as connection:
        for row in rows(connection, _MARKS, assignment=assignment_id):
            mark = _Mark(row["learner"], row["points"], row["most"])
            marks[row["notebook"], row["question"]].append(mark)
            totals[mark.learner] += mark.points
    wrong = _wrong_results(course_id, assignment_id)
    return [
        _item(question, marks[question], totals, wrong.get(question, Counter()))
        for question in _in_order(course_id, assignment_id, marks)
    ]


def _item(
    question: Question,
    marks: Sequence[_Mark],
    totals: Mapping[str, float],
    wrong: Counter[str],
) -> Item:
    right = [mark.is_right for mark in marks]
    rest = [totals[mark.learner] - mark.points for mark in marks]
    shares = [mark.points / mark.most if mark.most else 1.0 for mark in marks]
    enough = len(marks) >= FEWEST_LEARNERS
    return Item(
        *question,
        len(marks),
        sum(right) / len(marks),
        sum(shares) / len(marks),
        point_biserial(right, rest) if enough else None,
        tuple(Wrong(text, count) for text, count in wrong.most_common(MOST_WRONG)),
    )


def point_biserial(right: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Return the correlation of a yes or no with a number; ``None`` where one of them is constant.

    ``r = (mean of the yes - mean of the no) / s * sqrt(p * q)``, with the standard deviation ``s``
    of all (dividing by n) and the shares ``p`` and ``q`` of yes and no. It is Pearson's r.

    Parameters
    ----------
    right
        Whether each learner got the question right.
    rest
        Each learner's points on all other questions.
    """
    n, yes = len(right), sum(right)
    mean = sum(rest) / n if n else 0.0
    deviation = math.sqrt(sum((one - mean) ** 2 for one in rest) / n) if n else 0.0
    if yes in (0, n) or deviation < _FULL:
        return None
    of_yes = sum(one for one, is_right in zip(rest, right, strict=True) if is_right) / yes
    of_no = sum(one for one, is_right in zip(rest, right, strict=True) if not is_right) / (n - yes)
    return (of_yes - of_no) / deviation * math.sqrt(yes / n * (n - yes) / n)


def _in_order(
    course_id: str, assignment_id: str, marks: Mapping[Question, object]
) -> list[Question]:
    """Return the questions as they stand in the released notebooks; others come last."""
    places: dict[Question, int] = {}
    for name, path in released_notebooks(course_id, assignment_id).items():
        for cell in _cells(path):
            places[name, _grade_id(cell)] = len(places)
    return sorted(marks, key=lambda one: (places.get(one, len(places)), one))


def _wrong_results(course_id: str, assignment_id: str) -> dict[Question, Counter[str]]:
    """Count the errors of failed checks in the graded notebooks; nobody's name is kept."""
    found: dict[Question, Counter[str]] = defaultdict(Counter)
    folder = course_root(course_id) / "autograded"
    for path in sorted(folder.glob(f"[!.]*/{assignment_id}/*.ipynb")):
        learner = path.parent.parent.name
        for cell in _cells(path):
            for text in _errors(cell):
                found[path.stem, _grade_id(cell)][_nameless(text, learner)] += 1
    return found


def _cells(path: Path) -> list[dict[str, Any]]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if _grade_id(cell)]


def _grade_id(cell: Mapping[str, Any]) -> str:
    return str(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))


def _errors(cell: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a failed check said: the name of its error and the first line of it."""
    if not cell["metadata"]["nbgrader"].get("grade"):
        return
    for output in cell.get("outputs", []):
        if output.get("output_type") == "error":
            said = without_colours(str(output.get("evalue", ""))).strip().splitlines()
            yield f"{output.get('ename', 'Error')}: {said[0]}" if said else str(output["ename"])
            return


def _nameless(text: str, learner: str) -> str:
    hidden = re.sub(rf"(?<!\w){re.escape(learner)}(?!\w)", "(the learner)", text)
    return hidden if len(hidden) <= LONGEST_TEXT else f"{hidden[: LONGEST_TEXT - 3]}..."
