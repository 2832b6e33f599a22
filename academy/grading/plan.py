"""What a run of grading has to do: which submissions are new or changed, and which are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from academy.grading import ledger, staging
from academy.grading.course import step_folder
from academy.grading.fingerprint import fingerprint, release_fingerprint, stamps
from academy.grading.outcomes import Outcome
from academy.grading.reading import submission_time
from academy.grading.scores import Score, read_scores
from academy.grading.staging import Job, Result


@dataclass
class Plan:
    """What a run has to do.

    Parameters
    ----------
    known
        What became of submissions that are as they were when they were graded.
    half_done
        What an earlier run has worked out and not saved.
    jobs
        What is to be run.
    """

    known: list[Outcome] = field(default_factory=list)
    half_done: list[tuple[Job, Result]] = field(default_factory=list)
    jobs: list[Job] = field(default_factory=list)


def make_plan(
    course_id: str,
    assignment_id: str,
    learners: Iterable[str],
    folder: Path,
    gradebook: Any,
    *,
    again: bool = False,
    is_part: bool = False,
) -> Plan:
    """Return what is to be done, and remove what earlier runs left that is of no use.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    learners
        Who has a collected submission.
    folder
        Where the assignment's grading keeps what is its own.
    gradebook
        The open gradebook.
    again
        Whether what was graded before is run once more.
    is_part
        Whether others have collected submissions as well; what is left of theirs stays.
    """
    if again:
        ledger.begin_anew(course_id, assignment_id)
    look = _Look(course_id, assignment_id, release_fingerprint(course_id, assignment_id, gradebook))
    left = staging.left_over(folder, course_id, assignment_id)
    half_done = {result.entry.learner: (job, result) for job, result in left}
    run = staging.new_run(folder)
    plan, asked = Plan(), list(learners)
    for learner in asked:
        entry = look.entry(learner)
        outcome = None if again else look.known(entry)
        if outcome is not None:
            plan.known.append(outcome)
        elif learner in half_done and _is_same(half_done[learner][1], entry):
            plan.half_done.append(half_done.pop(learner))
        else:
            plan.jobs.append(Job(course_id, assignment_id, entry, run))
    for learner, (job, _) in half_done.items():
        if not is_part or learner in asked:
            staging.discard(job)
    return plan


def look_over(
    course_id: str, assignment_id: str, learners: Iterable[str], run: Path, gradebook: Any
) -> tuple[list[Outcome], list[Job]]:
    """Return what is known of submissions that came during a run, and what is to be run.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    learners
        Whose submissions they are; none of them is worked on.
    run
        The folder of the run.
    gradebook
        The open gradebook.
    """
    look = _Look(course_id, assignment_id, release_fingerprint(course_id, assignment_id, gradebook))
    entries = [look.entry(learner) for learner in learners]
    known = {entry.learner: look.known(entry) for entry in entries}
    jobs = [Job(course_id, assignment_id, one, run) for one in entries if not known[one.learner]]
    return [outcome for outcome in known.values() if outcome], jobs


def _is_same(result: Result, entry: ledger.Entry) -> bool:
    return result.entry.fingerprint == entry.fingerprint


class _Look:
    """Looks at the submissions of an assignment, one after the other.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    release
        Fingerprint of what all of them are graded with.
    """

    def __init__(self, course_id: str, assignment_id: str, release: str) -> None:
        self._course, self._assignment, self._release = course_id, assignment_id, release
        self._entries = ledger.read_entries(course_id, assignment_id)
        self._scores: Mapping[tuple[str, str], Score] = read_scores(course_id, assignment_id)

    def entry(self, learner: str) -> ledger.Entry:
        """Return an entry for a submission as it is now."""
        files = stamps(
            self._folder("submitted", learner), ledger.known_files(self._entries, learner)
        )
        return ledger.Entry(
            learner, fingerprint(files, self._release), False, "", False, None, files
        )

    def known(self, entry: ledger.Entry) -> Outcome | None:
        """Return what is known of a submission that need not be run; else ``None``."""
        before = self._entries.get(entry.learner)
        graded = self._folder("autograded", entry.learner)
        if ledger.is_current(before, entry.fingerprint, graded):
            assert before is not None
            if not before.is_graded:
                return Outcome(entry.learner, False, before.sentence)
        elif not self._is_nbgraders(before, entry, graded):
            return None
        score = self._scores.get((entry.learner, self._assignment))
        if score is None:
            return None
        sentence = "Graded before and not handed in again since."
        return Outcome(entry.learner, True, sentence, score.total, score.most)

    def _is_nbgraders(self, before: ledger.Entry | None, entry: ledger.Entry, graded: Path) -> bool:
        """Return whether nbgrader graded just this submission itself, say by formgrader."""
        stamp = ledger.folder_stamp(graded)
        if stamp is None or (before is not None and before.folder == stamp):
            return False
        if submission_time(self._folder("submitted", entry.learner)) != submission_time(graded):
            return False
        own = replace(entry, is_graded=True, ok=True, folder=stamp)
        ledger.write_entry(self._course, self._assignment, own)
        return True

    def _folder(self, step: str, learner: str) -> Path:
        return step_folder(self._course, step, learner, self._assignment)
