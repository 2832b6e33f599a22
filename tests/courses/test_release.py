"""Publishing: what learners get by the real nbgitpuller, and what they can never get."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from academy.courses.git import Git
from academy.courses.live import seed_courses
from academy.courses.release import publish_lessons, published_folder
from academy.errors import AcademyError, FindingsError
from tests.courses.conftest import (
    SECRET,
    edit_cell,
    graded,
    lesson_notebook,
    run_cell,
    write_notebook,
)

FIRST, SECOND = "lessons/01-count-the-days.ipynb", "lessons/02-rest.ipynb"
ID = "tiny-course"


def every_object(course_id: str) -> bytes:
    """All bytes that anybody could ever get out of the published repository."""
    git = Git(published_folder(course_id))
    ids = git.run("cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return git.run("cat-file", "--batch", data=ids)


def test_no_object_of_the_published_repository_holds_an_answer(shipped: Path, live: Path) -> None:
    seed_courses()
    edit_cell(live / "source/six-times-seven/exercise.ipynb", f"extra = '{SECRET}'")
    edit_cell(live / FIRST, "days = 8")
    publish_lessons(ID)
    found = every_object(ID)
    assert b"Key points" in found  # the walk sees lessons, so it would see answers
    assert SECRET.encode() not in found
    assert b"result == 42" not in found
    assert SECRET in (live / "source/six-times-seven/exercise.ipynb").read_text()


def test_publishing_commits_the_edits_and_names_them(
    shipped: Path, live: Path, git_in: Callable[..., str]
) -> None:
    seed_courses()
    edit_cell(live / FIRST, "days = 8")
    done = publish_lessons(ID, author="Ada Instructor")
    assert (done.edits, done.changed) == ((FIRST,), (FIRST,))
    assert FIRST in git_in(live, "log", "-1", "--format=%B", "main")
    assert git_in(live, "log", "-1", "--format=%an", "main").strip() == "Ada Instructor"
    assert git_in(live, "status", "--porcelain") == ""


def test_publishing_without_a_change_makes_no_commit(shipped: Path, live: Path) -> None:
    seed_courses()
    before = Git(published_folder(ID)).find("main")
    edit_cell(live / "source/six-times-seven/exercise.ipynb", "six = 3 + 3")
    done = publish_lessons(ID)
    assert done.changed == ()
    assert done.commit == before


def test_outputs_stay_with_the_instructor(shipped: Path, live: Path) -> None:
    seed_courses()
    run_cell(live / FIRST)
    edit_cell(live / FIRST, "days = 8")
    run_cell(live / FIRST)
    publish_lessons(ID)
    assert b"stored output" not in every_object(ID)
    assert b"stored output" in (live / FIRST).read_bytes()


def test_history_is_one_line(shipped: Path, live: Path) -> None:
    seed_courses()
    for number in range(3):
        edit_cell(live / FIRST, f"days = {number}")
        publish_lessons(ID)
    parents = Git(published_folder(ID)).text("rev-list", "--parents", "main").splitlines()
    assert [len(line.split()) for line in parents] == [2, 2, 2, 1]


def test_a_draft_that_is_not_listed_is_not_published(shipped: Path, live: Path) -> None:
    seed_courses()
    write_notebook(live / "lessons" / "03-draft.ipynb", lesson_notebook())
    assert publish_lessons(ID).changed == ()


@pytest.mark.parametrize(
    ("source", "grade_id"), [("### BEGIN SOLUTION\nx = 1\n### END SOLUTION", ""), ("x = 1", "x")]
)
def test_a_lesson_with_a_solution_is_refused_and_learners_keep_what_they_have(
    source: str, grade_id: str, shipped: Path, live: Path
) -> None:
    seed_courses()
    before = Git(published_folder(ID)).find("main")
    cell = graded(source, grade_id, is_solution=True)
    if not grade_id:
        del cell.metadata["nbgrader"]
    write_notebook(live / FIRST, lesson_notebook(cell))
    with pytest.raises(FindingsError, match=r"tiny-course/lessons/01-.*cell 3"):
        publish_lessons(ID)
    assert Git(published_folder(ID)).find("main") == before


def test_a_link_out_of_the_lessons_and_an_odd_name_are_refused(shipped: Path, live: Path) -> None:
    seed_courses()
    (live / "lessons" / "peek.txt").symlink_to(live / "answers" / "six-times-seven.yaml")
    (live / "lessons" / "odd \n name.txt").write_text("x")
    with pytest.raises(FindingsError) as raised:
        publish_lessons(ID)
    assert len(raised.value.findings) == 2


def test_a_linked_folder_does_not_lead_out_of_the_lessons(shipped: Path, live: Path) -> None:
    seed_courses()
    (live / "lessons" / "more").symlink_to(live / "answers", target_is_directory=True)
    with pytest.raises(FindingsError, match="link"):
        publish_lessons(ID)
    assert SECRET.encode() not in every_object(ID)


def test_a_page_to_be_printed_that_leads_nowhere_is_refused(shipped: Path, live: Path) -> None:
    seed_courses()
    (live / "paper").mkdir()
    (live / "paper" / "rows.html").symlink_to(live / "nowhere")
    with pytest.raises(FindingsError, match="link"):
        publish_lessons(ID)


def test_the_folder_of_printed_pages_is_no_link_either(shipped: Path, live: Path) -> None:
    seed_courses()
    (live / "paper").symlink_to(live / "answers", target_is_directory=True)
    with pytest.raises(FindingsError, match="link"):
        publish_lessons(ID)
    assert SECRET.encode() not in every_object(ID)


def test_a_broken_course_and_an_unknown_one_are_refused(shipped: Path, live: Path) -> None:
    seed_courses()
    (live / SECOND).write_text("{")
    with pytest.raises(FindingsError, match="not valid JSON"):
        publish_lessons(ID)
    with pytest.raises(AcademyError, match="no live course 'other'"):
        publish_lessons("other")
