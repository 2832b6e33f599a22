"""The lab's first layout: the learner's own page, and the side bars folded away.

With the side bar open, a phone shows nothing else. Whoever opens it keeps it open: the layout is
made once and is the learner's from then on.
"""

from __future__ import annotations

import json
from pathlib import Path

from academy import paths

# JupyterLab reads its workspace named "default" from this file; the ending is its own checksum.
WORKSPACE = Path(".jupyter") / "lab" / "workspaces" / "default-37a8.jupyterlab-workspace"


def first_layout(page: str) -> dict[str, object]:
    """Return a workspace of JupyterLab that shows one Markdown page and folded side bars.

    Parameters
    ----------
    page
        The page's path in the home, e.g. ``Welcome.md``.
    """
    widget = f"markdownviewer-widget:{page}"
    left = ["filebrowser", "running-sessions", "@jupyterlab/toc:plugin"]
    return {
        "data": {
            "layout-restorer:data": {
                "main": {
                    "dock": {"type": "tab-area", "currentIndex": 0, "widgets": [widget]},
                    "current": widget,
                },
                "left": {"collapsed": True, "visible": True, "widgets": left},
                "right": {"collapsed": True, "visible": True, "widgets": []},
            },
            widget: {"data": {"path": page, "factory": "Markdown Preview"}},
        },
        "metadata": {"id": "default"},
    }


def ensure_layout(home: Path, page: str) -> None:
    """Give a home the first layout when it has none yet."""
    file = home / WORKSPACE
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    paths.write_atomically(file, json.dumps(first_layout(page)))
