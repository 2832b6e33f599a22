"""The four steps of grading, each over nbgrader's own: release, collect, grade, return."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from typing import Any

from traitlets.log import get_logger

from academy.errors import AcademyError
from academy.grading.arrivals import arrivals
from academy.grading.course import (
    assignment_rules,
    course_root,
    released_notebooks,
    step_folder,
)
from academy.grading.engine import Options, grade_all
from academy.grading.gradebook import set_due_date
from academy.grading.outcomes import Graded, Outcome, Progress, StepResult, no_progress
from academy.grading.policies import load_policies
from academy.grading.reading import why_it_failed
from academy.grading.receipts import record_of
from academy.grading.session import LOG_NAME, course_api, logged_to
from academy.grading.submissions import (
    collect_one,
    learners_with,
    return_one,
)
from academy.grading.turns import PATIENCE_SECONDS, alone


def release(course_id: str, assignment_id: str) -> StepResult:
    """Make the learners' version of an assignment and put it where they fetch it.

    Releasing again replaces what is there; learners who have fetched it keep their copy.

    Raises
    ------
    AcademyError
        When there is no such assignment, or nbgrader refuses it.
    """
    rules = assignment_rules(course_id, assignment_id)
    _require_source(course_id, assignment_id)
    with course_api(course_id) as api:
        set_due_date(course_id, assignment_id, rules.due)
        require(api.generate_assignment(assignment_id), course_id, assignment_id)
        require(api.release_assignment(assignment_id), course_id, assignment_id)
    names = ", ".join(f"'{name}.ipynb'" for name in released_notebooks(course_id, assignment_id))
    return StepResult(
        "release",
        course_id,
        assignment_id,
        f"'{assignment_id}' is released ({names}); learners fetch it from Assignment List.",
    )


def _require_source(course_id: str, assignment_id: str) -> None:
    folder = step_folder(course_id, "source", ".", assignment_id)
    if not any(folder.glob("*.ipynb")):
        raise AcademyError(
            f"The assignment '{assignment_id}' has no notebook.",
            where=str(folder),
            kept="Nothing was changed.",
            next_step="Put its notebook, with solutions and tests, into that folder.",
        )


def require(result: dict[str, Any], course_id: str, assignment_id: str) -> None:
    """Raise in plain words what kept nbgrader from making a learners' version.

    Raises
    ------
    AcademyError
        When it was not made.
    """
    if result["success"]:
        return
    raise AcademyError(
        f"'{assignment_id}' was not released: {why_it_failed(result)}",
        where=str(course_root(course_id) / LOG_NAME),
        kept="What learners have fetched is unchanged.",
        next_step="Mend that in the assignment's notebook and release it again.",
    )


def collect(course_id: str, assignment_id: str, *, progress: Progress = no_progress) -> StepResult:
    """Copy each learner's newest submission from the exchange into the course.

    Which is the newest, and whose it is, says the exchange's record. The exchange keeps every
    submission that was ever made; this changes nothing there.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    progress
        Called after each learner.
    """
    assignment_rules(course_id, assignment_id)
    with alone(course_id, assignment_id, PATIENCE_SECONDS), course_api(course_id) as api:
        found = arrivals(course_id, assignment_id)
        outcomes = _each(
            course_id,
            sorted(found),
            lambda learner: collect_one(api, assignment_id, found[learner]),
            progress,
        )
    sentence = f"{_count(outcomes)} handed in '{assignment_id}'."
    outcomes += tuple(Outcome("record", False, fault) for fault in record_of(course_id).faults)
    return StepResult("collect", course_id, assignment_id, sentence, outcomes)


def grade(
    course_id: str,
    assignment_id: str,
    *,
    again: bool = False,
    workers: int = 0,
    executor: Executor | None = None,
    unsafe: bool = False,
    progress: Progress = no_progress,
) -> StepResult:
    """Run and score the collected submissions, several side by side.

    What is graded and unchanged is not run again, so a run that was stopped is continued by
    another one.

    Parameters
    ----------
    course_id, assignment_id
        The assignment; it must have been released.
    again
        Whether submissions that were graded before are run once more. Marks and comments
        that a person gave are kept either way.
    workers
        How many are run at once; 0 for one a processor.
    executor
        What runs the work, instead of processes of this machine.
    unsafe
        Whether submissions may be run without a sandbox where there can be none.
    progress
        Called after each learner.
    """
    load_policies()  # told at once where it is wrong, and not for each learner
    assignment_rules(course_id, assignment_id)
    if not released_notebooks(course_id, assignment_id):
        raise AcademyError(
            f"'{assignment_id}' was not released, so there is nothing to compare with.",
            where=str(step_folder(course_id, "release", ".", assignment_id)),
            kept="Nothing was changed.",
            next_step=f"Run: academy course release {course_id} {assignment_id}",
        )
    options = Options(again, workers, executor, unsafe, patience_seconds=PATIENCE_SECONDS)
    with logged_to(course_root(course_id) / LOG_NAME):
        done = grade_all(course_id, assignment_id, options, progress=progress)
    return _graded(course_id, assignment_id, done)


def _graded(course_id: str, assignment_id: str, done: Graded) -> StepResult:
    sentence = f"Graded '{assignment_id}': {_count(done.outcomes)}."
    if done.left:
        sentence = (
            f"Stopped: {len(done.outcomes)} submissions of '{assignment_id}' are done and saved, "
            f"{done.left} are left. 'academy course grade {course_id} {assignment_id}' goes on."
        )
    sentence = " ".join([sentence, *map(_unsafe, done.notes)])
    is_stopped = done.left > 0
    return StepResult("grade", course_id, assignment_id, sentence, done.outcomes, is_stopped)


def _unsafe(reason: str) -> str:
    return f"What learners handed in was run without a sandbox, because {reason}."


def return_feedback(
    course_id: str, assignment_id: str, *, progress: Progress = no_progress
) -> StepResult:
    """Write each graded learner's feedback page and put it where they fetch it.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    progress
        Called after each learner.
    """
    assignment_rules(course_id, assignment_id)
    learners = learners_with(course_id, "autograded", assignment_id)
    with alone(course_id, assignment_id, PATIENCE_SECONDS), course_api(course_id) as api:
        outcomes = _each(
            course_id, learners, lambda learner: return_one(api, assignment_id, learner), progress
        )
    sentence = f"Returned '{assignment_id}': {_count(outcomes)}."
    return StepResult("return", course_id, assignment_id, sentence, outcomes)


def _each(
    course_id: str,
    learners: Sequence[str],
    action: Callable[[str], Outcome],
    progress: Progress,
) -> tuple[Outcome, ...]:
    """Do something for each learner; what goes wrong for one never stops the others."""
    outcomes: list[Outcome] = []
    progress(0, len(learners), None)
    for learner in learners:
        try:
            outcome = action(learner)
        except AcademyError as error:
            outcome = Outcome(learner, False, str(error))
        except Exception:  # noqa: BLE001 - it is logged, and the others go on
            outcome = _not_ended(course_id, learner)
        outcomes.append(outcome)
        progress(len(outcomes), len(learners), outcome)
    return tuple(outcomes)


def _not_ended(course_id: str, learner: str) -> Outcome:
    """Log the exception that is being handled, and say where it can be read."""
    get_logger().exception("The step did not end for %s", learner)
    sentence = (
        "This step did not end for this learner; the submission is kept. "
        f"What happened stands in {course_root(course_id) / LOG_NAME}."
    )
    return Outcome(learner, False, sentence)


def _count(outcomes: Iterable[Outcome]) -> str:
    every = list(outcomes)
    look = sum(not outcome.ok for outcome in every)
    count = f"{len(every)} learner{'' if len(every) == 1 else 's'}"
    return f"{count}, {look} of them need a look" if look else count
