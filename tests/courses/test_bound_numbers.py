"""A number that is bound to the data follows the data: on other tables each is told as wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from academy import paths
from academy.courses.course import load_readable_courses
from academy.courses.facts import Bound, Facts, load_facts
from academy.courses.lesson import Notebook, read_notebook
from academy.courses.rules_facts import disagreement, loaded
from academy.courses.running import run_notebook
from tests.courses.changed_data import put_changed

#: By chance a number may come out the same on one set of changed tables.
SEEDS = (7, 11, 13)


def bound_notebooks() -> list[tuple[Path, Path]]:
    found = []
    for course in load_readable_courses(paths.shipped_courses())[0]:
        notebooks = [course.lessons_folder / lesson.file for lesson in course.lessons]
        for assignment in course.assignments:
            notebooks += sorted(course.source_folder(assignment.id).glob("*.ipynb"))
        found += [(one, course.facts_file(one.stem)) for one in notebooks]
    return [pair for pair in found if pair[1].exists()]


NOTEBOOKS = bound_notebooks()


def test_there_are_bound_numbers() -> None:
    assert any(load(file).numbers for _, file in NOTEBOOKS)


def load(file: Path) -> Facts:
    facts = load_facts(file, shown_as=file.name)
    assert facts is not None
    return facts


@pytest.mark.integration
@pytest.mark.parametrize(
    ("path", "file"), NOTEBOOKS, ids=[f"{one.parts[-3]}/{one.stem}" for one, _ in NOTEBOOKS]
)
def test_each_bound_number_follows_the_data(path: Path, file: Path) -> None:
    notebook, facts = read_notebook(path), load(file)
    unmoved = facts.numbers
    for seed in SEEDS:
        if unmoved:
            unmoved = still_agreeing(notebook, facts.model_copy(update={"numbers": unmoved}), seed)
    assert [one.says for one in unmoved] == [], "give these a reason, or an expression that follows"


def still_agreeing(notebook: Notebook, facts: Facts, seed: int) -> tuple[Bound, ...]:
    """The entries that say the same, or nothing, on changed tables."""
    put_changed(loaded(*notebook.code_cells, facts=facts), paths.state(), seed)
    values = run_notebook(notebook, facts=facts).values
    return tuple(
        one
        for one, value in zip(facts.numbers, values, strict=True)
        if isinstance(value, str) or not disagreement(one.says, value)
    )
