"""What each step of grading does with one learner's submission."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from academy.grading.arrivals import Arrival
from academy.grading.course import course_root, step_folder
from academy.grading.exchange_store import submission_folder
from academy.grading.inspection import too_large
from academy.grading.outcomes import Outcome
from academy.grading.reading import (
    points,
    submission_time,
    waiting_marks,
    why_it_failed,
)
from academy.grading.receipts import Receipt


def learners_with(course_id: str, step: str, assignment_id: str) -> list[str]:
    """Return the learners who have a folder in one of nbgrader's steps."""
    folder = course_root(course_id) / step
    return sorted(path.parent.name for path in folder.glob(f"*/{assignment_id}") if path.is_dir())


def collect_one(api: Any, assignment_id: str, arrival: Arrival) -> Outcome:
    """Copy the submission of a learner that counts into the course, unless it is too large."""
    refused = [f"Not collected: {problem}" for problem in arrival.problems]
    if arrival.receipt is None:
        return Outcome(arrival.learner, False, " ".join(refused))
    outcome = _collect(api, assignment_id, arrival.receipt)
    sentence = " ".join([outcome.sentence, *refused])
    return Outcome(arrival.learner, outcome.ok and not refused, sentence)


def _collect(api: Any, assignment_id: str, receipt: Receipt) -> Outcome:
    from nbgrader.utils import temp_attrs

    learner, folder = receipt.learner, submission_folder(receipt)
    limit = api.coursedir.max_dir_size
    if receipt.size > limit * 1000:
        sentence = f"Not collected: {too_large('the submission', receipt.size, limit)}"
        return Outcome(learner, False, f"{sentence} It is kept in {folder}.")
    collected = step_folder(receipt.course, "submitted", learner, assignment_id)
    before = submission_time(collected)
    with temp_attrs(api.coursedir, student_id=learner):
        result = api.collect(assignment_id)
    if not result["success"]:
        sentence = f"Not collected: {why_it_failed(result)} It is kept in {folder}."
        return Outcome(learner, False, sentence)
    after = submission_time(collected)
    if before == after:
        return Outcome(learner, True, "Nothing newer than what was collected before.")
    return Outcome(learner, True, f"Collected the submission of {_moment(after)}.")


def _moment(time: datetime | None) -> str:
    return "an unknown time" if time is None else f"{time:%Y-%m-%d %H:%M} UTC"


def return_one(api: Any, assignment_id: str, learner: str) -> Outcome:
    """Write a learner's page and put it into the exchange."""
    course_id = api.coursedir.course_id
    for step in (api.generate_feedback, api.release_feedback):
        result = step(assignment_id, learner)
        if not result["success"]:
            return Outcome(learner, False, f"Not returned: {why_it_failed(result)}")
    score, most = points(course_id, assignment_id, learner)
    waiting = waiting_marks(course_id, assignment_id, learner)
    sentence = f"Returned with {score:g} of {most:g} points."
    if waiting:
        sentence += f" Still to be marked by hand: {waiting}."
    return Outcome(learner, not waiting, sentence, score, most)
