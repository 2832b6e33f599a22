from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from academy import paths
from academy.courses.live import seed_courses
from academy.courses.release import publish_lessons
from academy.hub.homes import open_home
from academy.hub.layout import WORKSPACE, ensure_layout
from academy.hub.prepare import make_folders

LOG = logging.getLogger("test")
COURSE = "start-here"
LESSON = "lessons/01-load-and-count.ipynb"


@pytest.fixture
def home() -> Path:
    make_folders()
    seed_courses()
    folder = paths.homes() / "ana-resident"
    folder.mkdir()
    return folder


def visit(home: Path, *, taught: tuple[str, ...] = ()) -> str:
    """Open the home as the learner's server does, and return the page that it shows."""
    open_home(home, courses=[COURSE], taught=taught, base_url="/user/ana-resident/", log=LOG)
    return (home / "Welcome.md").read_text()


def edit(notebook: Path, words: str) -> None:
    """Write something of one's own into a notebook's first cell."""
    content = json.loads(notebook.read_text())
    content["cells"][0]["source"] = [words]
    notebook.write_text(json.dumps(content))


def test_a_first_visit(home: Path) -> None:
    page = visit(home)

    lesson = f"lessons/{COURSE}/{LESSON}"
    assert (home / lesson).exists()
    assert f"]({lesson})" in page
    assert (home / "data" / "service-requests" / "service-requests.csv").exists()
    assert (home / "assignments" / COURSE).is_dir()
    assert "Please note" not in page
    assert not (home / "courses").exists()


def test_no_solution_gets_into_a_home(home: Path) -> None:
    visit(home)

    files = [file for file in (home / "lessons").rglob("*") if file.is_file()]
    assert files
    assert not any(b"BEGIN SOLUTION" in file.read_bytes() for file in files)


def test_a_learners_work_wins_and_the_new_version_is_told(home: Path) -> None:
    visit(home)
    mine = home / "lessons" / COURSE / LESSON
    edit(mine, "What I think of my street.")
    kept = mine.read_bytes()
    edit(paths.live_courses() / COURSE / LESSON, "A better beginning.")
    publish_lessons(COURSE)

    page = visit(home)

    assert mine.read_bytes() == kept
    beside = mine.with_name("01-load-and-count.new-version.ipynb")
    assert "A better beginning." in beside.read_text()
    assert "Your own copy was not touched" in page
    assert beside.name in page


def test_lessons_that_cannot_be_fetched_stop_nobody(home: Path) -> None:
    visit(home)
    (paths.published_lessons() / f"{COURSE}.git" / "HEAD").write_text("nonsense")

    page = visit(home)

    assert "could not be brought up to date" in page
    assert "your own work is safe" in page
    assert (home / "lessons" / COURSE / LESSON).exists()


def test_an_instructor_sees_the_live_course(home: Path) -> None:
    page = visit(home, taught=(COURSE,))

    assert (home / "courses" / COURSE).resolve() == (paths.live_courses() / COURSE).resolve()
    assert "/services/start-here/formgrader" in page
    assert layout_of(home)["left"]["collapsed"] is False

    visit(home)
    assert not (home / "courses" / COURSE).exists()


def layout_of(home: Path) -> dict[str, Any]:
    """The lab's layout as it is saved in a home."""
    saved: dict[str, Any] = json.loads((home / WORKSPACE).read_text())["data"]
    layout: dict[str, Any] = saved["layout-restorer:data"]
    return layout


def save_layout(home: Path, widgets: list[str]) -> str:
    """Save a layout with some tabs, as the lab does; return what was written."""
    area = {"type": "tab-area", "currentIndex": 0, "widgets": widgets}
    dock = {"type": "split-area", "orientation": "horizontal", "sizes": [1], "children": [area]}
    main = {"dock": dock, "current": widgets[0] if widgets else ""}
    text = json.dumps({"data": {"layout-restorer:data": {"main": main}}, "metadata": {"id": "x"}})
    (home / WORKSPACE).write_text(text)
    return text


PAGE = "markdownviewer-widget:Welcome.md"


def test_the_first_layout_shows_the_page_and_folds_the_side_bars(home: Path) -> None:
    visit(home)

    assert layout_of(home)["left"]["collapsed"] is True
    assert layout_of(home)["main"]["current"] == PAGE


def test_tabs_that_were_left_open_stay_as_they_are(home: Path) -> None:
    visit(home)
    saved = save_layout(home, ["notebook:lessons/a.ipynb"])

    visit(home)

    assert (home / WORKSPACE).read_text() == saved


def test_where_no_tab_was_left_open_the_page_comes_back(home: Path) -> None:
    visit(home)
    save_layout(home, [])

    visit(home)

    assert layout_of(home)["main"]["current"] == PAGE
    (home / WORKSPACE).write_text("{}")
    visit(home)
    assert layout_of(home)["main"]["current"] == PAGE


def test_a_page_with_news_comes_to_the_front(home: Path) -> None:
    visit(home)
    save_layout(home, ["notebook:lessons/a.ipynb"])

    ensure_layout(home, "Welcome.md", folded=True, has_news=True)

    area = layout_of(home)["main"]["dock"]["children"][0]
    assert area["widgets"] == ["notebook:lessons/a.ipynb", PAGE]
    assert area["currentIndex"] == 1
    assert layout_of(home)["main"]["current"] == PAGE


def test_something_of_the_learners_own_is_not_replaced_by_a_link(home: Path) -> None:
    (home / "data" / "service-requests").mkdir(parents=True)
    (home / "data" / "service-requests" / "mine.txt").write_text("mine")
    (home / "data" / "gone").symlink_to(home / "nowhere")

    visit(home)

    assert (home / "data" / "service-requests" / "mine.txt").read_text() == "mine"
    assert not (home / "data" / "gone").is_symlink()


def test_a_file_in_the_way_is_told_and_the_rest_is_set_up(home: Path) -> None:
    (home / "data").write_text("my notes")

    page = visit(home)

    assert (home / "data").read_text() == "my notes"
    assert "could not set up the data today" in page
    assert (home / "lessons" / COURSE / LESSON).exists()


def test_the_name_of_the_layouts_file_is_jupyterlabs() -> None:
    from jupyterlab_server.workspaces_handler import slugify

    assert WORKSPACE.stem == slugify("default")
