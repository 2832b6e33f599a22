"""What axe says of a page, or of the parts of one that are ours."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}


def assert_accessible(page: Page) -> None:
    """Hold WCAG 2.1 AA, as far as a program can tell, and no sideways scrolling."""
    found = Axe().run(page, options=_RULES)
    assert found.violations_count == 0, found.generate_report()
    wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    assert not wide, f"{page.url} scrolls sideways"
    assert page.locator("h1").count() == 1
    assert page.title().strip() not in ("", "JupyterHub")


def assert_parts_accessible(page: Page, *selectors: str) -> None:
    """Hold WCAG 2.1 AA in the parts of a page that are there; what is around is JupyterLab's.

    The inside of frames is left out: a frame's name and the table beside it stand for it.
    """
    there = [[one] for one in selectors if page.locator(one).count()]
    assert there, f"{page.url} shows none of {selectors}"
    found = Axe().run(page, context={"include": there}, options={**_RULES, "iframes": False})
    assert found.violations_count == 0, found.generate_report()
