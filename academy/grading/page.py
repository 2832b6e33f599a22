"""The parts of the feedback page: its table of checks, and HTML that is safe and well headed."""

from __future__ import annotations

import re
from typing import Any

import bleach  # type: ignore[import-untyped]
from bs4 import BeautifulSoup
from markupsafe import Markup

from academy.grading.hidden import without_colours
from academy.grading.plain import MESSAGE, NO_ANSWER

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "div", "dl", "dt", "em", "h1",
    "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "s", "small", "span",
    "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": ["href", "title"],
    "abbr": ["title"],
    "img": ["src", "alt"],
    "td": ["colspan", "rowspan"],
    "th": ["colspan", "rowspan", "scope"],
}
_GONE = ("script", "style", "template", "iframe", "object", "svg", "math")

#: A notebook's own first heading comes below the page's headings.
_LEVELS_DOWN = 2


def words(name: str) -> str:
    """Return a name such as ``load-and-count`` as words for people."""
    text = re.sub(r"[-_]+", " ", name).strip()
    return text[:1].upper() + text[1:]


def points(value: float | None) -> str:
    """Return points without needless decimals: 7, 7.5, 6.67."""
    return f"{round(value or 0, 2):g}"


def plain_text(text: Any) -> str:
    """Return text without the terminal's colour codes."""
    return without_colours("".join(text))


def checks(notebook: Any, waiting: set[str]) -> list[dict[str, Any]]:
    """Return the rows of the page's table: everything that gives points, in order.

    Parameters
    ----------
    notebook
        The graded notebook, made plain.
    waiting
        Names of cells that a person has yet to mark.
    """
    rows = []
    heading = ""
    for cell in notebook.cells:
        heading = _heading(cell) or heading
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade") or marks.get("task"):
            rows.append(_row(cell, marks, heading, marks["grade_id"] in waiting))
    return rows


def _heading(cell: Any) -> str:
    """Return the last heading in a text of the course's; a learner's answer gives none."""
    if cell.cell_type != "markdown" or cell.metadata.get("nbgrader", {}).get("solution"):
        return ""
    found = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", cell.source, flags=re.MULTILINE)
    return re.sub(r"[*_`]", "", found[-1]) if found else ""


def _row(cell: Any, marks: Any, heading: str, waits: bool) -> dict[str, Any]:
    score, most = marks.get("score") or 0, marks.get("points") or 0
    return {
        "id": marks["grade_id"],
        "label": heading or words(marks["grade_id"]),
        "score": score,
        "points": most,
        "blank": cell.metadata.get(MESSAGE) == NO_ANSWER,
        "by_hand": bool(marks.get("solution") or marks.get("task")),
        "waits": waits,
        "passed": score >= most and not waits,
        "message": cell.metadata.get(MESSAGE, ""),
    }


def picture_text(output: Any, cell: Any) -> str:
    """Return the text that stands for a picture: its own, else where it comes from."""
    metadata = output.get("metadata", {})
    kinds = [metadata, *(part for part in metadata.values() if isinstance(part, dict))]
    own = next((str(kind["alt"]) for kind in kinds if kind.get("alt")), "")
    number = cell.get("execution_count")
    return own or f"Picture made by the code in cell {number}; it has no description."


def safe_html(html: Any) -> Markup:
    """Return HTML that runs nothing and fetches nothing, with headings below the page's own."""
    soup = BeautifulSoup(str(html), "html.parser")
    for tag in soup.find_all(_GONE):
        tag.decompose()
    for tag in soup.find_all(re.compile("^h[1-6]$")):
        tag.name = f"h{min(6, int(tag.name[1]) + _LEVELS_DOWN)}"
    for tag in soup.find_all("img"):
        tag["alt"] = tag.get("alt") or "Picture without a description"
    clean = bleach.clean(
        str(soup),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        protocols={"http", "https", "mailto", "data"},
        strip=True,
    )
    return Markup(clean)  # noqa: S704
