from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from academy.errors import AcademyError
from academy.grading.course import AssignmentRules, assignment_rules

DUE = datetime(2026, 12, 1, tzinfo=UTC)
BEFORE, AFTER = datetime(2026, 11, 30, tzinfo=UTC), datetime(2026, 12, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("reveal", "due", "now", "shows"),
    [
        ("never", DUE, AFTER, False),
        ("after_close", DUE, AFTER, True),
        ("after_close", DUE, BEFORE, False),
        ("after_close", None, AFTER, False),
    ],
)
def test_hidden_tests_show_only_after_the_close(
    reveal: str, due: datetime | None, now: datetime, shows: bool
) -> None:
    rules = AssignmentRules.model_validate({"id": "a", "reveal": reveal, "due": due})

    assert rules.shows_hidden_tests(now) is shows


def test_an_unknown_assignment_is_told_with_the_known_ones(course: Path) -> None:
    with pytest.raises(AcademyError, match="no assignment 'conting'; it has: counting"):
        assignment_rules("tiny", "conting")


def test_rules_come_from_the_live_course(course: Path) -> None:
    found = assignment_rules("tiny", "counting")

    assert (found.title, found.reveal, found.due) == ("Count to two", "never", None)
