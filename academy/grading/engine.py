"""Grade the collected submissions of an assignment: several side by side, each once, none lost.

Workers prepare, sanitize and run, each in a folder of the run; this process alone writes the
gradebook and gives each result its place. What is graded and unchanged is not run again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy.exc import OperationalError
from traitlets.log import get_logger

from academy.errors import AcademyError
from academy.forkserver.local import environment_with
from academy.grading import sandbox, staging
from academy.grading.course import course_root
from academy.grading.options import Options
from academy.grading.outcomes import Graded, Outcome, Progress, no_progress
from academy.grading.plan import look_over, make_plan
from academy.grading.reading import why_it_failed
from academy.grading.session import LOG_NAME, course_config
from academy.grading.staging import Job, Result
from academy.grading.submissions import learners_with
from academy.grading.turns import alone
from academy.grading.worker import forget, work
from academy.grading.workers import WorkerEndedError, Workers
from academy.grading.writer import Writer, open_writer

__all__ = ["Options", "grade_all"]

#: How often a submission is tried whose worker or kernel was ended, by itself or from outside.
_TRIES = 2
#: How often it is looked whether something has arrived, where that is asked for.
_LOOK_SECONDS = 0.5


def grade_all(
    course_id: str,
    assignment_id: str,
    options: Options | None = None,
    *,
    progress: Progress = no_progress,
) -> Graded:
    """Grade what was collected.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    options
        How it is done.
    progress
        Called after each learner.

    Raises
    ------
    AcademyError
        When the assignment is being graded already, or submissions can't be run safely here.
    """
    options = options or Options()
    config = course_config(course_id)
    with (
        alone(
            course_id, assignment_id, options.patience_seconds, is_within=options.is_within
        ) as folder,
        open_writer(course_id, config) as writer,
    ):
        run = _Run(course_id, assignment_id, options, writer, progress)
        run.prepare(folder)
        run.do()
        staging.clear(folder)
        return Graded(run.outcomes(), run.left, run.notes)


class _Run:
    """One run over the submissions of an assignment."""

    def __init__(
        self, course_id: str, assignment_id: str, options: Options, writer: Writer, told: Progress
    ) -> None:
        self.course_id = course_id
        self.assignment_id = assignment_id
        self.options = options
        self.notes: tuple[str, ...] = ()
        self._writer = writer
        self._told = told
        collected = learners_with(course_id, "submitted", assignment_id)
        only = options.learners
        self._learners = [one for one in collected if only is None or one in only]
        self._found: dict[str, Outcome] = {}
        self._jobs: list[Job] = []
        self._tries: dict[str, int] = {}

    @property
    def left(self) -> int:
        """How many submissions have no outcome yet."""
        return len(self._learners) - len(self._found)

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return what became of the submissions, by learner."""
        return tuple(self._found[name] for name in self._learners if name in self._found)

    def prepare(self, folder: Path) -> None:
        """Find out what is to be done; finish what an earlier run has left."""
        self._told(0, len(self._learners), None)
        plan = make_plan(
            self.course_id,
            self.assignment_id,
            self._learners,
            folder,
            self._writer.gradebook,
            again=self.options.again,
            is_part=self.options.learners is not None,
        )
        self._jobs = plan.jobs
        for outcome in plan.known:
            self._tell(outcome)
        for job, result in plan.half_done:
            self._save(job, result)

    def do(self) -> None:
        """Run what is to be run, and save each result as it comes."""
        if not self._jobs:
            return
        with ExitStack() as stack:
            try:
                executor = stack.enter_context(self._executor())
                self._pass(executor)
            except KeyboardInterrupt:
                get_logger().warning("Stopped; %d submissions are left", self.left)

    @contextmanager
    def _executor(self) -> Iterator[Executor]:
        with ExitStack() as stack:
            executor = self.options.executor
            if executor is None:
                count = self.options.workers or os.cpu_count() or 1
                # They get ready while the maker of sandboxes does.
                most = count if self.options.arrived else len(self._jobs)
                executor = workers = Workers(min(count, most))
                stack.callback(workers.shutdown, cancel_futures=True)
            else:
                stack.callback(forget)
            ways = stack.enter_context(sandbox.at_hand(unsafe=self.options.is_unsafe))
            stack.enter_context(environment_with(ways.variables))
            self.notes = ways.reasons
            yield executor

    def _pass(self, executor: Executor) -> None:
        """Pass the submissions on; take what comes back, whatever it is."""
        waiting: dict[Future[Any], Job] = {executor.submit(work, job): job for job in self._jobs}
        try:
            while waiting:
                for job in self._arrived():
                    waiting[executor.submit(work, job)] = job
                seconds = _LOOK_SECONDS if self.options.arrived else None
                done, _ = wait(waiting, timeout=seconds, return_when=FIRST_COMPLETED)
                for future in done:
                    job = waiting.pop(future)
                    if self._is_worth_another_try(job, future):
                        waiting[executor.submit(work, job)] = job
                    else:
                        self._take(job, future)
        finally:
            for future in waiting:
                future.cancel()

    def _arrived(self) -> list[Job]:
        """Return what has come meanwhile and is to be run."""
        learners = self.options.arrived() if self.options.arrived else ()
        if not learners:
            return []
        for learner in learners:
            self._tries.pop(learner, None)
            self._found.pop(learner, None)
        self._learners = sorted({*self._learners, *learners})
        names = (self.course_id, self.assignment_id)
        known, jobs = look_over(*names, learners, self._jobs[0].run, self._writer.gradebook)
        for outcome in known:
            self._tell(outcome)
        return jobs

    def _is_worth_another_try(self, job: Job, future: Future[Any]) -> bool:
        """Return whether worker or kernel ended, which may not be the submission's doing."""
        learner = job.entry.learner
        self._tries[learner] = self._tries.get(learner, 0) + 1
        error = future.exception()
        has_ended = isinstance(error, WorkerEndedError) or (
            error is None and future.result().ended_kernel
        )
        return has_ended and self._tries[learner] < _TRIES

    def _take(self, job: Job, future: Future[Any]) -> None:
        error = future.exception()
        if isinstance(error, WorkerEndedError):
            self._tell(_worker_ended(job))
        elif isinstance(error, AcademyError):
            self._tell(Outcome(job.entry.learner, False, str(error)))
        elif error is not None:
            get_logger().error("The work did not end for %s", job.entry.learner, exc_info=error)
            self._tell(_not_ended(job))
        else:
            self._save(job, future.result())

    def _save(self, job: Job, result: Result) -> None:
        learner = job.entry.learner
        try:
            outcome = self._writer.save(job, result)
        except OperationalError as error:
            # What was worked out is kept: the next run gives it its place.
            why = why_it_failed({"error": f"{type(error).__name__}: {error}"})
            outcome = Outcome(learner, False, f"Graded, and not yet saved: {why}")
        except Exception:  # noqa: BLE001 - it is logged, and the others go on
            get_logger().exception("The result could not be saved for %s", learner)
            staging.discard(job)
            outcome = _not_ended(job)
        self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        self._found[outcome.learner] = outcome
        self._told(len(self._found), len(self._learners), outcome)


def _worker_ended(job: Job) -> Outcome:
    sentence = (
        f"Not graded: the process that graded it was ended {_TRIES} times, perhaps for want of "
        "memory. The submission is kept; grade again, or look at it by hand."
    )
    return Outcome(job.entry.learner, False, sentence)


def _not_ended(job: Job) -> Outcome:
    sentence = (
        "This step did not end for this learner; the submission is kept. "
        f"What happened stands in {course_root(job.course_id) / LOG_NAME}."
    )
    return Outcome(job.entry.learner, False, sentence)
