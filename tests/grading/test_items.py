from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from academy.cli.main import app
from academy.grading.items import Item, Wrong, analyse, point_biserial
from tests.grading.classroom import ASSIGNMENT, COURSE, Classroom
from tests.grading.marked import Marked

ALL = {"add-test": 4.0, "double-test": 3.0, "why": 3.0}


@pytest.fixture
def marked(course: Path) -> Marked:
    return Marked(course)


def by_name(items: list[Item]) -> dict[str, Item]:
    return {one.question: one for one in items}


def class_of(marked: Marked, *rows: tuple[float, float, float | None]) -> list[Item]:
    for number, row in enumerate(rows):
        receipt = marked.submit(f"learner-{number}")
        marked.grade(receipt, dict(zip(ALL, row, strict=True)))
    return analyse(COURSE, ASSIGNMENT)


def test_questions_come_as_they_stand_in_the_notebook(marked: Marked) -> None:
    items = class_of(marked, (4, 3, 3), (0, 3, 1.5))

    assert [one.question for one in items] == ["add-test", "double-test", "why"]
    add, double, why = items
    assert (add.learners, add.share_right, add.mean_share) == (2, 0.5, 0.5)
    assert (double.share_right, double.mean_share) == (1, 1)
    assert (why.share_right, why.mean_share) == (0.5, 0.75)


def test_what_waits_for_a_person_does_not_count(marked: Marked) -> None:
    items = by_name(class_of(marked, (4, 3, None), (4, 3, 3)))

    assert items["why"].learners == 1
    assert items["why"].share_right == 1


def test_under_ten_learners_nothing_is_said_about_discrimination(marked: Marked) -> None:
    items = class_of(marked, *([(4, 3, 3), (0, 0, 0)] * 4), (4, 3, 0))

    assert {one.discrimination for one in items} == {None}
    assert items[0].sentence == (
        "add-test: 56% of 9 got all points, 56% of the points on average; discrimination is not "
        "told for fewer than 10 learners."
    )


def test_from_ten_on_discrimination_is_told_against_the_rest(marked: Marked) -> None:
    items = by_name(class_of(marked, *([(4, 3, 3)] * 4), *([(0, 3, 0)] * 5), (4, 3, 0)))

    # Right on 'add-test': rests 6, 6, 6, 6, 3; wrong: five times 3. Worked out by hand: the means
    # are 5.4 and 3, the deviation is sqrt(2.16), p and q are one half.
    assert items["add-test"].discrimination == pytest.approx(2.4 / 2.16**0.5 / 2)
    assert items["double-test"].discrimination is None
    assert items["double-test"].sentence.endswith("as all did alike on it or on the rest.")


@pytest.mark.parametrize("seed", range(40))
def test_point_biserial_is_pearsons_correlation(seed: int) -> None:
    import numpy as np

    chance = random.Random(seed)
    learners = range(chance.randint(2, 30))
    right = [chance.random() < 0.5 for _ in learners]
    rest = [float(chance.randint(0, 20)) for _ in learners]
    ours = point_biserial(right, rest)

    if len(set(right)) < 2 or len(set(rest)) < 2:
        assert ours is None
    else:
        assert ours == pytest.approx(float(np.corrcoef(right, rest)[0, 1]))


def test_wrong_results_are_counted_without_names(marked: Marked) -> None:
    for name in ("amira", "bruno"):
        said = f"add(1, 1) should be 2\nand {name} said 3"
        told = {"add-test": ("AssertionError", said), "double": ("KeyError", "x")}
        marked.grade(marked.submit(name), ALL | {"add-test": 0.0}, told)
    marked.grade(
        marked.submit("chloe"),
        ALL | {"add-test": 0.0},
        {"add-test": ("NameError", "\x1b[31mname 'chloe' is not defined\x1b[0m" + "!" * 300)},
    )

    items = by_name(analyse(COURSE, ASSIGNMENT))

    common, rare = items["add-test"].wrong
    assert common == Wrong("AssertionError: add(1, 1) should be 2", 2)
    assert rare.text.startswith("NameError: name '(the learner)' is not defined!!!")
    assert (len(rare.text), rare.count) == (200, 1)
    assert items["double-test"].wrong == ()


def test_nothing_graded_is_said(marked: Marked) -> None:
    marked.submit("amira")

    result = CliRunner().invoke(app, ["grade", "items", COURSE, ASSIGNMENT])

    assert (result.exit_code, result.output) == (0, "Nothing was graded yet.\n")


@pytest.mark.integration
def test_a_real_class(classroom: Classroom) -> None:
    result = CliRunner().invoke(app, ["grade", "items", COURSE, ASSIGNMENT, "--json"])

    items = {one["question"]: one for one in json.loads(result.output)}
    assert result.exit_code == 0
    assert items["add-test"]["learners"] >= 10
    assert items["add-test"]["discrimination"] > 0
    told = [one["text"] for one in items["add-test"]["wrong"]]
    assert "AssertionError: add does not hold for larger numbers" in told
    for learner in classroom.learners:
        assert f"'{learner}'" not in result.output
