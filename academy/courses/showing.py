"""What a notebook's run shows, and what of it says nothing to a person who can't see it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(["'])\s*[^"'\s]""", re.IGNORECASE)
_MAP = re.compile(r"leaflet|folium", re.IGNORECASE)


class Publisher(DisplayPublisher):  # type: ignore[misc, unused-ignore]
    """Keeps what a cell shows, in place of sending it to a page."""

    shown: list[dict[str, Any]]

    def publish(
        self,
        data: Any,
        metadata: Any = None,  # noqa: ARG002 - what Jupyter's libraries hand over
        source: Any = None,  # noqa: ARG002
        **_more: Any,
    ) -> None:
        """Keep one output in all its forms."""
        self.shown.append(data)


class Results(DisplayHook):  # type: ignore[misc, unused-ignore]
    """Keeps the value of a cell's last line as a page would show it."""

    def __call__(self, result: Any = None) -> None:
        """Keep a value; None is not shown."""
        hook: Any = self
        hook.check_for_underscore()
        if result is None or hook.quiet():
            return
        hook.shell.display_pub.publish(*hook.compute_format_data(result))
        hook.update_user_ns(result)
        hook.fill_exec_result(result)


def faults(shown: Iterable[dict[str, Any]]) -> list[str]:
    """Return what is wrong with what a cell showed, in words; nothing when all is well.

    A plain picture is always wrong: JupyterLab gives it no text alternative, whatever is stored
    with it. It must come as a piece of a page.

    Parameters
    ----------
    shown
        For each output its forms by MIME type.
    """
    return [fault for data in shown if (fault := _fault(data))]


def _fault(data: dict[str, Any]) -> str:
    page = str(data.get("text/html", ""))
    pictures = _PICTURE.findall(_outside(page))
    is_bare = not page and any(kind.startswith("image/") for kind in data)
    if is_bare or any(not _ALT.search(picture) for picture in pictures):
        return "shows a picture that has no text alternative"
    if "<iframe" in page and _MAP.search(page) and not re.search(r"<table\b", _outside(page)):
        return "shows a map that has no table with the same numbers beside it"
    return ""


def _outside(page: str) -> str:
    """A page without what stands inside its frames."""
    return re.sub(r"(?s)<iframe\b.*?</iframe>", "", page)
