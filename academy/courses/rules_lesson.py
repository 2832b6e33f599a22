"""Rules for a lesson's prose: its opening, its ending, and how hard it is to read."""

from __future__ import annotations

import re

from academy.courses.course import Lesson
from academy.courses.lesson import Cell, Notebook
from academy.errors import Finding

MOST_OBJECTIVES = 3
HIGHEST_GRADE = 8.0
# The formula is made for running text; on a few sentences it says nothing.
_FEWEST_WORDS = 60

_MONTH = "(January|February|March|April|May|June|July|August|September|October|November|December)"
_DAY = rf"\b(\d{{1,2}} {_MONTH} \d{{4}}|{_MONTH} \d{{1,2}}, \d{{4}}|\d{{4}}-\d{{2}}-\d{{2}})\b"
_LIST_ITEM = re.compile(r"\s*([-*+]|\d+[.)])\s+")

_OPENING = (
    (r"\bwho (it|this|this lesson) is for\b", "who it is for", "Who it is for: ..."),
    (r"\b(one|each|every) row\b", "what one row of the data is", "One row is ..."),
    (r"\b(comes?|came) from\b|\bsource\b", "where the data come from", "The data come from ..."),
    (_DAY, "on what day the data were taken", "... taken on 29 August 2026"),
    (r"\bmissing\b|\bleft out\b", "what is missing from the data", "What is missing: ..."),
)
_ENDING = (
    (r"(?m)^(#+|\*\*).*\bkey points\b", "key points", "a heading 'Key points' and a short list"),
    (r"\btry\b.{0,40}\bat home\b", "one thing to try at home", "a heading 'Try this at home'"),
)


def lesson_findings(notebook: Notebook, lesson: Lesson, shown: str) -> list[Finding]:
    """Return what a lesson's opening and ending lack.

    The opening is all prose before the first code cell, the ending all prose after the last.
    The words that are looked for are English ones.

    Parameters
    ----------
    notebook
        The lesson.
    lesson
        Its entry in ``course.yaml``.
    shown
        How messages name its file.
    """
    opening, ending = _text_around_code(notebook)
    return [
        *_title(notebook, shown),
        *_lacking(opening, _OPENING, "opening", shown),
        *_minutes(opening, lesson, shown),
        *_objectives(opening, shown),
        *_lacking(ending, _ENDING, "ending", shown),
    ]


def _text_around_code(notebook: Notebook) -> tuple[str, str]:
    numbers = [cell.number for cell in notebook.code_cells]
    first, last = (numbers[0], numbers[-1]) if numbers else (len(notebook.cells) + 1, 0)
    opening = "\n\n".join(cell.source for cell in notebook.prose_cells if cell.number < first)
    ending = "\n\n".join(cell.source for cell in notebook.prose_cells if cell.number > last)
    return opening, ending


def _title(notebook: Notebook, shown: str) -> list[Finding]:
    first = notebook.cells[0] if notebook.cells else None
    if first and first.kind == "markdown" and re.match(r"# \S", first.source):
        return []
    next_step = "Make the first cell a Markdown cell that begins with '# ' and the title."
    return [Finding("The lesson does not open with its title.", f"{shown}, cell 1", next_step)]


def _lacking(
    text: str, wanted: tuple[tuple[str, str, str], ...], part: str, shown: str
) -> list[Finding]:
    edge = "before the first code cell" if part == "opening" else "after the last code cell"
    return [
        Finding(f"The lesson's {part} does not say {what}.", shown, f"Write it {edge}: {example}.")
        for pattern, what, example in wanted
        if not re.search(pattern, text, re.IGNORECASE | re.DOTALL)
    ]


def _minutes(opening: str, lesson: Lesson, shown: str) -> list[Finding]:
    found = re.findall(
        r"(\d+)\s*minutes?\b|\bminutes?\b\W*(?:about\s+)?(\d+)", opening, re.IGNORECASE
    )
    told = {int(number) for pair in found for number in pair if number}
    if lesson.minutes in told:
        return []
    said = f"says {min(told)}" if told else "does not say how many"
    problem = f"course.yaml gives the lesson {lesson.minutes} minutes; its opening {said}."
    return [Finding(problem, shown, "Let both say the same, as somebody measured it.")]


def _objectives(opening: str, shown: str) -> list[Finding]:
    parts = re.split(
        r"\byou will (?:be able to|learn)\b|\bobjectives?\b|\byou can\b:?$|\bby the end\b",
        opening,
        maxsplit=1,
        flags=re.IGNORECASE | re.MULTILINE,
    )
    count = _first_list(parts[1]) if len(parts) > 1 else 0
    if 1 <= count <= MOST_OBJECTIVES:
        return []
    found = f"lists {count} objectives" if count else "lists no objectives"
    next_step = f"Write 'You will be able to:' and one to {MOST_OBJECTIVES} list items below it."
    return [Finding(f"The lesson's opening {found}.", shown, next_step)]


def _first_list(text: str) -> int:
    """The number of items in the first list of a text."""
    count = 0
    for line in text.split("\n")[1:]:
        if _LIST_ITEM.match(line):
            count += 1
        elif count and line.strip() and not line.startswith(" "):
            break
    return count


def reading_findings(cells: tuple[Cell, ...], shown: str) -> list[Finding]:
    """Return a finding when prose is harder than a US reading grade of 8 (Flesch-Kincaid).

    Parameters
    ----------
    cells
        Markdown cells.
    shown
        How messages name their file.
    """
    import textstat

    sentences = plain_sentences("\n\n".join(cell.source for cell in cells))
    if sum(len(sentence.split()) for sentence in sentences) < _FEWEST_WORDS:
        return []
    grade = float(textstat.flesch_kincaid_grade(" ".join(sentences)))
    if grade <= HIGHEST_GRADE:
        return []
    hardest = max(sentences, key=lambda sentence: len(sentence.split()))
    problem = f"The prose reads at US grade {grade:.1f}, and at most {HIGHEST_GRADE:.0f} is wanted."
    next_step = f"Shorten sentences and swap long words, beginning with: '{hardest[:160]}'"
    return [Finding(problem, shown, next_step)]


def plain_sentences(markdown: str) -> list[str]:
    """Return a Markdown text's headings, list items and paragraphs as plain sentences.

    Code, formulas, tables, addresses and HTML are left out: they are not prose.
    """
    text = re.sub(r"(?ms)^(```|~~~).*?^\1\s*$|\$\$.*?\$\$|<!--.*?-->", "\n\n", markdown)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"<[^>]+>|https?://\S+|\$[^$\n]+\$", " ", text)
    text = re.sub(r"`([^`]*)`", _inline_code, text)
    blocks: list[str] = [""]
    for line in text.split("\n"):
        starts = _LIST_ITEM.match(line) or re.match(r"\s*(#|>)", line)
        if not line.strip() or starts:
            blocks.append("")
        if not line.lstrip().startswith("|"):
            blocks[-1] += " " + re.sub(r"^\s*([-*+>]|#+|\d+[.)])\s+", "", line)
        if re.match(r"\s*#", line):
            blocks.append("")
    return [_sentence(block) for block in blocks if re.search(r"[A-Za-z]", block)]


def _inline_code(match: re.Match[str]) -> str:
    """A short name in a sentence is read as a word; anything longer is code."""
    return match.group(1) if re.fullmatch(r"[A-Za-z]{1,12}", match.group(1)) else " it "


def _sentence(block: str) -> str:
    plain = " ".join(re.sub(r"[*_#]+", "", block).split())
    return plain if re.search(r"[.!?]['\")]*$", plain) else f"{plain.rstrip(':;,')}."
