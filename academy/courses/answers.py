"""An assignment's answers file: other right answers, and wrong ones that learners really give."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from academy.yamlfile import load_yaml

FEWEST_ALTERNATIVES = 2
FEWEST_MUTANTS = 5


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(_Strict):
    """One answer: the whole source of the solution cell, and why somebody writes it."""

    why: Annotated[str, Field(min_length=1)]
    code: Annotated[str, Field(min_length=1)]


class CellAnswers(_Strict):
    """The answers to one solution cell."""

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
