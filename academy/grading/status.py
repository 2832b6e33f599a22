"""Who handed in, whose work is graded, whose waits and whose failed, and why."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from academy.grading.course import AssignmentRules, assignment_rules, course_assignments
from academy.grading.due import why_not
from academy.grading.policies import Policies
from academy.grading.scores import read_students
from academy.grading.standing import WORDS, Classwork, Key, Standing, State, classwork


@dataclass(frozen=True)
class LearnerStatus:
    """Where a learner's newest submission of an assignment stands.

    Parameters
    ----------
    learner, assignment
        Whose, and of what.
    submitted_at
        When it was handed in, as nbgrader writes it; empty where nothing was.
    standing
        Where it stands; ``None`` where nothing was handed in.
    """

    learner: str
    assignment: str
    submitted_at: str = ""
    standing: Standing | None = None

    def as_dict(self, policies: Policies) -> dict[str, Any]:
        """Return it as plain fields, points rounded as the policies say."""
        standing = self.standing
        fields: dict[str, Any] = {
            "learner": self.learner,
            "assignment": self.assignment,
            "submitted_at": self.submitted_at or None,
            "state": standing.state if standing else "not_handed_in",
            "why": standing.why if standing else "",
        }
        if standing and standing.score:
            score = standing.score
            fields |= {"score": policies.rounded(score.total), "max_score": score.most}
            fields |= {"penalty": policies.rounded(score.penalty)}
        return fields


@dataclass(frozen=True)
class AssignmentStatus:
    """Where an assignment stands.

    Parameters
    ----------
    assignment
        Its id.
    learners
        Everybody who is in the gradebook or handed in, by user name.
    note
        When it is graded, where that is not left to the instructor; or why it is, after all.
    """

    assignment: str
    learners: tuple[LearnerStatus, ...]
    note: str = ""

    @property
    def counts(self) -> dict[State, int]:
        """How many submissions there are in each state that occurs."""
        found = Counter(one.standing.state for one in self.learners if one.standing)
        return {state: found[state] for state in WORDS if found[state]}

    @property
    def handed_in(self) -> int:
        """How many learners handed it in."""
        return sum(self.counts.values())

    @property
    def stuck(self) -> tuple[LearnerStatus, ...]:
        """Those without a score for a reason."""
        odd = ("refused", "scoreless")
        return tuple(one for one in self.learners if one.standing and one.standing.state in odd)

    @property
    def sentence(self) -> str:
        """A summary."""
        told = f"{self.assignment}: {self.handed_in} of {len(self.learners)} learners handed in"
        states = [f"{count} {WORDS[state]}" for state, count in self.counts.items()]
        return f"{told}: {', '.join(states)}." if states else f"{told}."

    def as_dict(self, policies: Policies) -> dict[str, Any]:
        """Return it as plain fields, for ``--json``."""
        return {
            "assignment": self.assignment,
            "sentence": self.sentence,
            "note": self.note,
            "handed_in": self.handed_in,
            "counts": self.counts,
            "learners": [one.as_dict(policies) for one in self.learners],
        }


def status(course_id: str, assignment_id: str = "") -> list[AssignmentStatus]:
    """Return where each assignment of a course stands, in the course's order.

    Parameters
    ----------
    course_id
        The course.
    assignment_id
        Only this assignment; all when empty.

    Raises
    ------
    AcademyError
        When there is no such live course or assignment, or the gradebook can't be read.
    """
    named = [assignment_rules(course_id, assignment_id)] if assignment_id else []
    assignments = named or course_assignments(course_id)
    work = classwork(course_id, assignment_id)
    newest = _newest(work)
    learners = sorted({one.id for one in read_students(course_id)} | {key[0] for key in newest})
    by_assignment: dict[str, dict[str, LearnerStatus]] = defaultdict(dict)
    for (learner, assignment), one in newest.items():
        by_assignment[assignment][learner] = one
    return [_assignment(rules, learners, by_assignment[rules.id]) for rules in assignments]


def _assignment(
    rules: AssignmentRules, learners: list[str], handed_in: Mapping[str, LearnerStatus]
) -> AssignmentStatus:
    return AssignmentStatus(
        rules.id,
        tuple(handed_in.get(learner, LearnerStatus(learner, rules.id)) for learner in learners),
        when_graded(rules, why_not()),
    )


def when_graded(rules: AssignmentRules, why_not_here: str) -> str:
    """Return when an assignment is graded, in a sentence; nothing where the instructor does it.

    Parameters
    ----------
    rules
        What ``course.yaml`` says of it.
    why_not_here
        Why nothing is graded on submit on this machine.
    """
    if rules.grading == "manual":
        return ""
    if why_not_here:
        return (
            "It is not graded by itself though course.yaml says 'grading: on_submit', because no "
            f"sandbox can be made here ({why_not_here}). Grading waits for you."
        )
    return "It is graded and returned by itself when it is handed in."


def _newest(work: Classwork) -> dict[Key, LearnerStatus]:
    """Return where the newest submission of each learner and assignment stands."""
    newest = work.newest()
    # What an instructor put among the collected by hand counts as well, if nothing newer came.
    times = {**work.collected} | {key: one.timestamp for key, one in newest.items()}
    return {
        key: LearnerStatus(*key, time, work.standing(key, time, newest.get(key)))
        for key, time in times.items()
    }
