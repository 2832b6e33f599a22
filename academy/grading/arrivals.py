"""What there is to collect: each learner's submission by the record, and what is wrong with it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from academy.grading.admission import course_folder
from academy.grading.archive import content_hash
from academy.grading.exchange_store import submission_folder
from academy.grading.receipts import Receipt, Record, record_of

ISOLATION_VARIABLE = "ACADEMY_ISOLATION"
OWNER_VARIABLE = "ACADEMY_EXCHANGE_UID"

#: Picks one of a learner's receipts, which are in the order of arrival.
Choice = Callable[[Sequence[Receipt]], Receipt]


@dataclass(frozen=True)
class Arrival:
    """What a learner has handed in.

    Parameters
    ----------
    learner
        The learner, or who somebody claims to be.
    receipt
        The submission that counts; ``None`` when there is none that can be trusted.
    problems
        A sentence for each thing that was refused.
    """

    learner: str
    receipt: Receipt | None = None
    problems: tuple[str, ...] = ()


def newest(receipts: Sequence[Receipt]) -> Receipt:
    """Return the receipt that was written last."""
    return receipts[-1]


def arrivals(course_id: str, assignment_id: str, *, choose: Choice = newest) -> dict[str, Arrival]:
    """Return what each learner has handed in, and who else claims to have.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    choose
        Which of a learner's submissions counts.
    """
    record = record_of(course_id)
    found = {
        learner: _arrival(record, learner, assignment_id, choose)
        for learner in record.learners(assignment_id)
    }
    for folder in _without_receipt(record, course_id, assignment_id):
        claimed = folder.name.split("+", 1)[0]
        known = found.get(claimed, Arrival(claimed))
        problems = (*known.problems, _stray(folder))
        found[claimed] = Arrival(claimed, known.receipt, problems)
    return found


def arrival(
    course_id: str, assignment_id: str, learner: str, *, choose: Choice = newest
) -> Arrival:
    """Return what one learner has handed in; see `arrivals`."""
    record = record_of(course_id)
    if not record.of(learner, assignment_id):
        return Arrival(learner)
    return _arrival(record, learner, assignment_id, choose)


def _arrival(record: Record, learner: str, assignment_id: str, choose: Choice) -> Arrival:
    receipt = choose(record.of(learner, assignment_id))
    problem = what_is_wrong(receipt)
    return Arrival(learner, None, (problem,)) if problem else Arrival(learner, receipt)


def what_is_wrong(receipt: Receipt) -> str:
    """Return why a submission is not what its receipt says, or nothing."""
    folder = submission_folder(receipt)
    what = f"the submission of {receipt.submitted_at:%Y-%m-%d %H:%M} UTC"
    if not folder.is_dir() or folder.is_symlink():
        return f"{what} is in the record, but its folder {folder} is gone."
    stranger = _strange_owner(folder)
    if stranger:
        return f"{what} in {folder} belongs to {stranger}, not to the exchange."
    if content_hash(folder) != receipt.sha256:
        return f"{what} in {folder} is not what was handed in: somebody changed it."
    return ""


def _strange_owner(folder: Path) -> str:
    """Return who owns a submission in the exchange's place; nothing where that is as it should."""
    if os.environ.get(ISOLATION_VARIABLE) != "on":
        return ""
    expected = int(os.environ[OWNER_VARIABLE])
    owners = {path.lstat().st_uid for path in (folder, *folder.rglob("*"))}
    return ", ".join(_name(uid) for uid in sorted(owners - {expected}))


def _name(uid: int) -> str:
    try:
        return f"'{pwd.getpwuid(uid).pw_name}' (user id {uid})"
    except KeyError:
        return f"user id {uid}"


def _without_receipt(record: Record, course_id: str, assignment_id: str) -> Iterator[Path]:
    known = {one.folder for one in record.receipts}
    inbound = course_folder(course_id) / "inbound"
    for folder in sorted(inbound.glob(f"[!.]*+{assignment_id}+*")):
        if folder.name not in known:
            yield folder


def _stray(folder: Path) -> str:
    return (
        f"the folder {folder} (of {_name(folder.lstat().st_uid)}) is not in the record, so nobody "
        "knows who handed it in and when."
    )
