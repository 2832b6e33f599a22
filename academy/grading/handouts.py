"""What the exchange hands out: the list of one's own submissions, and the feedback on them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy import paths
from academy.grading.admission import NAME, course_folder
from academy.grading.exchange_store import submission_folder
from academy.grading.receipts import Receipt, record_file, record_of
from academy.grading.refusal import RefusedError

_PAGE = re.compile(r"(?P<notebook>[^/.][^/]*)\.html")
_LARGEST_PAGE = 100_000_000
#: Stands in the head of a page on which answers still wait for the instructor.
PARTIAL_PAGE = re.compile(rb'<meta [^>]*name="academy-waits"')
_PARTIAL_MARK = ".partial"
_PAGE_MODE = 0o640
_FOLDER_MODE = 0o2750


@dataclass(frozen=True)
class Submitted:
    """A submission as its learner may see it.

    Parameters
    ----------
    receipt
        What the record says of it.
    notebooks
        Names of its notebooks, without ``.ipynb``.
    feedback
        The sha256 of each feedback page that was returned, by name without ``.html``.
    """

    receipt: Receipt
    notebooks: tuple[str, ...]
    feedback: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return the submission as plain fields."""
        return {
            "receipt": self.receipt.as_dict(),
            "notebooks": list(self.notebooks),
            "feedback": dict(self.feedback),
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Submitted:
        """Return the submission of plain fields."""
        receipt = Receipt.from_dict(fields["receipt"])
        return cls(receipt, tuple(fields["notebooks"]), fields["feedback"])


def submissions(course: str, learner: str | None, assignment: str = "") -> list[Submitted]:
    """Return what a learner has handed in, the oldest first.

    Parameters
    ----------
    course
        The course.
    learner
        The learner; ``None`` for all, which is for the course's own side.
    assignment
        Only this assignment; all when empty.
    """
    return [_submitted(one) for one in _receipts(course, learner, assignment)]


def _receipts(course: str, learner: str | None, assignment: str = "") -> list[Receipt]:
    if not NAME.fullmatch(course) or not record_file(course).exists():
        return []
    record = record_of(course)
    receipts = record.receipts if learner is None else record.by(learner)
    return [one for one in receipts if assignment in ("", one.assignment)]


def _submitted(receipt: Receipt) -> Submitted:
    notebooks = sorted(path.stem for path in submission_folder(receipt).glob("*.ipynb"))
    feedback: dict[str, str] = {}
    with _opened(receipt) as folder:
        for name in _names(folder):
            page = _PAGE.fullmatch(name)
            content = _read(folder, name) if page else None
            if page and content is not None:
                feedback[page["notebook"]] = hashlib.sha256(content).hexdigest()
    return Submitted(receipt, tuple(notebooks), feedback)


def feedback(course: str, learner: str | None, number: int, notebook: str) -> bytes:
    """Return a feedback page on a learner's own submission.

    Parameters
    ----------
    course, learner
        As in `submissions`.
    number
        The number of the submission's receipt.
    notebook
        The page's name, without ``.html``.

    Raises
    ------
    RefusedError
        When there is none, or the submission is somebody else's; both sound the same.
    """
    name = f"{notebook}.html"
    for receipt in _receipts(course, learner):
        if receipt.number == number and _PAGE.fullmatch(name):
            with _opened(receipt) as folder:
                page = None if folder is None else _read(folder, name)
            if page is not None:
                return page
    told = "There is no such feedback of yours."
    raise RefusedError("not_there", told, kept="Nothing was changed.")


def put_feedback(receipt: Receipt, notebook: str, page: bytes) -> Path:
    """Return a feedback page to the learner who handed a submission in."""
    file = _made_folder(receipt) / f"{notebook}.html"
    paths.write_atomically(file, page, mode=_PAGE_MODE)
    return file


def mark_partial(receipt: Receipt, *, is_partial: bool) -> None:
    """Note whether answers still wait for the instructor in what is returned."""
    mark = _made_folder(receipt) / _PARTIAL_MARK
    if is_partial:
        mark.touch()
    else:
        mark.unlink(missing_ok=True)


def has_feedback(receipt: Receipt) -> bool:
    """Tell whether feedback on a submission was returned, be it partial."""
    return _feedback_folder(receipt).is_dir()


def is_partial(course: str, folder: str) -> bool:
    """Tell whether the feedback that was returned on a submission is not the last word.

    Parameters
    ----------
    course
        The course.
    folder
        Name of the submission.
    """
    return os.path.exists(f"{course_folder(course)}/feedback/{folder}/{_PARTIAL_MARK}")  # noqa: PTH110 - there may be thousands


def _made_folder(receipt: Receipt) -> Path:
    folder = _feedback_folder(receipt)
    if not folder.is_dir():
        folder.mkdir()
        # Its group is the course's, by which the exchange reads it.
        folder.chmod(_FOLDER_MODE)
    return folder


def _feedback_folder(receipt: Receipt) -> Path:
    return course_folder(receipt.course) / "feedback" / receipt.folder


# The exchange may read the feedback of every course, and each course writes its own. A link
# that one course puts there would let its learners read another's, so none is followed.


@contextmanager
def _opened(receipt: Receipt) -> Iterator[int | None]:
    """Open the folder of a submission's feedback; ``None`` where there is none."""
    descriptor = None
    with suppress(OSError):
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
        descriptor = os.open(_feedback_folder(receipt), flags)
    try:
        yield descriptor
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _names(folder: int | None) -> list[str]:
    if folder is None:
        return []
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries)


def _read(folder: int | None, name: str) -> bytes | None:
    """Read a plain file in an opened folder; ``None`` where it is none."""
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(name, flags, dir_fd=folder)
    except OSError:
        return None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST_PAGE:
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()
