"""Rules for the words that lessons explain: shown where they first stand, explained in one way."""

from __future__ import annotations

from typing import Any

from academy.courses.course import Course
from academy.courses.glossary import in_italics, terms_in
from academy.courses.lesson import Notebook, read_notebook
from academy.errors import AcademyError, Finding

MOST_WORDS = 20

_WHERE = "the notebook's metadata (academy, glossary)"


def term_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return what is wrong with the words that a lesson explains.

    Each stands in italics in the prose, and its meaning is one sentence of at most 20 words.

    Parameters
    ----------
    notebook
        The lesson.
    shown
        How messages name it.
    """
    text = "\n\n".join(cell.source for cell in notebook.prose_cells)
    findings = _shape(notebook, shown)
    for word, meaning in terms_in(notebook).items():
        if not in_italics(word).search(text):
            problem = f"The word '{word}' of the glossary stands nowhere in italics."
            findings.append(Finding(problem, shown, f"Write *{word}* where it is explained first."))
        count = len(meaning.split())
        if not 0 < count <= MOST_WORDS or not meaning.rstrip().endswith((".", "!", "?")):
            problem = f"The meaning of '{word}' has {count} words; it should be one sentence of at "
            problem += f"most {MOST_WORDS}, with a full stop."
            findings.append(Finding(problem, shown, f"Shorten it in {_WHERE}."))
    return findings


def _shape(notebook: Notebook, shown: str) -> list[Finding]:
    found: Any = notebook.data.get("metadata", {})
    for key in ("academy", "glossary"):
        found = found.get(key, {}) if isinstance(found, dict) else found
    if isinstance(found, dict) and all(isinstance(one, str) for one in found.values()):
        return []
    problem = "The glossary in the notebook's metadata is not a list of words with their meanings."
    return [Finding(problem, shown, 'Write it as {"academy": {"glossary": {"word": "Meaning."}}}.')]


def glossary_findings(course: Course) -> list[Finding]:
    """Return a finding for each word that two lessons explain in different ways."""
    first: dict[str, tuple[str, str]] = {}
    findings = []
    for lesson in course.lessons:
        try:
            terms = terms_in(read_notebook(course.lessons_folder / lesson.file))
        except AcademyError:
            continue  # Loading the course tells of it.
        for word, meaning in terms.items():
            before, where = first.setdefault(word.lower(), (meaning, lesson.file))
            if before != meaning:
                problem = f"The word '{word}' is explained in another way than in {where}."
                next_step = f"Let both say the same in {_WHERE}: '{before}'"
                shown = f"{course.id}/lessons/{lesson.file}"
                findings.append(Finding(problem, shown, next_step))
    return findings
