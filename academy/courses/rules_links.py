"""Rules for what prose points at: links lead somewhere, pictures say what they show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from posixpath import normpath
from urllib.parse import unquote

from academy.courses.lesson import Cell, Notebook
from academy.courses.rules_notebook import at_cell
from academy.errors import Finding

_LINK = re.compile(r"(!?)\[([^\]]*)\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_TAG = re.compile(r"<(a|img)\b[^>]*>", re.IGNORECASE)
_PLACE = re.compile(r"""\b(?:href|src)\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*["']\s*[^"'\s]""", re.IGNORECASE)
_ELSEWHERE = re.compile(r"(?i)^([a-z][a-z0-9+.-]*:|//)")


def link_findings(
    notebook: Notebook, folder: str, files: Iterable[str], shown: str
) -> list[Finding]:
    """Return a finding for each link to nowhere and each picture without a text alternative.

    Parameters
    ----------
    notebook
        The notebook.
    folder
        Its folder in what learners get, such as ``lessons``.
    files
        What learners get, as paths.
    shown
        How messages name the notebook.
    """
    known, headings = set(files), set(_headings(notebook))
    findings = []
    for cell in notebook.prose_cells:
        text = _without_code(cell.source)
        findings += [_no_alt(cell, shown) for _ in _pictures_without_words(text)]
        for target in _targets(text):
            if not _leads_somewhere(target, cell, folder, known, headings):
                findings.append(_dead(target, cell, shown))
    return findings


def _without_code(markdown: str) -> str:
    return re.sub(r"(?ms)^(```|~~~).*?^\1\s*$|`[^`\n]+`|<!--.*?-->", "", markdown)


def _targets(text: str) -> Iterator[str]:
    for _, _, target in _LINK.findall(text):
        yield target
    for tag in _TAG.finditer(text):
        yield from _PLACE.findall(tag[0])


def _pictures_without_words(text: str) -> list[str]:
    marked = [target for mark, words, target in _LINK.findall(text) if mark and not words.strip()]
    tags = [tag[0] for tag in _TAG.finditer(text) if tag[1].lower() == "img"]
    return [*marked, *(tag for tag in tags if not _ALT.search(tag))]


def _headings(notebook: Notebook) -> Iterator[str]:
    """The names under which JupyterLab finds headings: their text with hyphens for blanks."""
    for cell in notebook.prose_cells:
        for heading in re.findall(r"(?m)^#{1,6}\s+(.+?)\s*#*$", _without_code(cell.source)):
            yield re.sub(r"[*_`]", "", heading).replace(" ", "-")
        yield from re.findall(r"""\bid\s*=\s*["']([^"']+)["']""", cell.source)


def _leads_somewhere(
    target: str, cell: Cell, folder: str, known: set[str], headings: set[str]
) -> bool:
    if _ELSEWHERE.match(target):
        return not target.startswith("attachment:") or _is_attached(target, cell)
    place, _, heading = unquote(target).partition("#")
    if not place:
        return heading in headings
    found = PurePosixPath(normpath(PurePosixPath(folder, place).as_posix())).as_posix()
    return found in known


def _is_attached(target: str, cell: Cell) -> bool:
    return target.removeprefix("attachment:") in cell.attachments


def _dead(target: str, cell: Cell, shown: str) -> Finding:
    kind = "heading of this notebook" if target.startswith("#") else "file that learners get"
    problem = f"The link to '{target}' leads nowhere: there is no such {kind}."
    return Finding(problem, at_cell(shown, cell), "Correct the link, or take it out.")


def _no_alt(cell: Cell, shown: str) -> Finding:
    problem = "A picture has no text alternative, so a screen reader says nothing of it."
    next_step = "Write what it shows in the square brackets: ![What it shows](picture.png)."
    return Finding(problem, at_cell(shown, cell), next_step)
