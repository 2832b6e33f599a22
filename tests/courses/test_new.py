"""A new course passes every check, and comes to the checkout by export."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from academy import paths
from academy.courses.course import load_course
from academy.courses.export import export_course
from academy.courses.live import live_courses, seed_courses
from academy.courses.new import TEMPLATE, new_course
from academy.courses.release import is_published, publish_lessons
from academy.courses.rules import check_folder
from academy.errors import AcademyError


def test_a_new_course_passes_every_check_and_can_be_published(shipped: Path, state: Path) -> None:
    made = new_course("budget-nights", title='Budget: "nights" & days')
    assert made == state / "courses" / "budget-nights"
    assert load_course(made).title == 'Budget: "nights" & days'
    assert check_folder(made, run=True) == []
    assert not is_published("budget-nights")
    publish_lessons("budget-nights")
    assert is_published("budget-nights")
    assert [course.id for course in live_courses()] == ["budget-nights"]


def test_a_live_course_that_one_may_not_make_is_told(state: Path) -> None:
    (state / "courses").parent.mkdir(parents=True, exist_ok=True)
    (state / "courses").write_text("Behind a wall there is no such folder.")
    with pytest.raises(AcademyError, match="can't be made by you here") as raised:
        new_course("budget-nights")
    assert "Ask the administrator" in str(raised.value)


def test_it_may_be_made_in_a_folder(tmp_path: Path, shipped: Path, state: Path) -> None:
    made = new_course("budget-nights", folder=tmp_path / "courses")
    assert load_course(made).title == "Budget nights"
    assert not (state / "courses").exists()


@pytest.mark.parametrize("course_id", ["hub", "../x", "Budget", "budget-", "tiny-course", ""])
def test_an_id_that_cannot_be_used_or_is_taken_changes_nothing(
    course_id: str, shipped: Path, state: Path
) -> None:
    with pytest.raises(AcademyError, match="othing was changed"):
        new_course(course_id)
    assert not (state / "courses").exists()


def test_a_new_course_comes_to_the_checkout_and_is_followed_from_there(
    shipped: Path, state: Path, tmp_path: Path, git_in: Callable[..., str]
) -> None:
    made = new_course("budget-nights")
    checkout = shipped.parents[1]
    git_in(checkout, "init", "-q")
    git_in(checkout, "add", "-A")
    git_in(checkout, "commit", "-q", "-m", "Begin")
    (patch,) = export_course("budget-nights", tmp_path / "patches")
    git_in(checkout, "am", str(patch))
    taken_up = paths.shipped_courses() / "budget-nights"
    for path in TEMPLATE.rglob("*.ipynb"):
        inside = path.relative_to(TEMPLATE)
        assert (taken_up / inside).read_bytes() == path.read_bytes()
    assert seed_courses() == []
    assert git_in(made, "diff", "main", "shipped") == ""
    assert is_published("budget-nights")
