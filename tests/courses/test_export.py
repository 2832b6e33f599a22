"""A live course's changes go back to the checkout by ``git am``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from academy.courses.export import export_course
from academy.courses.live import seed_courses
from academy.errors import AcademyError
from tests.courses.conftest import (
    edit_cell,
    lesson_notebook,
    run_cell,
    settings,
    write_notebook,
    write_settings,
)

FIRST, SECOND = "lessons/01-count-the-days.ipynb", "lessons/02-rest.ipynb"
GitIn = Callable[..., str]


@pytest.fixture
def checkout(shipped: Path, git_in: GitIn) -> Path:
    """The checkout as a repository, its course seeded."""
    folder = shipped.parents[1]
    git_in(folder, "init", "-q")
    git_in(folder, "add", "-A")
    git_in(folder, "commit", "-q", "-m", "Begin")
    seed_courses()
    return folder


def test_nothing_changed_writes_nothing(checkout: Path, tmp_path: Path) -> None:
    assert export_course("tiny-course", tmp_path / "out") == []
    assert not (tmp_path / "out").exists()


def test_edits_apply_in_the_checkout_and_the_live_course_follows_without_a_word(
    checkout: Path, shipped: Path, live: Path, tmp_path: Path, git_in: GitIn
) -> None:
    edit_cell(live / FIRST, "days = 8\ndays")
    run_cell(live / FIRST)
    run_cell(live / SECOND)
    write_notebook(live / "lessons" / "03-new.ipynb", lesson_notebook())
    new = {"file": "03-new.ipynb", "title": "New", "minutes": 15}
    write_settings(live, settings() | {"lessons": [*settings()["lessons"], new]})
    (live / "lessons" / "picture.svg").unlink()
    (patch,) = export_course("tiny-course", tmp_path / "out")
    git_in(checkout, "am", str(patch))
    changed = git_in(checkout, "diff", "--name-status", "HEAD~1").split()
    assert changed == [
        "M", "courses/tiny-course/course.yaml",
        "M", f"courses/tiny-course/{FIRST}",
        "A", "courses/tiny-course/lessons/03-new.ipynb",
        "D", "courses/tiny-course/lessons/picture.svg",
    ]  # fmt: skip
    assert b"days = 8" in (shipped / FIRST).read_bytes()
    assert b"stored output" not in (shipped / FIRST).read_bytes()
    before = (live / FIRST).read_bytes()
    findings = seed_courses()
    assert [finding.where for finding in findings] == ["tiny-course"]
    assert (live / FIRST).read_bytes() == before
    assert export_course("tiny-course", tmp_path / "again") == []


def test_an_edited_notebook_keeps_the_shipped_kernel_names(
    checkout: Path, live: Path, shipped: Path, tmp_path: Path, git_in: GitIn
) -> None:
    edit_cell(live / FIRST, "days = 8\ndays")
    run_cell(live / FIRST)
    (patch,) = export_course("tiny-course", tmp_path / "out")
    before = nbformat.read(shipped / FIRST, as_version=4).metadata
    git_in(checkout, "am", str(patch))
    assert nbformat.read(shipped / FIRST, as_version=4).metadata == before
    assert len(patch.read_text().split("@@")) == 3  # one place, one change


def test_an_unknown_course_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(AcademyError, match="no live course 'other'"):
        export_course("other", tmp_path)
