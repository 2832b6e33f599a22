"""What was tried with a submission that is graded as soon as it is handed in.

It lies in ``.grading/<assignment>/tries/<learner>.json`` of the live course from the beginning of a
try until the feedback is returned. So a try that was killed shows, and one that failed keeps its
reason and is not made again and again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from academy import paths
from academy.grading.course import course_root
from academy.grading.ledger import grading_folder
from academy.grading.receipts import Receipt

#: So often a submission is tried, by one run and those after it.
MOST_TRIES = 3
_ENDED = (
    "The process that graded it was ended {count} times, perhaps for want of memory, so it is not "
    "graded by itself any more. Grade it, or look at it by hand."
)


@dataclass(frozen=True)
class Try:
    """What was tried with a learner's submission.

    Parameters
    ----------
    learner
        Who handed it in.
    time
        Which submission, as its time file says.
    count
        How often it was begun.
    sentence
        Why it did not work; empty while it is being tried, or where that was killed.
    """

    learner: str
    time: str
    count: int = 0
    sentence: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it is left to the instructor."""
        return self.count >= MOST_TRIES

    @property
    def why(self) -> str:
        """The reason in a sentence."""
        return self.sentence or _ENDED.format(count=self.count)


def read_try(course_id: str, assignment_id: str, receipt: Receipt) -> Try:
    """Return what was tried with just this submission; nothing, where another one was."""
    found = _read(_folder(course_id, assignment_id) / f"{receipt.learner}.json")
    if found is None or found.time != receipt.timestamp:
        return Try(receipt.learner, receipt.timestamp)
    return found


def trouble(course_id: str, assignment_id: str, learner: str, time: str) -> tuple[str, bool]:
    """Return why a submission could not be graded by itself, and whether that is the last word.

    Parameters
    ----------
    course_id, assignment_id, learner
        Whose work it is.
    time
        Which submission, as its time file says.

    Returns
    -------
    tuple of str and bool
        An empty sentence where nothing went wrong so far.
    """
    found = _read(_folder(course_id, assignment_id) / f"{learner}.json")
    if found is None or found.time != time:
        return "", False
    return (found.why, True) if found.is_over else (found.sentence, False)


def begin(course_id: str, assignment_id: str, receipt: Receipt) -> None:
    """Note that a submission is tried now, before anything else is done with it."""
    before = read_try(course_id, assignment_id, receipt)
    _write(course_id, assignment_id, Try(before.learner, before.time, before.count + 1))


def failed(course_id: str, assignment_id: str, receipt: Receipt, sentence: str) -> None:
    """Note why a try did not work."""
    before = read_try(course_id, assignment_id, receipt)
    _write(course_id, assignment_id, Try(before.learner, before.time, before.count, sentence))


def never_mind(course_id: str, assignment_id: str, receipt: Receipt, sentence: str) -> None:
    """Note that a try was not one after all: it was stopped, or could not begin.

    Parameters
    ----------
    course_id, assignment_id, receipt
        The submission.
    sentence
        What the instructor is told meanwhile.
    """
    before = read_try(course_id, assignment_id, receipt)
    tried = Try(before.learner, before.time, max(0, before.count - 1), sentence)
    _write(course_id, assignment_id, tried)


def succeeded(course_id: str, assignment_id: str, receipt: Receipt) -> None:
    """Forget the tries: the learner has feedback, or the engine's ledger says why not."""
    file = _folder(course_id, assignment_id) / f"{receipt.learner}.json"
    file.unlink(missing_ok=True)


def _folder(course_id: str, assignment_id: str) -> Path:
    return course_root(course_id) / ".grading" / assignment_id / "tries"


def _read(file: Path) -> Try | None:
    try:
        return Try(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _write(course_id: str, assignment_id: str, tried: Try) -> None:
    folder = grading_folder(course_id, assignment_id) / "tries"
    folder.mkdir(exist_ok=True)
    text = json.dumps(asdict(tried), ensure_ascii=True)
    paths.write_atomically(folder / f"{tried.learner}.json", text, mode=0o600)
