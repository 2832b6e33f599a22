"""New versions beside a learner's files, after real pulls by nbgitpuller."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from nbgitpuller.pull import GitPuller

from academy.courses.live import seed_courses
from academy.courses.newversion import NewVersion, lay_new_versions
from academy.courses.pull import pull_lessons
from academy.courses.release import publish_lessons, published_url
from tests.courses.conftest import edit_cell, run_cell

ID = "tiny-course"
FIRST = "lessons/01-count-the-days.ipynb"
NEW = "lessons/01-count-the-days.new-version.ipynb"
NEW_2 = "lessons/01-count-the-days.new-version-2.ipynb"
Publish = Callable[[str], bytes]


@pytest.fixture
def clone(shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's clone, pulled once, whose first lesson the learner then edited."""
    seed_courses()
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    folder = tmp_path / "home" / ID
    folder.parent.mkdir(exist_ok=True)
    pull_lessons(published_url(ID), folder)
    edit_cell(folder / FIRST, "mine = 1")
    return folder


@pytest.fixture
def publish(clone: Path, live: Path) -> Publish:
    """Publish a new title of the first lesson and pull it; return what was published."""

    def run(title: str) -> bytes:
        published = edit_cell(live / FIRST, f"# {title}", cell=0)
        publish_lessons(ID)
        list(GitPuller(published_url(ID), str(clone), branch="main", depth=1).pull())
        return published

    return run


def test_nothing_new_lays_nothing(clone: Path) -> None:
    assert lay_new_versions(clone) == []
    assert not (clone / NEW).exists()


def test_a_new_version_is_laid_once_and_told_again(clone: Path, publish: Publish) -> None:
    mine = (clone / FIRST).read_bytes()
    published = publish("Second version")
    assert lay_new_versions(clone) == [NewVersion(clone / FIRST, clone / NEW, is_fresh=True)]
    assert (clone / NEW).read_bytes() == published
    assert (clone / FIRST).read_bytes() == mine
    assert lay_new_versions(clone) == [NewVersion(clone / FIRST, clone / NEW, is_fresh=False)]


def test_an_untouched_older_one_is_replaced(clone: Path, publish: Publish) -> None:
    publish("Second version")
    lay_new_versions(clone)
    published = publish("Third version")
    assert lay_new_versions(clone) == [NewVersion(clone / FIRST, clone / NEW, is_fresh=True)]
    assert (clone / NEW).read_bytes() == published
    assert not (clone / NEW_2).exists()


def test_one_that_the_learner_edited_is_never_overwritten(clone: Path, publish: Publish) -> None:
    publish("Second version")
    lay_new_versions(clone)
    mine = edit_cell(clone / NEW, "mine in the new one = 1")
    published = publish("Third version")
    assert [new.new_file for new in lay_new_versions(clone)] == [clone / NEW_2]
    assert (clone / NEW).read_bytes() == mine
    assert (clone / NEW_2).read_bytes() == published
    published = publish("Fourth version")
    lay_new_versions(clone)
    assert (clone / NEW_2).read_bytes() == published


def test_one_that_the_learner_deleted_does_not_come_back(clone: Path, publish: Publish) -> None:
    publish("Second version")
    lay_new_versions(clone)
    (clone / NEW).unlink()
    assert lay_new_versions(clone) == []
    publish("Third version")
    assert [new.new_file for new in lay_new_versions(clone)] == [clone / NEW]


def test_a_learner_who_takes_over_the_new_version_hears_no_more_of_it(
    clone: Path, publish: Publish
) -> None:
    publish("Second version")
    lay_new_versions(clone)
    (clone / NEW).replace(clone / FIRST)
    run_cell(clone / FIRST)
    assert lay_new_versions(clone) == []
    publish("Third version")
    assert [new.new_file for new in lay_new_versions(clone)] == [clone / NEW]


def test_an_edit_made_after_the_pull_is_not_taken_for_an_old_version(
    clone: Path, publish: Publish, live: Path
) -> None:
    second = "lessons/02-rest.ipynb"
    edit_cell(live / second, "# Better", cell=0)
    publish("Second version")
    edit_cell(clone / second, "mine = 2")
    assert [new.learner_file for new in lay_new_versions(clone)] == [clone / FIRST]
    publish("Third version")  # the edit is committed by nbgitpuller now
    assert [new.learner_file for new in lay_new_versions(clone)] == [clone / FIRST]


def test_a_lost_record_overwrites_nothing(clone: Path, publish: Publish) -> None:
    publish("Second version")
    lay_new_versions(clone)
    before = (clone / NEW).read_bytes()
    (clone / ".git" / "academy-new-versions.json").write_text("[1")
    publish("Third version")
    assert [new.new_file for new in lay_new_versions(clone)] == [clone / NEW_2]
    assert (clone / NEW).read_bytes() == before


def test_a_deleted_lesson_is_not_laid(clone: Path, publish: Publish) -> None:
    publish("Second version")
    (clone / FIRST).unlink()
    assert lay_new_versions(clone) == []
