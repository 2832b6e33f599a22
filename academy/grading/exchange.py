"""nbgrader's exchange, the learner's side: who and when come from the exchange, not from names.

nbgrader finds these classes through ``c.ExchangeFactory``, so its commands, Assignment List and
formgrader use them. The course's side is `academy.grading.exchange_course`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn

from nbgrader.exchange import default
from nbgrader.utils import get_username, ignore_patterns

from academy import paths
from academy.errors import AcademyError
from academy.grading.exchange_client import Desk, desk
from academy.grading.exchange_store import submission_folder
from academy.grading.handouts import Submitted
from academy.grading.limits import ACCEPTED_KILOBYTES
from academy.grading.parcel import pack
from academy.grading.receipts import Receipt
from academy.grading.slip import write_slip

#: Why the newest action failed, for those who would see a traceback otherwise.
reason: ContextVar[str] = ContextVar("reason", default="")


class FairExchange(default.Exchange):
    """What all parts have in common: nobody needs to write the exchange's root."""

    def ensure_root(self) -> None:
        """Check that the exchange can be read, where nbgrader wants all to write it."""
        if not os.access(self.root, os.R_OK | os.X_OK):
            self.fail(
                f"The exchange {self.root} is not there or can't be read. Nothing was changed. "
                "Tell whoever runs the Academy."
            )

    def start(self) -> Any:
        """Do it; an error in words is nbgrader's kind of error."""
        try:
            return super().start()
        except AcademyError as error:
            self.fail(str(error))

    def fail(self, msg: str) -> NoReturn:
        """Log why it failed, and fail."""
        reason.set(msg)
        super().fail(msg)
        raise AssertionError("nbgrader's own 'fail' raises")

    def require_course(self) -> None:
        """Fail where no course was named."""
        if not self.coursedir.course_id:
            self.fail("No course was named. Say which with: --course COURSE")

    def learner(self) -> str | None:
        """Return the learner whom the settings name, or ``None`` for everybody."""
        name = self.coursedir.student_id
        return None if name in ("", "*") else name

    def assignment_folder(self, course: str, assignment: str) -> Path:
        """Return where a learner works on an assignment."""
        return Path(self.assignment_dir, course, assignment).absolute()


class FetchAssignment(FairExchange, default.ExchangeFetchAssignment):
    """Fetch a released assignment; nbgrader's own, from an exchange that is read only."""


class Submit(FairExchange, default.ExchangeSubmit):
    """Hand an assignment in."""

    def init_dest(self) -> None:
        """Find out where to hand in, and as whom."""
        self.require_course()
        # Where the service is asked, its answer says who submits; this is for one's own files.
        self.desk: Desk = desk(self.learner() or get_username())

    def copy_files(self) -> None:
        """Send the folder's files and say what the exchange noted."""
        self.init_release()
        self.check_filename_diff()
        ignored = ignore_patterns(
            exclude=self.coursedir.ignore,
            include=self.coursedir.include,
            max_file_size=self.coursedir.max_file_size,
            log=self.log,
        )
        parcel = pack(Path(self.src_path), ignored)
        for name in parcel.left_out:
            self.log.warning("Not handed in, because it is no file and no folder: %s", name)
        most = min(self.coursedir.max_dir_size, ACCEPTED_KILOBYTES) * 1000
        if parcel.size > most:
            self.fail(
                f"The folder has {parcel.size / 1e6:,.0f} MB and at most {most / 1e6:,.0f} MB can "
                "be handed in. Your work is in your folder as you left it. Clear the outputs of "
                "its notebooks, take out large files, and submit again."
            )
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        receipt = self.desk.submit(course, assignment, parcel)
        if self.learner() not in (None, receipt.learner):
            self.log.warning(
                "Handed in as '%s', not as '%s': who hands in is who logged in.",
                receipt.learner,
                self.learner(),
            )
        self.log.info("Submitted as: %s %s %s", course, assignment, receipt.timestamp)
        self.log.info("Receipt %d, sha256 %s", receipt.number, receipt.sha256)
        self._keep_slip(receipt)

    def _keep_slip(self, receipt: Receipt) -> None:
        """Leave the receipt where the learner finds it; without it the submission stands too."""
        folder = self.assignment_folder(receipt.course, receipt.assignment).parent
        try:
            self.log.info("Your receipt is in %s", write_slip(folder, receipt))
        except OSError as error:
            self.log.warning(
                "It is handed in, but your receipt could not be put into %s (%s).",
                folder,
                error.strerror,
            )


