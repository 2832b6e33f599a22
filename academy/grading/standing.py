"""Where each submission stands, from handed in to returned, and why where it is stuck."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from academy.grading.admission import course_folder
from academy.grading.course import course_root
from academy.grading.handouts import is_partial
from academy.grading.reasons import not_collected, not_graded
from academy.grading.receipts import Receipt, Record, record_of
from academy.grading.scores import Score, read_scores
from academy.grading.tries import trouble

#: A learner and an assignment.
Key = tuple[str, str]

State = Literal[
    "to_collect", "to_grade", "to_mark", "graded", "returned", "refused", "replaced", "scoreless"
]

#: What each state means, after "3 submissions are" or "it is".
WORDS: dict[State, str] = {
    "returned": "graded and returned",
    "graded": "graded, and not returned yet",
    "to_mark": "waiting for the instructor's marks",
    "to_grade": "waiting to be graded",
    "to_collect": "waiting to be collected",
    "refused": "without a score, for a reason",
    "replaced": "replaced by a newer one",
    "scoreless": "graded, but without a score in the gradebook",
}


_PARTIAL = "A partial score was returned."


@dataclass(frozen=True)
class Standing:
    """Where one submission stands.

    Parameters
    ----------
    state
        See `WORDS`.
    why
        The reason in a sentence where it is ``refused``; what it waits for where it waits.
    score
        What the gradebook holds, where that is about this submission.
    """

    state: State
    why: str = ""
    score: Score | None = None


@dataclass(frozen=True)
class Classwork:
    """What a course's folders, its gradebook and the exchange say, all read at one moment.

    Parameters
    ----------
    course_id
        The course.
    receipts
        Every submission in the exchange, in the order of arrival.
    scores
        What the gradebook holds.
    collected, autograded
        The time of each submission that is in nbgrader's folder of that name.
    returned
        Names of the submissions that feedback was returned on.
    """

    course_id: str
    receipts: Sequence[Receipt]
    scores: Mapping[Key, Score]
    collected: Mapping[Key, str]
    autograded: Mapping[Key, str]
    returned: frozenset[str]

    def newest(self) -> dict[Key, Receipt]:
        """Return the last receipt of each learner and assignment."""
        return {(one.learner, one.assignment): one for one in self.receipts}

    def by_receipt(self) -> Iterator[tuple[Receipt, Standing]]:
        """Yield where each submission of the exchange stands, in the order of arrival."""
        newest = self.newest()
        for receipt in self.receipts:
            key = (receipt.learner, receipt.assignment)
            is_newest = newest[key] is receipt
            yield receipt, self._of_receipt(key, receipt, newest[key], is_newest)

    def _of_receipt(self, key: Key, receipt: Receipt, newest: Receipt, is_newest: bool) -> Standing:
        time = receipt.timestamp
        if is_newest or time in (self.collected.get(key), self.autograded.get(key)):
            return self.standing(key, time, receipt)
        return Standing("replaced", f"Submission {newest.number} is newer, and counts.")

    def standing(self, key: Key, time: str, receipt: Receipt | None) -> Standing:
        """Return where a submission stands.

        Parameters
        ----------
        key
            Whose it is, and of which assignment.
        time
            When it was made, as its time file says.
        receipt
            Its receipt; ``None`` where it did not come through the exchange.
        """
        if time == self.autograded.get(key):
            return self._graded(key, time, receipt)
        if time == self.collected.get(key):
            learner, assignment = key
            why = not_graded(self.course_id, assignment, learner, time)
            return Standing("refused", why) if why else self._waiting("to_grade", key, time)
        why = not_collected(receipt) if receipt else ""
        return Standing("refused", why) if why else self._waiting("to_collect", key, time)

    def _waiting(self, state: State, key: Key, time: str) -> Standing:
        """Return that a submission waits, and what went wrong where it is graded on submit."""
        why, is_last_word = trouble(self.course_id, key[1], key[0], time)
        return Standing("refused" if is_last_word else state, why)

    def _graded(self, key: Key, time: str, receipt: Receipt | None) -> Standing:
        score = self.scores.get(key)
        if score is None or not _is_about(score, time):
            return Standing("scoreless", "It was graded, but the gradebook has no score of it.")
        is_returned = receipt is not None and receipt.folder in self.returned
        if score.waiting:
            cells = ", ".join(f"'{name}'" for name in score.waiting)
            why = f"To be marked by hand: {cells}."
            return Standing("to_mark", f"{why} {_PARTIAL}" if is_returned else why, score)
        if receipt is not None and is_returned:
            if is_partial(self.course_id, receipt.folder):
                return Standing("graded", _PARTIAL, score)
            return Standing("returned", "", score)
        return Standing("graded", trouble(self.course_id, key[1], key[0], time)[0], score)


def _is_about(score: Score, time: str) -> bool:
    """Tell whether a score is of the submission made at a time, as far as the two say it."""
    try:
        moment = datetime.fromisoformat(time.removesuffix(" UTC")).replace(tzinfo=UTC)
    except ValueError:
        # A person wrote the time file, in one of the many ways that nbgrader reads.
        return True
    return score.submitted_at == moment


def classwork(
    course_id: str, assignment_id: str = "", *, record: Record | None = None
) -> Classwork:
    """Read where everything stands in a course.

    Parameters
    ----------
    course_id
        The course.
    assignment_id
        Only this assignment; all when empty.
    record
        The course's receipts, where they were read already.

    Raises
    ------
    AcademyError
        When there is no such live course, or its gradebook can't be read.
    """
    receipts = (record or record_of(course_id)).receipts
    wanted = [one for one in receipts if assignment_id in ("", one.assignment)]
    collected = _times(course_id, "submitted", assignment_id)
    autograded = _times(course_id, "autograded", assignment_id)
    return Classwork(
        course_id,
        wanted,
        # After the folders: what is graded at this moment gets its score before its folder.
        read_scores(course_id, assignment_id),
        collected,
        autograded,
        frozenset(_names(str(course_folder(course_id) / "feedback"))),
    )


def _times(course_id: str, step: str, assignment_id: str) -> dict[Key, str]:
    """Return the time of every submission in one of nbgrader's folders."""
    root = str(course_root(course_id) / step)
    found: dict[Key, str] = {}
    for learner in _names(root):
        place = f"{root}/{learner}"
        for assignment in [assignment_id] if assignment_id else _names(place):
            time = _time(f"{place}/{assignment}")
            if time is not None:
                found[learner, assignment] = time
    return found


def _names(folder: str) -> list[str]:
    try:
        return sorted(name for name in os.listdir(folder) if name[0] != ".")  # noqa: PTH208 - as below
    except (FileNotFoundError, NotADirectoryError):
        return []


def _time(folder: str) -> str | None:
    """Return what the time file says; ``None`` where there is no such submission.

    There are tens of thousands of them, so this is done without anything between.
    """
    try:
        descriptor = os.open(f"{folder}/timestamp.txt", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return "" if os.path.isdir(folder) else None  # noqa: PTH112 - as above
    try:
        return os.read(descriptor, 100).decode("utf-8", "replace").strip()
    except OSError:
        return ""
    finally:
        os.close(descriptor)
