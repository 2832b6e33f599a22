"""The lab's layout: it opens on the user's own page, not on an empty launcher.

A learner's first layout has the side bars folded away: with one open, a phone shows nothing else.
The layout is the learner's from then on. At later visits the tabs are as they were left; the
page comes back where no tab was left open, and to the front when it has news.

The page is put into the saved layout, and not opened by an address such as ``lab/tree/...``:
that opens it a moment after the lab is there, on top of what a quick user has opened by then.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from academy import paths

# JupyterLab reads its workspace named "default" from this file; the ending is its own checksum.
WORKSPACE = Path(".jupyter") / "lab" / "workspaces" / "default-37a8.jupyterlab-workspace"
_LAYOUT = "layout-restorer:data"


def first_layout(page: str, *, folded: bool) -> dict[str, Any]:
    """Return a workspace of JupyterLab that shows one Markdown page.

    Parameters
    ----------
    page
        The page's path in the home, e.g. ``Welcome.md``.
    folded
        Whether the file browser is folded away.
    """
    widget = _widget(page)
    left = ["filebrowser", "running-sessions", "@jupyterlab/toc:plugin"]
    browser = {} if folded else {"current": "filebrowser"}
    return {
        "data": {
            _LAYOUT: {
                "main": _main(widget),
                "left": {"collapsed": folded, "visible": True, "widgets": left, **browser},
                "right": {"collapsed": True, "visible": True, "widgets": []},
            },
            widget: {"data": {"path": page, "factory": "Markdown Preview"}},
        },
        "metadata": {"id": "default"},
    }


def ensure_layout(home: Path, page: str, *, folded: bool, has_news: bool) -> None:
    """Give a home its first layout, or bring the page back into a saved one where it is needed.

    Parameters
    ----------
    home
        The user's home.
    page
        The page's path in it.
    folded
        Whether the first layout has its file browser folded away.
    has_news
        Whether the page says something that the user should see first.
    """
    file = home / WORKSPACE
    saved = _read(file)
    if saved is None:
        file.parent.mkdir(parents=True, exist_ok=True)
        saved = first_layout(page, folded=folded)
    elif not _show(saved, page, has_news=has_news):
        return
    paths.write_atomically(file, json.dumps(saved))


def _read(file: Path) -> dict[str, Any] | None:
    """Return a saved workspace; ``None`` where there is none or it can't be read."""
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        saved["data"].setdefault(_LAYOUT, {})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return saved if isinstance(saved["data"][_LAYOUT], dict) else None


def _show(saved: dict[str, Any], page: str, *, has_news: bool) -> bool:
    """Bring the page into a saved workspace where it is needed; tell whether that changed it."""
    layout, widget = saved["data"][_LAYOUT], _widget(page)
    area = _first_tabs((layout.get("main") or {}).get("dock"))
    if area is not None and not has_news:
        return False
    if area is None:
        layout["main"] = _main(widget)
    else:
        if widget not in area["widgets"]:
            area["widgets"].append(widget)
        area["currentIndex"] = area["widgets"].index(widget)
        layout["main"]["current"] = widget
    saved["data"][widget] = {"data": {"path": page, "factory": "Markdown Preview"}}
    return True


def _first_tabs(dock: Any) -> dict[str, Any] | None:
    """Return the first group of tabs of a dock that holds any."""
    if not isinstance(dock, dict):
        return None
    if dock.get("type") == "tab-area":
        return dock if dock.get("widgets") else None
    found = (_first_tabs(child) for child in dock.get("children", ()))
    return next((area for area in found if area), None)


def _main(widget: str) -> dict[str, Any]:
    return {
        "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [widget]},
        "current": widget,
    }


def _widget(page: str) -> str:
    return f"markdownviewer-widget:{page}"
