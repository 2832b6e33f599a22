"""What a grading step did: one outcome a learner, in words for the instructor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Outcome:
    """What a step did with one learner's submission.

    Parameters
    ----------
    learner
        The learner's user name.
    ok
        Whether all was as expected; otherwise the instructor should have a look.
    sentence
        What was found and what was done about it.
    score, max_score
        Points, where the step knows them.
    """

    learner: str
    ok: bool
    sentence: str
    score: float | None = None
    max_score: float | None = None


@dataclass(frozen=True)
class StepResult:
    """What a step did with an assignment.

    Parameters
    ----------
    step
        ``release``, ``amend``, ``collect``, ``grade`` or ``return``.
    course_id, assignment_id
        The assignment.
    sentence
        A summary.
    outcomes
        One a learner, in the order of their names; none for ``release`` and ``amend``.
    is_stopped
        Whether somebody stopped it before it was done.
    """

    step: str
    course_id: str
    assignment_id: str
    sentence: str
    outcomes: tuple[Outcome, ...] = ()
    is_stopped: bool = False

    @property
    def needs_look(self) -> tuple[Outcome, ...]:
        """The outcomes that the instructor should have a look at."""
        return tuple(outcome for outcome in self.outcomes if not outcome.ok)

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain fields, for ``--json``."""
        return asdict(self)


@dataclass(frozen=True)
class Graded:
    """What a run of the engine did.

    Parameters
    ----------
    outcomes
        One a learner, in the order of their names.
    left
        How many were not reached, because the run was stopped.
    notes
        What the instructor should know of the run as a whole.
    """

    outcomes: tuple[Outcome, ...]
    left: int = 0
    notes: tuple[str, ...] = ()


#: Called with how many learners are done, how many there are, and the newest outcome.
Progress = Callable[[int, int, Outcome | None], None]


def no_progress(_done: int, _total: int, _outcome: Outcome | None) -> None:
    """Show nothing."""