class FetchFeedback(FairExchange, default.ExchangeFetchFeedback):
    """Fetch the feedback on one's own submissions."""

    def init_src(self) -> None:
        """Look up one's own submissions."""
        self.require_course()
        self.src_path = self.coursedir.course_id
        self.desk: Desk = desk(self.learner() or get_username())
        self.found = self.desk.submissions(
            self.coursedir.course_id, self.coursedir.assignment_id or ""
        )
        if not any(one.feedback for one in self.found):
            self.log.warning("There is no feedback yet on what you have handed in.")

    def do_copy(self, src: str, dest: str) -> None:  # noqa: ARG002 - nbgrader's signature
        """Write every page into the folder of its submission."""
        for one in self.found:
            receipt = one.receipt
            work = self.assignment_folder(receipt.course, receipt.assignment)
            folder = work / "feedback" / receipt.timestamp
            for notebook in one.feedback:
                page = self.desk.feedback(receipt.course, receipt.number, notebook)
                folder.mkdir(parents=True, exist_ok=True)
                paths.write_atomically(folder / f"{notebook}.html", page)
                self.log.info("Fetched feedback: %s", folder / f"{notebook}.html")


class List(FairExchange, default.ExchangeList):
    """List what is released, from the files, and what was handed in, from the record."""

    @property
    def _lists_submissions(self) -> bool:
        return bool(self.inbound or self.cached)

    def init_dest(self) -> None:
        """Find what is released; refuse to remove what was handed in."""
        if not self._lists_submissions:
            super().init_dest()
        elif self.remove:
            self.fail("Every submission is kept for good; nothing was removed.")

    def parse_assignments(self) -> list[dict[str, Any]]:
        """Return the assignments as Assignment List wants them."""
        if not self._lists_submissions:
            released: list[dict[str, Any]] = super().parse_assignments()
            return released
        found = desk(self.learner()).submissions(
            self.coursedir.course_id, self.coursedir.assignment_id or ""
        )
        return list(self._groups(found))

    def _groups(self, found: Iterable[Submitted]) -> Iterator[dict[str, Any]]:
        by_assignment = sorted(found, key=lambda one: (*_group(one), one.receipt.number))
        for (course, learner, assignment), group in groupby(by_assignment, key=_group):
            yield {
                "course_id": course,
                "student_id": learner,
                "assignment_id": assignment,
                "status": "submitted",
                "submissions": [self._entry(one) for one in group],
            }

    def _entry(self, one: Submitted) -> dict[str, Any]:
        receipt = one.receipt
        folder = self.assignment_folder(receipt.course, receipt.assignment)
        local = folder / "feedback" / receipt.timestamp
        notebooks = [
            _notebook_entry(one, name, local) for name in sorted({*one.notebooks, *one.feedback})
        ]
        returned = [book for book in notebooks if book["has_exchange_feedback"]]
        has_local = bool(returned) and all(book["has_local_feedback"] for book in returned)
        return {
            "course_id": receipt.course,
            "student_id": receipt.learner,
            "assignment_id": receipt.assignment,
            "timestamp": receipt.timestamp,
            "status": "submitted",
            "path": str(submission_folder(receipt)),
            "notebooks": notebooks,
            "has_local_feedback": has_local,
            "has_exchange_feedback": bool(returned),
            "feedback_updated": any(book["feedback_updated"] for book in returned),
            "local_feedback_path": str(local) if has_local else None,
        }


def _group(one: Submitted) -> tuple[str, str, str]:
    return one.receipt.course, one.receipt.learner, one.receipt.assignment


def _notebook_entry(one: Submitted, name: str, local: Path) -> dict[str, Any]:
    page = local / f"{name}.html"
    has_local, returned = page.is_file(), one.feedback.get(name)
    is_same = has_local and hashlib.sha256(page.read_bytes()).hexdigest() == returned
    return {
        "notebook_id": name,
        "path": str(submission_folder(one.receipt) / f"{name}.ipynb"),
        "has_local_feedback": has_local,
        "has_exchange_feedback": returned is not None,
        "local_feedback_path": str(page) if has_local else None,
        "feedback_updated": returned is not None and has_local and not is_same,
    }
