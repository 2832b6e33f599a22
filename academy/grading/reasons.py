"""Why a submission has no score: it is too large to be collected, or grading said why not."""

from __future__ import annotations

import hashlib
import json

from academy.grading.course import course_root
from academy.grading.inspection import too_large
from academy.grading.limits import SUBMISSION_KILOBYTES
from academy.grading.receipts import Receipt

_UNKNOWN = "Grading it was tried, and no reason was kept; grade it again."


def not_collected(receipt: Receipt) -> str:
    """Return why a submission will not be collected, or nothing where it will be."""
    if receipt.size <= SUBMISSION_KILOBYTES * 1000:
        return ""
    # Read only here: it takes nbgrader a second, and hardly any submission is so large.
    from academy.grading.session import course_config

    limit = course_config(receipt.course).CourseDirectory.max_dir_size
    if receipt.size <= limit * 1000:
        return ""
    return f"Not collected: {too_large('the submission', receipt.size, limit)}"


def not_graded(course_id: str, assignment_id: str, learner: str, time: str) -> str:
    """Return why the last grading gave a submission no points; nothing where it was not tried.

    Parameters
    ----------
    course_id, assignment_id, learner
        Whose work it is.
    time
        Which submission, as its time file says.
    """
    # The engine's ledger, of which one learner's file is read: there may be ten thousand.
    folder = course_root(course_id) / ".grading" / assignment_id / "graded"
    try:
        entry = json.loads((folder / f"{learner}.json").read_bytes())
    except FileNotFoundError:
        return ""
    except (OSError, ValueError):
        return _UNKNOWN
    try:
        is_this = entry["files"].get("timestamp.txt", [""])[-1] == _hash(time)
        told = str(entry["sentence"]) or _UNKNOWN
        return told if is_this and not entry["is_graded"] else ""
    except (TypeError, KeyError, AttributeError, IndexError):
        return _UNKNOWN


def _hash(time: str) -> str:
    return hashlib.sha256(time.encode()).hexdigest() if time else ""
