"""What the exchange does not take, in words for the learner."""

from __future__ import annotations

from typing import Literal

from academy.errors import AcademyError

Kind = Literal["bad_content", "too_large", "too_often", "not_there", "not_allowed", "no_room"]

#: What every refusal says about the learner's work.
KEPT = "Nothing was handed in; your work is in your folder as you left it."


class RefusedError(AcademyError):
    """A submission, or a question, that the exchange refuses.

    Parameters
    ----------
    kind
        What it is about, for programs.
    problem, next_step
        See `academy.errors.AcademyError`.
    """

    def __init__(self, kind: Kind, problem: str, *, kept: str = KEPT, next_step: str = "") -> None:
        self.kind = kind
        super().__init__(problem, kept=kept, next_step=next_step)
