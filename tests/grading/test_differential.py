"""The engine's scores are plain nbgrader's, cell by cell: on its example course, and on ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import nbgrader
import pytest
import yaml

from academy import paths
from academy.forkserver.local import environment_with
from academy.grading import sandbox
from grading.differential import Course, by_nbgrader, by_the_engine, differences, put, release

pytestmark = pytest.mark.integration

EXAMPLE = Path(nbgrader.__file__).parent / "docs" / "source" / "user_guide"
OURS = sorted(path.parent for path in (paths.checkout() / "courses").glob("*/source/*/*.ipynb"))


@pytest.fixture
def example(state: Path) -> Course:
    """nbgrader's own example course, with what its two learners handed in."""
    course = release(state / "courses" / "example", "ps1", EXAMPLE / "source" / "ps1")
    for learner in (EXAMPLE / "submitted").iterdir():
        folder = learner / "ps1"
        notebooks = {one.stem: nbformat.read(one, as_version=4) for one in folder.glob("*.ipynb")}
        course.hand_in(learner.name, notebooks, beside=folder)
    return course


@pytest.mark.torture
def test_nbgraders_example_course(example: Course, tmp_path: Path) -> None:
    """Its two learners, the instructor's answers, and the blank."""
    example.hand_in("solved", example.solved())
    example.hand_in("blank", example.released())

    stock = by_nbgrader(example, tmp_path / "home")

    ours = by_the_engine(example)
    print({name: cells["all"] for name, cells in ours.items()})
    assert differences(stock, ours) == []
    assert ours["solved"]["all"][0] > ours["blank"]["all"][0]


@pytest.fixture(scope="module")
def maker() -> Iterator[None]:
    """One maker of sandboxes for all runs of this module."""
    with sandbox.at_hand(unsafe=True) as ways, environment_with(ways.variables):
        yield


@pytest.mark.usefixtures("maker")
@pytest.mark.parametrize("source", OURS, ids=lambda source: source.name)
def test_the_instructors_answers_have_every_point_of_ours(source: Path, state: Path) -> None:
    course = release(state / "courses" / source.parents[1].name, source.name, source)
    course.hand_in("solved", course.solved())

    cells = by_the_engine(course)["solved"]

    asked = [cell for name, cell in cells.items() if name != "all" and "comment on" not in name]
    by_program = [cell for cell in asked if not cell[5]]  # the others wait for a person
    assert len(by_program) >= 3
    assert [cell for cell in by_program if cell[0] != cell[4]] == []


@pytest.mark.torture
@pytest.mark.parametrize("source", OURS, ids=lambda source: source.name)
def test_every_assignment_of_ours(source: Path, state: Path, tmp_path: Path) -> None:
    """The instructor's answers, the blank, each accepted alternative, each known wrong answer."""
    course = release(state / "courses" / source.parents[1].name, source.name, source)
    course.hand_in("solved", course.solved())
    course.hand_in("blank", course.released())
    file = source.parents[1] / "answers" / f"{source.name}.yaml"
    answers = yaml.safe_load(file.read_text(encoding="utf-8"))["cells"]
    for name, cell in answers.items():
        for kind in ("alternatives", "mutants"):
            for number, one in enumerate(cell.get(kind, [])):
                notebooks = course.solved()
                for notebook in notebooks.values():
                    put(notebook, name, one["code"])
                course.hand_in(f"{kind}-{name}-{number}", notebooks)

    stock = by_nbgrader(course, tmp_path / "home")

    ours = by_the_engine(course)
    print(len(ours), "submissions,", sum(len(cells) for cells in ours.values()), "cells")
    assert differences(stock, ours) == []
    scores = {name: cells["all"][0] for name, cells in ours.items()}
    best = scores["solved"]  # without what a person marks
    assert best > scores["blank"]
    assert all(scores[name] == best for name in scores if name.startswith("alternatives-"))
    assert all(scores[name] < best for name in scores if name.startswith("mutants-"))
