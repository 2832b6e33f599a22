"""``grading/policies.yaml``: what being late costs, how points are shown, when somebody passed."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from academy import paths
from academy.yamlfile import load_yaml

_MINUTE, _DAY = 60, 86_400

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LateRules(_Strict):
    """What handing in after the due date costs."""

    grace_minutes: Annotated[int, Field(ge=0, le=10_080, strict=True)] = Field(
        15, description="Minutes after the due date in which a submission counts as in time."
    )
    penalty_per_day: Share = Field(
        0.0, description="Share of the points that each day costs that begins after that."
    )
    zero_after_days: Annotated[int, Field(ge=1, le=3650, strict=True)] | None = Field(
        None, description="After so many days there are no points; null: no such day."
    )

    def days(self, seconds: float) -> int:
        """Return how many days late counts as: each that has begun, once the grace is over."""
        if seconds <= self.grace_minutes * _MINUTE:
            return 0
        return math.ceil(seconds / _DAY)

    def penalty(self, points: float, seconds: float) -> float:
        """Return the points that a submission loses.

        Parameters
        ----------
        points
            What it has.
        seconds
            How long after the due date it came, extensions granted.
        """
        days = self.days(seconds)
        if self.zero_after_days is not None and days > self.zero_after_days:
            return points
        return points * min(1.0, days * self.penalty_per_day)


class PointRules(_Strict):
    """How points are shown, and how many make a pass."""

    decimals: Annotated[int, Field(ge=0, le=6, strict=True)] = Field(
        2, description="Digits after the point in lists and exports; the gradebook keeps all."
    )
    passing_share: Share = Field(
        0.6, description="Share of an assignment's points from which on it is passed."
    )


class Policies(_Strict):
    """How work is scored in every course."""

    late: LateRules = Field(LateRules(), description="What handing in late costs.")
    points: PointRules = Field(PointRules(), description="How points are shown.")
    noticed: Literal["remark", "manual_review"] = Field(
        "remark",
        description="What becomes of a submission in which tampering was noticed: the instructor "
        "is told, or a person also has to confirm its points.",
    )

    def rounded(self, points: float) -> float:
        """Return points as they are shown; halves are rounded up, as people do."""
        factor: int = 10**self.points.decimals
        # The tiny addition undoes what binary fractions take from numbers such as 1.005.
        return math.floor(points * factor + 0.5 + 1e-9) / factor

    def is_passed(self, points: float, most: float) -> bool:
        """Tell whether points are enough to pass; what has no points can't be failed."""
        return points >= most * self.points.passing_share - 1e-9

    @property
    def sentences(self) -> tuple[str, ...]:
        """What the policies say, in plain words."""
        digits = self.points.decimals
        review = self.noticed == "manual_review"
        return (
            self._late_sentence(),
            f"Points are shown with {digits} digit{'' if digits == 1 else 's'} after the point.",
            f"An assignment is passed with {self.points.passing_share:.0%} of its points.",
            "Where tampering was noticed, the instructor is told"
            + (" and confirms the points by hand." if review else "."),
        )

    def _late_sentence(self) -> str:
        late = self.late
        if not late.penalty_per_day and late.zero_after_days is None:
            return "Late work loses no points."
        told = f"Work is late {late.grace_minutes} minutes after the due date."
        if late.penalty_per_day:
            told += f" Each day that begins costs {late.penalty_per_day:.0%} of the points."
        if late.zero_after_days is not None:
            told += f" After {late.zero_after_days} days there are no points."
        return told


def policies_file() -> Path:
    """Return the file of the policies."""
    return paths.checkout() / "grading" / "policies.yaml"


def load_policies() -> Policies:
    """Return the policies; those that hold by default where there is no file.

    Raises
    ------
    AcademyError
        When the file can't be read or does not fit; it names every mistake with its line.
    """
    file = policies_file()
    if not file.exists():
        return Policies()
    return load_yaml(file, Policies, shown_as="grading/policies.yaml")


def policies_schema() -> str:
    """Return the JSON schema of the file as text, for editors."""
    schema = Policies.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=2) + "\n"
