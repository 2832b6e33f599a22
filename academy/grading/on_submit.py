"""Grade what was handed in just now, and return it: ``python -m academy.grading.on_submit COURSE``.

The Academy starts this as the course, behind its wall, when something arrives and when it opens,
and it ends when nothing is left to do. Killed at any moment and started again, it goes on where
it was: the exchange's record says what arrived, the engine's ledger what is graded, and a note of
each try how often that was begun.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

from academy.errors import AcademyError
from academy.grading.arrivals import arrival
from academy.grading.due import NOTHING_HERE, STOPPED, TRY_LATER, due, on_submit
from academy.grading.handouts import has_feedback
from academy.grading.outcomes import Outcome
from academy.grading.policies import load_policies
from academy.grading.reasons import not_graded
from academy.grading.receipts import Receipt, record_of
from academy.grading.tries import begin, failed, never_mind, succeeded
from academy.grading.turns import alone, let_others_first, somebody_waits

#: How long to wait while an instructor grades the assignment.
_PATIENCE_SECONDS = 600.0
#: More than one a processor, so that one who waits for the clock does not keep all others waiting.
_MORE_WORKERS = 2


def grade_arrivals(course_id: str) -> int:
    """Grade and return until nothing is left that was not tried; return the exit code.

    Raises
    ------
    AcademyError
        When nothing can be graded, say because there is no sandbox.
    """
    assignments = [rules.id for rules in on_submit(course_id)]
    if not assignments:
        return NOTHING_HERE
    load_policies()
    tried: set[int] = set()
    while any(_left(course_id, one, tried) for one in assignments):
        for assignment_id in assignments:
            if _left(course_id, assignment_id, tried):
                _grade_in_turn(course_id, assignment_id, tried)
    return TRY_LATER if any(due(course_id, one) for one in assignments) else 0


def _left(course_id: str, assignment_id: str, tried: set[int]) -> list[Receipt]:
    """Return what is due and was not tried by this process."""
    return [one for one in due(course_id, assignment_id) if one.number not in tried]


def _grade_in_turn(course_id: str, assignment_id: str, tried: set[int]) -> None:
    # Imported only now: it takes a second, and mostly there is something to do or nobody waits.
    from academy.grading.session import course_api

    let_others_first(course_id, assignment_id)
    with (
        alone(course_id, assignment_id, _PATIENCE_SECONDS),
        course_api(course_id) as api,
    ):
        # An instructor may have graded some of them meanwhile.
        receipts = _left(course_id, assignment_id, tried)
        _Turn(api, course_id, assignment_id, receipts, tried).do()


class _Turn:
    """Collects, grades and returns some submissions of an assignment.

    Parameters
    ----------
    api
        nbgrader's interface on the course.
    course_id, assignment_id
        The assignment.
    receipts
        The submissions, the newest of each learner.
    tried
        Numbers of all receipts that this process has tried; those of this turn are added.
    """

    def __init__(
        self,
        api: Any,
        course_id: str,
        assignment_id: str,
        receipts: Sequence[Receipt],
        tried: set[int],
    ) -> None:
        self._api = api
        self._names = (course_id, assignment_id)
        self._receipts, self._tried = receipts, tried
        #: Those that are being graded, by learner.
        self._open: dict[str, Receipt] = {}
        self._seen: object = None

    def do(self) -> None:
        """Do it; what fails for one never stops the others."""
        from academy.grading.engine import Options, grade_all

        try:
            self._take_up(self._receipts)
            options = Options(
                workers=(os.cpu_count() or 1) + _MORE_WORKERS,
                learners=frozenset(self._open),
                is_within=True,
                arrived=self._arrived,
            )
            if grade_all(*self._names, options, progress=self._graded).left:
                raise KeyboardInterrupt  # the engine has heard it already
        except (AcademyError, KeyboardInterrupt) as error:
            # The run was stopped, or could not be: that was no try of those who are left.
            for receipt in self._open.values():
                never_mind(*self._names, receipt, str(error))
            raise
        for receipt in list(self._open.values()):
            self._fail(receipt, "It was collected, and then not found.")

    def _take_up(self, receipts: Sequence[Receipt]) -> None:
        """Begin with submissions: note each, and collect it."""
        for receipt in receipts:
            self._tried.add(receipt.number)
            self._open[receipt.learner] = receipt
            begin(*self._names, receipt)
            with self._told(receipt):
                self._collect(receipt)

    def _arrived(self) -> list[str]:
        """Take up what was handed in meanwhile; a learner's newer one when the older is done.

        Where an instructor waits for the turn, it is left for the next one.
        """
        now = (len(record_of(self._names[0]).receipts), tuple(self._open))
        if now == self._seen or somebody_waits(*self._names):
            return []
        self._seen = now
        fresh = [one for one in _left(*self._names, self._tried) if one.learner not in self._open]
        self._take_up(fresh)
        return [one.learner for one in fresh if one.learner in self._open]

    @contextmanager
    def _told(self, receipt: Receipt) -> Iterator[None]:
        """Note what goes wrong with a submission."""
        from traitlets.log import get_logger

        try:
            yield
        except AcademyError as error:
            self._fail(receipt, str(error))
        except Exception as error:  # noqa: BLE001 - it is logged, and the others go on
            get_logger().exception("%s was not graded by itself", receipt.learner)
            self._fail(receipt, f"It did not end ({type(error).__name__}); see .nbgrader.log.")

    def _fail(self, receipt: Receipt, sentence: str) -> None:
        self._open.pop(receipt.learner, None)
        failed(*self._names, receipt, sentence)

    def _collect(self, receipt: Receipt) -> None:
        from academy.grading.submissions import collect_one

        found = arrival(*self._names, receipt.learner)
        outcome = collect_one(self._api, self._names[1], found)
        if not outcome.ok:
            self._fail(receipt, outcome.sentence)

    def _graded(self, _done: int, _total: int, outcome: Outcome | None) -> None:
        """Return the feedback at once, while others are still graded."""
        receipt = self._open.pop(outcome.learner, None) if outcome else None
        if outcome is None or receipt is None:
            return
        with self._told(receipt):
            if outcome.score is not None:
                self._return(receipt)
            elif not_graded(*self._names, receipt.learner, receipt.timestamp):
                succeeded(*self._names, receipt)  # the engine keeps the reason
            else:
                self._fail(receipt, outcome.sentence)

    def _return(self, receipt: Receipt) -> None:
        from academy.grading.submissions import return_one

        outcome = return_one(self._api, self._names[1], receipt.learner)
        if outcome.score is None:
            self._fail(receipt, outcome.sentence)
        elif not has_feedback(receipt):
            self._fail(receipt, "By the course's settings, an older submission counts.")
        else:
            succeeded(*self._names, receipt)
            print(f"Graded and returned: {receipt.course} {receipt.number}", flush=True)


def main() -> None:
    """Grade what arrived in the course that is named."""
    signal.signal(signal.SIGTERM, _stop)
    try:
        sys.exit(grade_arrivals(sys.argv[1]))
    except AcademyError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(STOPPED)


def _stop(_number: int, _frame: Any) -> NoReturn:
    """End as by Ctrl-C, which the engine knows: what is worked out is kept."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
