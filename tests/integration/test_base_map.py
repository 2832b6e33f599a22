"""A real browser shows the base map and asks nobody for anything."""

from __future__ import annotations

from pathlib import Path

import offlinefolium
from playwright.sync_api import Browser

from academy.datasets.basemap import STATEMENT, base_map


def test_a_browser_draws_the_map_and_asks_for_nothing(browser: Browser, tmp_path: Path) -> None:
    here = base_map()
    offlinefolium.LayerControl(collapsed=False).add_to(here)
    file = tmp_path / "map.html"
    file.write_text(here.get_root().render(), encoding="utf-8")
    page = browser.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(file.as_uri())
    page.wait_for_selector("path.leaflet-interactive, svg path", state="attached")
    for box in page.locator(".leaflet-control-layers-overlays input").all():
        box.check()
    drawn = page.locator(".leaflet-overlay-pane path").count()
    assert drawn >= 108 + 19 + 1
    assert page.get_by_text(STATEMENT).is_visible()
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert problems == []
    page.close()
