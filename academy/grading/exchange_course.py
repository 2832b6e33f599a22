"""nbgrader's exchange, the course's side: release, collect by the record, return feedback."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange import default

from academy import paths
from academy.grading.admission import course_folder
from academy.grading.arrivals import Arrival, arrival, arrivals, newest
from academy.grading.exchange import FairExchange
from academy.grading.exchange_store import ensure_exchange, submission_folder
from academy.grading.handouts import PARTIAL_PAGE, mark_partial, put_feedback
from academy.grading.receipts import Receipt, record_of
from academy.grading.turns import turn_of_step

TIME_FILE = "timestamp.txt"


class ReleaseAssignment(FairExchange, default.ExchangeReleaseAssignment):
    """Put an assignment where learners fetch it, all of it at once."""

    def ensure_root(self) -> None:
        """Leave the exchange's modes alone, where nbgrader opens it for everybody."""

    def init_dest(self) -> None:
        """Make the course's folders in the exchange, where they are missing."""
        self.require_course()
        ensure_exchange(self.coursedir.course_id)
        self.dest_path = str(
            course_folder(self.coursedir.course_id) / "outbound" / self.coursedir.assignment_id
        )

    def copy_files(self) -> None:
        """Copy the release beside its place, then let it take the place."""
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        target = Path(self.dest_path)
        if target.is_dir() and not self.force:
            self.fail(f"'{assignment}' is released already; add --force to replace it.")
        with tempfile.TemporaryDirectory(prefix=".release-", dir=target.parent) as place:
            fresh = Path(place) / "fresh"
            self.do_copy(self.src_path, str(fresh))
            self.set_perms(str(fresh), fileperms=0o644, dirperms=0o755)
            _take_place(fresh, target, Path(place))
        self.log.info("Released as: %s %s", course, assignment)


class Collect(FairExchange, default.ExchangeCollect):
    """Copy the submissions that count, by the record, into the course."""

    def init_src(self) -> None:
        """Find each learner's submission, and say what was refused."""
        self.require_course()
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        self.due = self._due_date() if self.before_duedate else None
        one = self.coursedir.student_id
        if one in ("", "*"):
            self.found = arrivals(course, assignment, choose=self._choose)
        else:
            self.found = {one: arrival(course, assignment, one, choose=self._choose)}

    def _due_date(self) -> datetime | None:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                due = gradebook.find_assignment(self.coursedir.assignment_id).duedate
            except MissingEntry:
                return None
        return None if due is None else due.replace(tzinfo=UTC)

    def _choose(self, receipts: Sequence[Receipt]) -> Receipt:
        """Return the newest, or the newest in time where the course wants that."""
        due = self.due
        if due is None:
            return newest(receipts)
        in_time = [one for one in receipts if one.submitted_at <= due]
        return newest(in_time or receipts)

    def copy_files(self) -> None:
        """Copy what is not there yet or, with ``--update``, what is another submission."""
        names = self.coursedir
        with turn_of_step(names.course_id, names.assignment_id, Path(names.root)):
            for found in self.found.values():
                for problem in found.problems:
                    self.log.error("Not collected: %s", problem)
                self._collect(found)
        if not any(found.receipt for found in self.found.values()):
            self.log.warning("No submissions of '%s' to collect", self.coursedir.assignment_id)

    def _collect(self, found: Arrival) -> None:
        receipt = found.receipt
        if receipt is None:
            return
        step = self.coursedir.submitted_directory
        target = Path(self.coursedir.format_path(step, receipt.learner, receipt.assignment))
        shown = f"{receipt.learner} {receipt.assignment}"
        if target.is_dir() and not (self.update or self.before_duedate):
            self.log.info("Submission already exists, use --update to update: %s", shown)
        elif _collected_time(target) == receipt.timestamp:
            self.log.info("No newer submission to collect: %s", shown)
        else:
            self.log.info("Collecting submission: %s", shown)
            self._copy(receipt, target)

    def _copy(self, receipt: Receipt, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".collect-", dir=target.parent) as place:
            fresh = Path(place) / "fresh"
            self.do_copy(str(submission_folder(receipt)), str(fresh))
            _clear(fresh / TIME_FILE)
            paths.write_atomically(fresh / TIME_FILE, receipt.timestamp)
            _take_place(fresh, target, Path(place))


class ReleaseFeedback(FairExchange, default.ExchangeReleaseFeedback):
    """Return feedback pages to the submissions that they are about."""

    def init_dest(self) -> None:
        """Make the course's folders in the exchange, where they are missing."""
        self.require_course()
        ensure_exchange(self.coursedir.course_id)

    def copy_files(self) -> None:
        """Return the pages of every learner who is not left out."""
        left_out = set((self.coursedir.student_id_exclude or "").split(","))
        step = Path(self.coursedir.root, self.coursedir.feedback_directory)
        for folder in sorted(step.glob(f"*/{self.coursedir.assignment_id}")):
            learner = folder.parent.name
            if learner not in left_out and self.learner() in (None, learner):
                self._return(learner, folder)

    def _return(self, learner: str, folder: Path) -> None:
        course, assignment = self.coursedir.course_id, self.coursedir.assignment_id
        time = _collected_time(folder)
        for receipt in record_of(course).of(learner, assignment):
            if receipt.timestamp == time:
                break
        else:
            told = (
                f"Not returned: what '{learner}' got feedback on was not handed in through the "
                f"exchange. The feedback is in {folder}; give it to them yourself."
            )
            if self.learner() is not None:
                self.fail(told)
            self.log.error(told)
            return
        pages = {page.stem: page.read_bytes() for page in sorted(folder.glob("*.html"))}
        if not pages:
            return
        is_partial = any(PARTIAL_PAGE.search(page) for page in pages.values())
        # A score that says of itself that it is partial is never taken for the last word.
        mark_partial(receipt, is_partial=True)
        for name, page in pages.items():
            put_feedback(receipt, name, page)
            self.log.info("Returned feedback to '%s': %s", learner, name)
        mark_partial(receipt, is_partial=is_partial)


def _collected_time(folder: Path) -> str:
    """Return what the time file of a collected submission says."""
    try:
        return (folder / TIME_FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _clear(path: Path) -> None:
    """Remove what a learner may have put under a name that is ours."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)


def _take_place(fresh: Path, target: Path, aside: Path) -> None:
    """Let a new folder take the place of an old one, which goes aside."""
    if target.exists():
        target.rename(aside / "old")
    fresh.rename(target)
