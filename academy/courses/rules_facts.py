"""Rules for the numbers in prose: each is bound to the data, or listed with a reason."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any

from academy.courses.facts import Facts
from academy.courses.lesson import Cell, Notebook
from academy.courses.numbers import (
    agrees,
    as_text,
    number_spans,
    phrase_spans,
    prose,
    quantities,
)
from academy.courses.rules_notebook import at_cell
from academy.datasets import dataset_folders
from academy.datasets.descriptor import load_descriptor
from academy.errors import Finding

_LOADED = re.compile(r"""\b(?:load_dataset\(|dataset_folders\(\)\[)\s*["']([^"']+)["']""")

Span = tuple[int, int]
#: A number without an entry: its cell, how it is written, and the words around it.
Free = tuple[Cell, str, str]


def facts_name(notebook: Notebook) -> str:
    """Return the path of a notebook's facts file in its course's folder."""
    return f"facts/{notebook.path.stem}.yaml"


def told_elsewhere(notebook: Notebook, minutes: Iterable[int]) -> list[str]:
    """Return phrases with numbers that are no facts, for other rules look after them.

    The minutes of the notebook and of what belongs to it, the minutes and points of an exercise,
    and the day on which a table that the notebook loads was taken.
    """
    text = "\n".join(prose(cell.source) for cell in notebook.prose_cells)
    phrases = [f"{count} minutes" for count in minutes] + [f"About {count}" for count in minutes]
    if notebook.graded_cells:
        phrases += re.findall(r"\b\d+ minutes?, \d+ points?\b|\b\d+ points?\b", text)
    return phrases + [day for name in loaded(*notebook.code_cells) for day in days_taken(name)]


def loaded(*cells: Cell, facts: Facts | None = None) -> list[str]:
    """Return the datasets that code cells, or a facts file, name; in alphabetical order."""
    code = "\n".join(cell.source for cell in cells)
    code += "\n".join(["", facts.setup, *facts.expressions]) if facts else ""
    return sorted(set(_LOADED.findall(code)))


def days_taken(name: str) -> list[str]:
    """Return the day on which a dataset was taken in several spellings; nothing without one."""
    folder = dataset_folders().get(name)
    when = load_descriptor(folder).taken if folder else None
    if not when or when.count("-") != 2:
        return []
    day = datetime.date.fromisoformat(when)
    return [f"{day.day} {day:%B %Y}", f"{day:%B} {day.day}, {day.year}", when]


def number_findings(
    notebook: Notebook, facts: Facts | None, known: Iterable[str], shown: str
) -> list[Finding]:
    """Return a finding for each number without an entry, and each entry without a number.

    Parameters
    ----------
    notebook
        The notebook.
    facts
        Its facts file.
    known
        Phrases that another rule compares with what they speak of, such as "45 minutes".
    shown
        How messages name the notebook.
    """
    given = facts or Facts()
    listed = [*(one.says for one in given.numbers), *(one.says for one in given.reasons)]
    phrases = sorted({*listed, *known}, key=len, reverse=True)
    unused, free = set(listed), list[Free]()
    for cell in notebook.prose_cells:
        text = prose(cell.source)
        taken: list[Span] = []
        for phrase in phrases:
            spans = [span for span in phrase_spans(phrase, text) if not _inside(span, taken)]
            taken += spans
            unused -= {phrase} if spans else set()
        spans = [span for span in number_spans(text) if not _inside(span, taken)]
        free += [(cell, *_around(text, span)) for span in spans]
    return _unlisted(free, notebook, shown) + _unused(sorted(unused), notebook, shown)


def _inside(span: Span, taken: list[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in taken)


def _around(text: str, span: Span) -> tuple[str, str]:
    """A number, and the words beside it by which an instructor finds it."""
    line_start, line_end = text.rfind("\n", 0, span[0]) + 1, text.find("\n", span[1])
    end = len(text) if line_end < 0 else line_end
    before = text[line_start : span[0]].split(" ")[-4:]
    after = text[span[1] : end].split(" ")[:4]
    return text[span[0] : span[1]], " ".join(before) + text[span[0] : span[1]] + " ".join(after)


def _unlisted(free: list[Free], notebook: Notebook, shown: str) -> list[Finding]:
    """One finding for each number, at the place where it first stands."""
    first: dict[str, Free] = {}
    for one in free:
        first.setdefault(one[1], one)
    return [
        Finding(
            f"The number {number} is neither bound to the data nor listed ('{words.strip()}').",
            at_cell(shown, cell),
            f"Give it an entry under numbers, or a reason under reasons, in "
            f"{facts_name(notebook)}.",
        )
        for cell, number, words in first.values()
    ]


def _unused(phrases: list[str], notebook: Notebook, shown: str) -> list[Finding]:
    where = f"{shown.partition('/')[0]}/{facts_name(notebook)}"
    return [
        Finding(
            f"The entry '{phrase}' stands nowhere in the prose of {notebook.path.name}, or only "
            "inside longer entries.",
            where,
            "Write it as it stands in the prose, or take it out.",
        )
        for phrase in phrases
    ]


def value_findings(
    notebook: Notebook, facts: Facts | None, values: list[Any], shown: str
) -> list[Finding]:
    """Return a finding for each number that says something else than the data give.

    Parameters
    ----------
    notebook
        The notebook.
    facts
        Its facts file.
    values
        What the expressions gave, as `academy.courses.measuring.measure` returns it.
    shown
        How messages name the notebook.
    """
    bound = facts.numbers if facts else ()
    findings = []
    for one, value in zip(bound, values, strict=True):
        problem = disagreement(one.says, value)
        if problem:
            next_step = f"Correct the prose, or the expression in {facts_name(notebook)}."
            findings.append(Finding(problem, _place(notebook, one.says, shown), next_step))
    return findings


def disagreement(says: str, value: Any) -> str:
    """Return in a sentence how a phrase and a value differ; empty when they agree."""
    if isinstance(value, str):
        return f"The number in '{says}' can't be worked out: {value}."
    written = quantities(says)
    if len(written) != len(value):
        return f"'{says}' holds {_count(len(written))}, and its expression gives {len(value)}."
    if all(map(agrees, written, value)):
        return ""
    return f"The prose says '{says}', and the data now give {as_text(value)}."


def _count(number: int) -> str:
    return "1 number" if number == 1 else f"{number} numbers"


def _place(notebook: Notebook, phrase: str, shown: str) -> str:
    for cell in notebook.prose_cells:
        if any(phrase_spans(phrase, prose(cell.source))):
            return at_cell(shown, cell)
    return shown
