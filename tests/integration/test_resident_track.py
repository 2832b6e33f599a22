"""The resident track as a learner meets it: each lesson runs, and shows what it has to show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Browser, Locator, expect

from academy import paths
from integration.accessible import assert_accessible, assert_parts_accessible
from integration.people import SHOTS, Person
from running import RunningAcademy

COURSE = "resident"
#: What is ours in JupyterLab's window: text of lessons and pages, charts and maps.
TEXT, FIGURE = ".jp-RenderedMarkdown", ".jp-OutputArea figure"
SHIPPED = paths.shipped_courses() / COURSE


def lessons() -> list[str]:
    """The lessons that the course lists, in its order."""
    course = yaml.safe_load((SHIPPED / "course.yaml").read_text(encoding="utf-8"))
    return [lesson["file"] for lesson in course["lessons"]]


# One resident and one lab for all lessons: what costs time is the lab, and it comes up once.
def test_every_lesson_runs_and_shows_its_charts_and_maps(
    academy: RunningAcademy, person: Callable[..., Person], subtests: pytest.Subtests
) -> None:
    ana = person("ana-resident")
    ana.sign_up()
    ana.wait_for_welcome()
    home = academy.state / "homes" / ana.name

    for lesson in lessons():
        with subtests.test(lesson=lesson):
            run_a_lesson(ana, home, f"lessons/{COURSE}/lessons/{lesson}")

    with subtests.test("the pages of the course"):
        look_at_pages(ana)
    assert ana.outside == []


def look_at_pages(ana: Person) -> None:
    """Look at the course's first page, the page to be printed, and a word with its meaning."""
    ana.open_file(f"lessons/{COURSE}/START.md")
    expect(ana.lab.get_by_role("heading", name="Your lessons")).to_be_visible()
    assert_parts_accessible(ana.page, TEXT)
    ana.lab.get_by_role("link", name="Ten real requests").click()
    paper = ana.lab.locator("iframe.jp-HTMLViewer, .jp-HTMLViewer iframe").content_frame
    expect(paper.get_by_role("heading", name="Ten real requests")).to_be_visible()
    ana.shot("track-paper")
    ana.open_file(f"lessons/{COURSE}/lessons/{lessons()[0]}")
    word = ana.notebook.locator("a[title]").first
    expect(word).to_be_visible()
    assert "." in (word.get_attribute("title") or ""), "the word's meaning is not shown"
    ana.open_file(f"lessons/{COURSE}/GLOSSARY.md")
    expect(ana.lab.get_by_role("heading", name="Words of this course")).to_be_visible()
    assert_parts_accessible(ana.page, TEXT)
    ana.shot("track-words")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_paper_page_is_for_every_screen(browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto((SHIPPED / "paper" / "ten-requests.html").as_uri())

    assert_accessible(page)

    page.close()


def run_a_lesson(ana: Person, home: Path, lesson: str) -> None:
    """Run a lesson from its first cell to its last, and look at all that it shows."""
    ana.open_file(lesson)
    ana.run_all_cells()
    ana.page.keyboard.press("ControlOrMeta+s")
    cells = saved_cells(ana, home / lesson)
    assert_parts_accessible(ana.page, TEXT)

    for cell in cells:
        assert [out for out in cell.get("outputs", []) if is_trouble(out)] == []
    for index, cell in enumerate(cells):
        shown = "".join(page_of(out) for out in cell.get("outputs", []))
        if "<img" in shown or "<iframe" in shown:
            look_at(ana, index, f"{Path(lesson).stem}-{cell['id']}")


def saved_cells(ana: Person, notebook: Path) -> list[dict[str, Any]]:
    """The cells of a notebook, once its file says that each code cell has run."""
    for _ in range(150):
        cells: list[dict[str, Any]] = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"])]
        if all(cell["execution_count"] for cell in code):
            return cells
        ana.page.keyboard.press("ControlOrMeta+s")
        ana.page.wait_for_timeout(200)
    waiting = [cell["id"] for cell in code if not cell["execution_count"]]
    raise AssertionError(f"{notebook.name}: these cells have not run: {waiting}")


def is_trouble(output: dict[str, Any]) -> bool:
    """Whether an output is an error or a warning, neither of which a learner should meet."""
    return output["output_type"] == "error" or output.get("name") == "stderr"


def page_of(output: dict[str, Any]) -> str:
    """What an output shows as a piece of a page."""
    return "".join(output.get("data", {}).get("text/html", ""))


def look_at(ana: Person, index: int, name: str) -> None:
    """Scroll to a cell and see that its chart has words, and its map land and a table."""
    cell = ana.notebook.locator(f".jp-Cell[data-windowed-list-index='{index}']")
    figures = cell.locator(FIGURE)
    if not cell.count():
        ana.notebook.locator(".jp-Cell").nth(index).scroll_into_view_if_needed()
    cell.scroll_into_view_if_needed()
    expect(figures.first).to_be_visible()
    for number in range(figures.count()):
        figure = figures.nth(number)
        figure.scroll_into_view_if_needed()
        if figure.locator("iframe").count():
            expect_map(figure)
        else:
            expect_picture(figure)
        assert_parts_accessible(ana.page, TEXT, FIGURE)
        ana.shot(f"track-{name}-{number}")
        figure.screenshot(path=SHOTS / f"track-{name}-{number}-whole.png")


def expect_picture(figure: Locator) -> None:
    """A picture that came up, with words that say what it shows."""
    picture = figure.locator("img")
    expect(picture).to_be_visible()
    assert len(picture.get_attribute("alt") or "") > 40, "the chart says nothing to a screen reader"
    assert picture.evaluate("image => image.naturalWidth") > 300
    box = picture.bounding_box()
    assert box is not None
    assert box["height"] > 100


def expect_map(figure: Locator) -> None:
    """A frame with a name in which something is drawn, and the same numbers in a table below."""
    frame = figure.locator("iframe")
    expect(frame).to_be_visible()
    assert len(frame.get_attribute("title") or "") > 40, "the map says nothing to a screen reader"
    drawn = frame.content_frame.locator("path.leaflet-interactive")
    expect(drawn.first).to_be_attached()
    lines = drawn.evaluate_all("paths => paths.map(path => path.getAttribute('d'))")
    assert [line for line in lines if line and line != "M0 0"], "the map is empty"
    table = figure.locator("table")
    expect(table).to_be_visible()
    assert table.locator("tbody tr").count() > 0
    above, below = frame.bounding_box(), table.bounding_box()
    assert above is not None
    assert below is not None
    assert below["y"] >= above["y"] + above["height"]
