"""What the real nbgitpuller leaves in a learner's home."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from academy.courses.live import seed_courses
from academy.courses.pull import pull_lessons
from academy.courses.release import publish_lessons, published_url
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
ID = "tiny-course"


@pytest.fixture
def told() -> list[str]:
    """The names of the new versions that the last pull told of."""
    return []


@pytest.fixture
def pull(
    shipped: Path, told: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Path]:
    """Pull the seeded course into a learner's home by nbgitpuller and return the clone."""
    seed_courses()
    monkeypatch.delenv("GIT_DIR")
    monkeypatch.delenv("GIT_INDEX_FILE")
    clone = tmp_path / "home of ann" / "lessons" / ID

    def run() -> Path:
        new_versions = pull_lessons(published_url(ID), clone)
        told[:] = [new.new_file.name for new in new_versions]
        return clone

    return run


def test_learners_get_lessons_and_the_course_page_and_nothing_else(
    pull: Callable[[], Path],
) -> None:
    clone = pull()
    found = {path.relative_to(clone).as_posix() for path in clone.rglob("*") if path.is_file()}
    assert {name for name in found if not name.startswith(".git/")} == {
        ".gitattributes", "START.md", FIRST, SECOND, "lessons/picture.svg"
    }  # fmt: skip
    depth = subprocess.run(
        ["git", "rev-list", "--count", "HEAD"], cwd=clone, capture_output=True, check=True
    )
    assert depth.stdout.strip() == b"1"


