"""A real browser, as wide as a telephone, shows a lesson's chart and map and asks for nothing."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import offlinefolium as folium
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page

from academy.plots.charts import as_picture, chart_page
from academy.plots.maps import map_page
from academy.plots.tables import as_key, as_table

WIDTH = 320


@pytest.fixture
def page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": WIDTH, "height": 700})


def test_a_chart_fits_a_telephone_and_has_a_name(page: Page, tmp_path: Path) -> None:
    with plt.style.context("academy.plots.lesson"):
        figure, axes = plt.subplots()
        axes.bar(["carts", "grass"], [3, 1])
        axes.set_title("There are three times as many carts as there is grass on this street")
        drawn = as_picture(figure)
    file = tmp_path / "chart.html"
    file.write_text(chart_page(drawn, "Two bars.", "Open Data BR"), encoding="utf-8")
    page.goto(file.as_uri())
    box = page.get_by_role("img", name="Two bars.").bounding_box()

    assert box is not None
    assert 0.8 * WIDTH < box["width"] <= WIDTH
    assert box["height"] == pytest.approx(box["width"] * 0.8, abs=2)
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    page.close()


def test_a_map_is_drawn_and_its_table_can_be_reached(page: Page, tmp_path: Path) -> None:
    here = folium.Map(location=[30.5, -91.1], zoom_start=10, tiles=None)
    folium.Rectangle([[30.4, -91.2], [30.6, -91.0]], fill=True, tooltip="Tract 1").add_to(here)
    table = pd.DataFrame({"tract": [str(n) for n in range(40)], "lights": range(40)})
    asked, complaints = list[str](), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    file = tmp_path / "map.html"
    below = as_key({"many": "#3182bd"}) + as_table(table)
    file.write_text(map_page(here, below, "One tract.", "Open Data BR"), encoding="utf-8")
    page.goto(file.as_uri())
    inside = page.frame_locator("iframe[title='One tract.']")
    inside.locator("path.leaflet-interactive").wait_for(state="attached")
    inside.locator("path.leaflet-interactive").hover()

    assert inside.get_by_text("Tract 1").is_visible()
    assert page.get_by_role("rowheader", name="39").count() == 1
    page.get_by_role("region", name="The map's numbers in a table").focus()
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('[role=region]').scrollTop > 100")
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    assert [url for url in asked if url != file.as_uri()] == []
    assert complaints == []
    page.close()
