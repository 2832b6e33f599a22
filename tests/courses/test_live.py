"""Live courses follow the shipped ones and never lose an instructor's work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from academy.courses import live as live_module
from academy.courses import merge
from academy.courses.git import Git
from academy.courses.live import live_courses, load_live_courses, seed_courses
from academy.courses.release import is_published, publish_lessons, published_folder
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


def test_first_seeding_makes_a_live_course_and_publishes_it(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    assert seed_courses() == []
    assert (live / FIRST).read_bytes() == (shipped / FIRST).read_bytes()
    assert git_in(live, "rev-parse", "main") == git_in(live, "rev-parse", "shipped")
    assert git_in(live, "status", "--porcelain") == ""
    assert is_published("tiny-course")
    assert [course.id for course in live_courses()] == ["tiny-course"]


def test_what_nbgrader_makes_in_the_live_course_is_never_committed(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    seed_courses()
    for name in ("release/a/x.ipynb", "submitted/ann/a/x.ipynb", "autograded/ann/a/x.ipynb",
                 "feedback/ann/a/x.html", "gradebook.db", "gradebook.db-wal", ".nbgrader.log",
                 "lessons/.ipynb_checkpoints/01-checkpoint.ipynb"):  # fmt: skip
        (live / name).parent.mkdir(parents=True, exist_ok=True)
        (live / name).write_text("x")
    assert publish_lessons("tiny-course").edits == ()
    assert git_in(live, "status", "--porcelain") == ""


def test_seeding_again_changes_nothing_and_is_quick(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    seed_courses()
    before = git_in(live, "rev-parse", "main", "shipped"), git_in(live, "log", "--all", "--oneline")
    start = time.perf_counter()
    assert seed_courses() == []
    assert time.perf_counter() - start < 1.0  # 0.2 s on a machine that is not shared
    assert before == (
        git_in(live, "rev-parse", "main", "shipped"), git_in(live, "log", "--all", "--oneline")
    )  # fmt: skip


def test_a_newer_shipped_course_arrives_and_is_published(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    seed_courses()
    new = edit_cell(shipped / FIRST, "days = 8\ndays")
    assert seed_courses() == []
    assert (live / FIRST).read_bytes() == new
    assert len(git_in(live, "rev-list", "--parents", "-1", "main").split()) == 3
    assert b"days = 8" in (Git(published_folder("tiny-course")).blob("main", FIRST) or b"")


def test_uncommitted_edits_elsewhere_survive_a_merge_and_wait_for_the_instructor(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    seed_courses()
    mine = edit_cell(live / SECOND, "mine = 1")
    theirs = edit_cell(shipped / FIRST, "days = 8\ndays")
    findings = seed_courses()
    assert [finding.where for finding in findings] == ["tiny-course"]
    assert "publish" in findings[0].next_step
    assert (live / FIRST).read_bytes() == theirs
    assert (live / SECOND).read_bytes() == mine
    assert b"mine" not in (Git(published_folder("tiny-course")).blob("main", SECOND) or b"")
    assert git_in(live, "log", "--format=%s", "--first-parent", "main").splitlines()[:2] == [
        "Take up the newer shipped course", "Edits made in the live course"
    ]  # fmt: skip
    assert seed_courses() == []


def test_a_notebook_changed_on_both_sides_keeps_the_instructors_whole_file(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    seed_courses()
    mine = edit_cell(live / FIRST, "mine = 1", cell=1)
    edit_cell(shipped / FIRST, "# Theirs", cell=0)
    findings = seed_courses()
    assert (live / FIRST).read_bytes() == mine
    assert findings[0].where == f"tiny-course/{FIRST}"
    assert "yours was kept" in findings[0].problem
    assert "git diff main shipped" in findings[0].next_step
    assert "Theirs" in git_in(live, "diff", "main", "shipped", "--", FIRST)
    assert seed_courses() == []


def test_a_notebook_that_an_instructor_only_ran_is_not_an_edit(shipped: Path, live: Path) -> None:
    seed_courses()
    run_cell(live / FIRST)
    new = edit_cell(shipped / FIRST, "days = 8\ndays")
    assert [finding.where for finding in seed_courses()] == []
    assert (live / FIRST).read_bytes() == new


def test_a_lesson_taken_out_stays_where_the_instructor_changed_it(
    shipped: Path, live: Path
) -> None:
    seed_courses()
    mine = edit_cell(live / SECOND, "mine = 1")
    (shipped / SECOND).unlink()
    write_settings(shipped, settings() | {"lessons": settings()["lessons"][:1]})
    findings = seed_courses()
    assert (live / SECOND).read_bytes() == mine
    assert "taken out" in findings[0].problem


def test_a_file_that_the_instructor_deleted_stays_deleted_and_is_told(
    shipped: Path, live: Path
) -> None:
    seed_courses()
    (live / "lessons" / "picture.svg").unlink()
    (shipped / "lessons" / "picture.svg").write_text("<svg>new</svg>")
    findings = seed_courses()
    assert not (live / "lessons" / "picture.svg").exists()
    assert "stays deleted" in findings[0].problem


def test_both_sides_changing_other_lines_of_course_yaml_is_merged(
    shipped: Path, live: Path
) -> None:
    seed_courses()
    write_settings(live, settings() | {"title": "My course"})
    changed = settings()
    changed["assignments"][0]["minutes"] = 9
    write_settings(shipped, changed)
    findings = seed_courses()
    merged = yaml.safe_load((live / "course.yaml").read_text())
    assert (merged["title"], merged["assignments"][0]["minutes"]) == ("My course", 9)
    assert [finding.where for finding in findings] == ["tiny-course"]


def test_both_sides_changing_the_same_line_of_course_yaml_keeps_the_instructors(
    shipped: Path, live: Path
) -> None:
    seed_courses()
    write_settings(live, settings() | {"title": "My course"})
    write_settings(shipped, settings() | {"title": "Their course"})
    assert "yours was kept" in seed_courses()[0].problem
    assert yaml.safe_load((live / "course.yaml").read_text())["title"] == "My course"


def test_a_new_lesson_with_the_same_name_on_both_sides_keeps_the_instructors(
    shipped: Path, live: Path
) -> None:
    seed_courses()
    for folder, text in ((live, "mine = 1"), (shipped, "theirs = 1")):
        write_notebook(folder / "lessons" / "03-new.ipynb", lesson_notebook())
        edit_cell(folder / "lessons" / "03-new.ipynb", text)
    assert "yours was kept" in seed_courses()[0].problem
    assert b"mine = 1" in (live / "lessons" / "03-new.ipynb").read_bytes()


@pytest.mark.parametrize("moment", ["before the merge", "between files", "before the commit"])
def test_a_kill_during_a_merge_loses_nothing_and_the_next_start_finishes(
    moment: str, shipped: Path, live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed_courses()
    mine = edit_cell(live / "source/six-times-seven/exercise.ipynb", "six = 2 * 3")
    theirs = [edit_cell(shipped / name, "days = 8\ndays") for name in (FIRST, SECOND)]

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def killed_at_the_second(git: Git, versions: merge.Versions, wanted: bytes | None) -> bool:
        return killed() if versions.path == SECOND else write(git, versions, wanted)  # type: ignore[func-returns-value]

    write = merge._write
    with monkeypatch.context() as patch:
        if moment == "before the merge":
            patch.setattr(live_module, "merge_shipped", killed)
        elif moment == "between files":
            patch.setattr(merge, "_write", killed_at_the_second)
        else:
            patch.setattr(merge, "_commit_merge", killed)
        with pytest.raises(KeyboardInterrupt):
            seed_courses()
    seed_courses()
    assert [(live / name).read_bytes() for name in (FIRST, SECOND)] == theirs
    assert (live / "source/six-times-seven/exercise.ipynb").read_bytes() == mine
    assert seed_courses() == []


def test_a_kill_during_a_merge_and_yet_another_version(
    shipped: Path, live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    seed_courses()
    edit_cell(shipped / FIRST, "days = 8\ndays")
    with monkeypatch.context() as patch:
        patch.setattr(merge, "_commit_merge", killed)
        with pytest.raises(KeyboardInterrupt):
            seed_courses()
    newest = edit_cell(shipped / FIRST, "days = 9\ndays")
    assert seed_courses() == []
    assert (live / FIRST).read_bytes() == newest


def test_a_kill_before_publication_is_made_good_at_the_next_start(
    shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(live_module, "publish_locked", killed)
        with pytest.raises(KeyboardInterrupt):
            seed_courses()
    assert not is_published("tiny-course")
    seed_courses()
    assert is_published("tiny-course")
    edit_cell(shipped / FIRST, "days = 8\ndays")
    with monkeypatch.context() as patch:
        patch.setattr(live_module, "publish_locked", killed)
        with pytest.raises(KeyboardInterrupt):
            seed_courses()
    seed_courses()
    assert b"days = 8" in (Git(published_folder("tiny-course")).blob("main", FIRST) or b"")


def test_a_lock_left_by_a_killed_git_is_removed(shipped: Path, live: Path) -> None:
    seed_courses()
    new = edit_cell(shipped / FIRST, "days = 8\ndays")
    long_ago = time.time() - 60
    for name in ("index.lock", "academy-shipped.index.lock", "refs/heads/main.lock"):
        (live / ".git" / name).touch()
        os.utime(live / ".git" / name, (long_ago, long_ago))
    seed_courses()
    assert (live / FIRST).read_bytes() == new


def test_half_made_live_courses_are_swept_away(shipped: Path, live: Path) -> None:
    leftover = live.parent / ".new-tiny-course.abc"
    leftover.mkdir(parents=True)
    (leftover / "half").touch()
    assert seed_courses() == []
    assert not leftover.exists()
    assert live.is_dir()


def test_a_folder_without_a_repository_keeps_its_files(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    (live / "lessons").mkdir(parents=True)
    mine = (shipped / FIRST).read_bytes().replace(b"days = 7", b"days = 1")
    (live / FIRST).write_bytes(mine)
    seed_courses()
    assert (live / FIRST).read_bytes() == mine
    assert (live / SECOND).read_bytes() == (shipped / SECOND).read_bytes()
    assert git_in(live, "status", "--porcelain") == ""


def test_a_live_course_on_another_branch_is_left_alone(
    shipped: Path, live: Path, git_in: GitIn
) -> None:
    seed_courses()
    git_in(live, "checkout", "-q", "-b", "experiment")
    edit_cell(shipped / FIRST, "days = 8\ndays")
    findings = seed_courses()
    assert "experiment" in findings[0].problem
    assert b"days = 8" not in (live / FIRST).read_bytes()
    git_in(live, "checkout", "-q", "main")
    seed_courses()
    assert b"days = 8" in (live / FIRST).read_bytes()


def test_a_broken_live_course_is_left_out_with_a_finding(shipped: Path, live: Path) -> None:
    seed_courses()
    (live / "course.yaml").write_text("title: [")
    assert seed_courses() == []
    courses, findings = load_live_courses()
    assert courses == []
    assert findings[0].where == "tiny-course/course.yaml, line 1"


def test_a_broken_shipped_course_does_not_keep_the_others_from_starting(
    shipped: Path, live: Path
) -> None:
    (shipped.parent / "broken-course").mkdir()
    findings = seed_courses()
    assert live.is_dir()
    assert findings[0].where.startswith("broken-course/course.yaml")


def test_missing_git_is_one_sentence(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    findings = seed_courses()
    assert "no git program was found" in findings[0].problem
    assert "Install git" in findings[0].next_step
