"""The words that a course explains: kept in its lessons, shown on a page and beside the word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from academy.courses.course import Course
from academy.courses.lesson import Notebook, dump, read_notebook
from academy.errors import AcademyError

GLOSSARY_FILE = "GLOSSARY.md"

_OPENING = """\
# Words of this course

Each word is explained where it first stands in a lesson. Here they are together, from A to Z.
"""


@dataclass(frozen=True)
class Term:
    """A word that a lesson explains.

    Parameters
    ----------
    word
        The word, or several.
    meaning
        One plain sentence.
    file
        The lesson in which it first stands.
    title
        The lesson's title.
    """

    word: str
    meaning: str
    file: str
    title: str


def terms_in(notebook: Notebook) -> dict[str, str]:
    """Return the words that a lesson explains, as its metadata hold them; only text counts."""
    metadata = notebook.data.get("metadata")
    academy = metadata.get("academy") if isinstance(metadata, dict) else None
    found = academy.get("glossary") if isinstance(academy, dict) else None
    pairs = found.items() if isinstance(found, dict) else []
    return {str(word): meaning for word, meaning in pairs if isinstance(meaning, str)}


def glossary(course: Course) -> list[Term]:
    """Return the words of a course in the order of the alphabet, each from its first lesson."""
    found: dict[str, Term] = {}
    for lesson in course.lessons:
        try:
            notebook = read_notebook(course.lessons_folder / lesson.file)
        except AcademyError:
            continue  # The course's check tells of it.
        for word, meaning in terms_in(notebook).items():
            found.setdefault(word.lower(), Term(word, meaning, lesson.file, lesson.title))
    return [found[word] for word in sorted(found)]


def glossary_page(terms: Sequence[Term]) -> str:
    """Return the page of a course's words as Markdown: a heading for each, to be linked to."""
    parts = [_OPENING]
    for term in terms:
        where = f"*First in [{term.title}](lessons/{term.file}).*"
        parts.append(f"## {term.word}\n\n{term.meaning}\n\n{where}\n")
    return "\n".join(parts)


def known_by(terms: Sequence[Term], file: str) -> list[Term]:
    """Return the words that a lesson explains, or that a lesson before it did."""
    return [term for term in terms if term.file <= file]


def with_links(content: bytes, terms: Sequence[Term]) -> bytes:
    """Return a lesson in which explained words lead to the page of words.

    A word in italics is linked where it first stands; one of two words or more also where a later
    lesson first writes it. The link's title, the meaning, is what a mouse shows; keyboards and
    screen readers have the link. Nothing is changed in a notebook that can't be read.
    """
    import json

    try:
        data = json.loads(content)
        cells = [cell for cell in data["cells"] if cell.get("cell_type") == "markdown"]
    except (ValueError, TypeError, KeyError, AttributeError):
        return content
    changed = False
    for term in terms:
        changed |= any(_link_in(cell, term) for cell in cells)
    return dump(data) if changed else content


def _link_in(cell: dict[str, Any], term: Term) -> bool:
    source = cell.get("source", "")
    text = source if isinstance(source, str) else "".join(map(str, source))
    linked = link_first(text, term)
    if linked == text:
        return False
    cell["source"] = linked if isinstance(source, str) else linked.splitlines(keepends=True)
    return True


def link_first(markdown: str, term: Term) -> str:
    """Return a text in which the first place of a word is a link, where it has one."""
    anchor = term.word.replace(" ", "-")
    meaning = term.meaning.replace('"', "'")
    address = f'../{GLOSSARY_FILE}#{anchor} "{meaning}"'
    if match := in_italics(term.word).search(markdown):
        # The stars go inside: around a link, in a bold sentence, JupyterLab misreads them.
        link = f"[*{match[0][1:-1]}*]({address})"
        return markdown[: match.start()] + link + markdown[match.end() :]
    match = next(_plain(term.word, markdown), None) if " " in term.word else None
    if not match:
        return markdown
    start, end = match.span("word")
    return f"{markdown[:start]}[{match['word']}]({address}){markdown[end:]}"


def in_italics(word: str) -> re.Pattern[str]:
    """Return what finds a word in italics: ``*word*``, with a colon inside or not."""
    return re.compile(
        rf"(?<![*\w])([*_])(?P<word>{re.escape(word)})(?:e?s)?[:.,]?\1(?![*\w])", re.IGNORECASE
    )


def _plain(word: str, markdown: str) -> Any:
    """Yield where a word stands in running text: not in code, links, headings, tags or tables."""
    masked = re.sub(
        r"(?ms)^(```|~~~).*?^\1\s*$|`[^`\n]*`|!?\[[^\]]*\]\([^)]*\)|<[^>]*>|^\s*[#|].*?$|\*\*.*?\*\*",
        lambda found: "\0" * len(found[0]),
        markdown,
    )
    yield from re.finditer(rf"\b(?P<word>{re.escape(word)})\b", masked, re.IGNORECASE)
