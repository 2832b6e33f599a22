"""An assignment's answers file: hints, other right answers, and wrong ones that learners give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from academy.yamlfile import load_yaml

#: A question, a place to look, almost the answer.
HINTS = 3
FEWEST_ALTERNATIVES = 2
FEWEST_MUTANTS = 5


def _three_or_none(hints: tuple[str, ...]) -> tuple[str, ...]:
    if len(hints) not in (0, HINTS):
        raise ValueError(f"expected {HINTS} hints, each a step nearer, and found {len(hints)}.")
    return hints


Hints = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], AfterValidator(_three_or_none)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(_Strict):
    """One answer: the whole source of the solution cell, and why somebody writes it."""

    why: Annotated[str, Field(min_length=1)]
    code: Annotated[str, Field(min_length=1)]


class CellAnswers(_Strict):
    """What belongs to one solution cell; of it, learners get the hints alone."""

    hints: Hints = ()
    alternatives: tuple[Answer, ...] = ()
    mutants: tuple[Answer, ...] = ()


class Answers(_Strict):
    """The answers of an assignment, by the ``grade_id`` of the solution cell."""

    cells: dict[str, CellAnswers]


def load_answers(path: Path, *, shown_as: str) -> Answers:
    """Read an answers file.

    Raises
    ------
    AcademyError
        When it is not there or does not fit.
    """
    return load_yaml(path, Answers, shown_as=shown_as)