def test_where_nothing_is_newer_nothing_is_pulled(
    pull: Callable[[], Path], live: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = pull()
    mine = edit_cell(clone / FIRST, "mine = 1")
    pulled: list[Path] = []
    monkeypatch.setattr("academy.courses.pull._pull", lambda _url, folder: pulled.append(folder))

    pull()
    assert pulled == []
    assert (clone / FIRST).read_bytes() == mine

    edit_cell(live / SECOND, "other = 1")
    publish_lessons(ID)
    pull()
    assert pulled == [clone]


def test_changed_by_the_academy_only(pull: Callable[[], Path], live: Path, told: list[str]) -> None:
    clone = pull()
    new = edit_cell(live / FIRST, "days = 8\ndays")
    publish_lessons(ID)
    pull()
    assert (clone / FIRST).read_bytes() == new
    assert told == []


def test_changed_by_the_learner_only(pull: Callable[[], Path], live: Path, told: list[str]) -> None:
    clone = pull()
    mine = edit_cell(clone / FIRST, "mine = 1")
    edit_cell(live / SECOND, "other = 1")
    publish_lessons(ID)
    pull()
    assert (clone / FIRST).read_bytes() == mine
    assert b"other = 1" in (clone / SECOND).read_bytes()
    assert told == []


def test_changed_on_both_sides_keeps_the_learners_file_byte_for_byte(
    pull: Callable[[], Path], live: Path, told: list[str]
) -> None:
    clone = pull()
    mine = edit_cell(clone / FIRST, "mine = 1", cell=1)
    edit_cell(live / FIRST, "# Another title", cell=0)
    publish_lessons(ID)
    for _ in range(2):
        pull()
        assert (clone / FIRST).read_bytes() == mine


def test_a_lesson_that_the_learner_only_ran_gives_way_to_the_newer_one(
    pull: Callable[[], Path], live: Path, told: list[str]
) -> None:
    clone = pull()
    run_cell(clone / FIRST)
    pull()
    run_cell(clone / FIRST)

    newer = edit_cell(live / FIRST, "days = 9\ndays")
    publish_lessons(ID)
    pull()

    assert (clone / FIRST).read_bytes() == newer
    assert told == []


def test_what_running_left_stays_while_there_is_nothing_newer(
    pull: Callable[[], Path], told: list[str]
) -> None:
    clone = pull()
    run_cell(clone / FIRST)
    before = (clone / FIRST).read_bytes()

    pull()

    assert (clone / FIRST).read_bytes() == before
    assert told == []


def test_deleted_by_the_learner_comes_back(
    pull: Callable[[], Path], live: Path, told: list[str]
) -> None:
    clone = pull()
    before = (clone / FIRST).read_bytes()
    (clone / FIRST).unlink()
    pull()
    assert (clone / FIRST).read_bytes() == before
    (clone / FIRST).unlink()
    new = edit_cell(live / FIRST, "days = 8\ndays")
    publish_lessons(ID)
    pull()
    assert (clone / FIRST).read_bytes() == new
    assert told == []


def test_taken_out_by_the_academy_goes_unless_the_learner_changed_it(
    pull: Callable[[], Path], live: Path, told: list[str]
) -> None:
    clone = pull()
    mine = edit_cell(clone / SECOND, "mine = 1")
    (live / SECOND).unlink()
    (live / "lessons" / "picture.svg").unlink()
    write_settings(live, settings() | {"lessons": settings()["lessons"][:1]})
    publish_lessons(ID)
    pull()
    assert (clone / SECOND).read_bytes() == mine
    assert not (clone / "lessons" / "picture.svg").exists()
    pull()
    assert (clone / SECOND).read_bytes() == mine
    assert told == []


@pytest.mark.parametrize("is_similar", [False, True])
def test_a_new_lesson_with_the_name_of_a_learners_own_file(
    is_similar: bool, pull: Callable[[], Path], live: Path, told: list[str]
) -> None:
    clone = pull()
    own = clone / "lessons" / "03-new.ipynb"
    own.write_text("my own")
    lessons = [*settings()["lessons"], {"file": own.name, "title": "New", "minutes": 5}]
    write_notebook(live / "lessons" / own.name, lesson_notebook())
    if is_similar:  # git may take the new file for a renamed one
        (live / SECOND).rename(live / "lessons" / own.name)
        del lessons[1]
    write_settings(live, settings() | {"lessons": lessons})
    publish_lessons(ID)
    pull()
    kept = list(own.parent.glob("03-new__*.ipynb"))
    assert [path.read_text() for path in kept] == ["my own"]
    assert b"Count the days" in own.read_bytes()


def test_a_learner_who_is_many_versions_behind(
    pull: Callable[[], Path], live: Path, told: list[str]
) -> None:
    clone = pull()
    mine = edit_cell(clone / FIRST, "mine = 1")
    for number in range(5):
        edit_cell(live / SECOND, f"other = {number}")
        publish_lessons(ID)
    pull()
    assert (clone / FIRST).read_bytes() == mine
    assert b"other = 4" in (clone / SECOND).read_bytes()


def test_a_moved_state_directory_is_followed(
    pull: Callable[[], Path], live: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone = pull()
    state.rename(state.with_name("moved"))
    monkeypatch.setenv("ACADEMY_STATE", str(state.with_name("moved")))
    new = edit_cell(state.with_name("moved") / "courses" / ID / FIRST, "days = 8\ndays")
    publish_lessons(ID)
    pull()
    assert (clone / FIRST).read_bytes() == new


def test_lessons_that_cannot_be_fetched_are_one_sentence_and_nothing_is_lost(
    pull: Callable[[], Path], tmp_path: Path
) -> None:
    clone = pull()
    mine = edit_cell(clone / FIRST, "mine = 1")
    with pytest.raises(AcademyError, match="Your own files are as you left them"):
        pull_lessons((tmp_path / "nowhere").as_uri(), clone)
    assert (clone / FIRST).read_bytes() == mine


def test_something_else_in_the_way_is_kept(shipped: Path, tmp_path: Path) -> None:
    seed_courses()
    (tmp_path / "clone").mkdir()
    (tmp_path / "clone" / "mine.txt").write_text("mine")
    with pytest.raises(AcademyError, match="in the way"):
        pull_lessons(published_url(ID), tmp_path / "clone")
    assert (tmp_path / "clone" / "mine.txt").read_text() == "mine"
