"""Prove of every receipt that its submission is there, unchanged, with a score or a reason."""

from __future__ import annotations

import fcntl
import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy.errors import Finding
from academy.grading.admission import course_folder
from academy.grading.arrivals import what_is_wrong
from academy.grading.receipts import Receipt, Record, record_file, record_of
from academy.grading.standing import WORDS, Classwork, Standing, classwork

_BACKUP = "Ask the administrator to look for it in the last backup."

#: Called with how many receipts are done, and how many there are.
Watch = Callable[[int, int], None]


@dataclass(frozen=True)
class Entry:
    """What was found out about one receipt.

    Parameters
    ----------
    receipt
        The receipt.
    standing
        Where its submission stands.
    is_kept
        Whether the submission is there as it was handed in.
    """

    receipt: Receipt
    standing: Standing
    is_kept: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the entry as plain fields."""
        shown = {"state": self.standing.state, "why": self.standing.why, "is_kept": self.is_kept}
        score = self.standing.score
        points = {"score": score.total, "max_score": score.most} if score else {}
        return {**self.receipt.as_dict(), **shown, **points}


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Parameters
    ----------
    course_id
        The course.
    entries
        One a receipt, in the order of arrival.
    findings
        What a person should look at; none when all is well.
    """

    course_id: str
    entries: tuple[Entry, ...]
    findings: tuple[Finding, ...]

    @property
    def sentence(self) -> str:
        """A summary."""
        kept = sum(entry.is_kept for entry in self.entries)
        count = len(self.entries)
        told = f"{count} receipt{'' if count == 1 else 's'}; submissions that are there and "
        told += f"unchanged: {kept}."
        counts = Counter(entry.standing.state for entry in self.entries)
        states = [f"{counts[state]} {words}" for state, words in WORDS.items() if counts[state]]
        return " ".join([told, *([f"{'; '.join(states)}."] if states else [])])

    def as_dict(self) -> dict[str, Any]:
        """Return the audit as plain fields, for ``--json``."""
        return {
            "course_id": self.course_id,
            "sentence": self.sentence,
            "findings": [finding.as_dict() for finding in self.findings],
            "receipts": [entry.as_dict() for entry in self.entries],
        }


def audit(course_id: str, *, watch: Watch = lambda _done, _total: None) -> Audit:
    """Compare a course's receipts with its exchange, its folders and its gradebook.

    Every file that was ever handed in is read once. Nothing is changed.

    Parameters
    ----------
    course_id
        The course.
    watch
        Called after each receipt.

    Raises
    ------
    AcademyError
        When there is no such live course, or its gradebook can't be read.
    """
    # Read from its first line, whatever this process has read of it before.
    record = Record(record_file(course_id))
    record.refresh()
    work = classwork(course_id, record=record)
    entries: list[Entry] = []
    findings = [*_broken_chain(course_id, record)]
    for receipt, standing in work.by_receipt():
        problem = _problem(receipt)
        entries.append(Entry(receipt, standing, not problem))
        if problem:
            findings.append(Finding(f"{_named(receipt)}: {problem}", next_step=_BACKUP))
        findings += _scoreless(receipt, standing)
        watch(len(entries), len(work.receipts))
    findings += _without_receipt(course_id, work)
    return Audit(course_id, tuple(entries), tuple(findings))


def _broken_chain(course_id: str, record: Record) -> Iterator[Finding]:
    for fault in record.faults:
        yield Finding(
            f"The chain of receipts is broken: {fault}",
            next_step="Somebody changed the record, or the disk failed. Compare it with a backup.",
        )
    file = record.file
    if not file.exists() and _inbound(course_id).is_dir():
        yield Finding(
            "The record of receipts is gone.", str(file), "Put it back from the last backup."
        )


def _problem(receipt: Receipt) -> str:
    # No later line vouches for the last one, so what it says is compared with the folder's name.
    name = f"{receipt.learner}+{receipt.assignment}+{receipt.timestamp}+"
    if not receipt.folder.startswith(name):
        return f"the receipt does not fit the name of its folder, {receipt.folder}."
    try:
        return what_is_wrong(receipt)
    except OSError as error:
        return f"the submission can't be read ({error.strerror}: {error.filename})."


def _scoreless(receipt: Receipt, standing: Standing) -> Iterator[Finding]:
    if standing.state == "scoreless":
        course, assignment = receipt.course, receipt.assignment
        yield Finding(
            f"{_named(receipt)}: {standing.why}",
            next_step=f"Run: academy course grade {course} {assignment} --again",
        )


def _named(receipt: Receipt) -> str:
    return f"Receipt {receipt.number} ('{receipt.learner}', '{receipt.assignment}')"


def _without_receipt(course_id: str, work: Classwork) -> list[Finding]:
    """What is in the exchange, collected or graded, and has no receipt."""
    names = _listed(_inbound(course_id))
    known = _receipts_now(course_id)
    folders = {one.folder for one in known}
    strange = [name for name in sorted(names) if name not in folders and name[0] != "."]
    times = {(one.learner, one.assignment, one.timestamp) for one in known}
    both = sorted({*work.collected.items(), *work.autograded.items()})
    unknown = [(key, time) for key, time in both if (*key, time) not in times]
    return [
        *(_strange(_inbound(course_id) / name) for name in strange),
        *(_unreceipted(*key, time) for key, time in unknown),
    ]


def _inbound(course_id: str) -> Path:
    return course_folder(course_id) / "inbound"


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - ten thousand names, and only names
    except FileNotFoundError:
        return []


def _receipts_now(course_id: str) -> list[Receipt]:
    """Return the receipts of everything that has arrived by now.

    A submission's folder takes its place a moment before its receipt is written, and the record
    is held from before the one until after the other.
    """
    try:
        with record_file(course_id).open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH)
    except FileNotFoundError:
        return []
    return record_of(course_id).receipts


def _strange(folder: Path) -> Finding:
    return Finding(
        "This lies among the submissions and has no receipt, so nobody knows who handed it in and "
        "when.",
        str(folder),
        "Perhaps receipts are missing at the end of the record: compare it with a backup.",
    )


def _unreceipted(learner: str, assignment: str, time: str) -> Finding:
    return Finding(
        f"The work of '{learner}' on '{assignment}' ({time or 'of an unknown time'}) was collected "
        "or graded, and there is no receipt of it.",
        next_step="If an instructor put it there by hand, all is well. If not, compare the record "
        "of receipts with a backup.",
    )
