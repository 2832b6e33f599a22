"""nbgrader's plugin for late work: it takes off what ``grading/policies.yaml`` says."""

from __future__ import annotations

from nbgrader.plugins import BasePlugin

from academy.grading.policies import load_policies


class LatePolicy(BasePlugin):
    """The penalty for a late submission, the same for formgrader and for our own commands."""

    def late_submission_penalty(
        self,
        student_id: str,  # noqa: ARG002 - nbgrader's signature
        score: float,
        total_seconds_late: float,
    ) -> float | None:
        """Return the points that a notebook loses, or ``None`` where it loses none.

        Parameters
        ----------
        student_id
            The learner; the rules are the same for all.
        score
            The notebook's points.
        total_seconds_late
            How long after its due date it was handed in, extensions granted.
        """
        rules = load_policies().late
        return rules.penalty(score, total_seconds_late) or None
