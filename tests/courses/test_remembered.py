"""Only what changed since it was well is run again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from academy.courses import remembered, rules
from academy.courses.rules import check_folder
from tests.courses.changed_data import put_changed
from tests.courses.conftest import edit_cell, facts, make_course, write_facts

LESSON, REST = "lessons/01-count-the-days.ipynb", "lessons/02-rest.ipynb"
EXERCISE = "source/six-times-seven/exercise.ipynb"


@pytest.fixture
def ran(tmp_path: Path) -> Callable[..., list[str]]:
    """Check a course and return the notebooks that were run, not those that were only read."""
    folder = make_course(tmp_path / "courses" / "tiny-course")

    def check(change: Callable[[Path], object] = lambda _: None, **how: bool) -> list[str]:
        change(folder)
        told: list[str] = []
        check_folder(folder, progress=told.append, **how)
        return sorted(name.partition("/")[2] for name in told[len(read_first(folder)) :])

    return check


def longer(file: Path) -> None:
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")


def read_first(folder: Path) -> list[Path]:
    """What is read before anything runs: a line of progress for each."""
    return [*folder.glob("lessons/*.ipynb"), *folder.glob("source/*")]


def test_what_was_well_runs_again_only_when_it_changed(
    ran: Callable[..., list[str]], state: Path
) -> None:
    everything = [LESSON, REST, EXERCISE]
    assert ran() == everything
    assert ran() == []
    assert ran(again=True) == everything
    assert ran(lambda folder: edit_cell(folder / REST, "days = 8")) == [REST]
    assert ran(lambda folder: write_facts(folder, "02-rest", facts() | {"setup": "x = 1"})) == [
        REST
    ]
    answers = "answers/six-times-seven.yaml"
    assert ran(lambda folder: longer(folder / answers)) == [EXERCISE]
    assert ran(lambda folder: longer(folder / "lessons" / "picture.svg")) == [LESSON, REST]
    put_changed(["parks"], state, seed=7)
    assert ran() == everything


def test_what_was_not_well_runs_every_time(ran: Callable[..., list[str]]) -> None:
    ran()
    assert ran(lambda folder: edit_cell(folder / REST, "1 / 0")) == [REST]
    assert ran() == [REST]


def test_what_was_found_on_other_code_or_libraries_does_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = remembered.surroundings()
    monkeypatch.setattr(remembered.metadata, "distributions", lambda **_: iter(()))
    assert remembered.surroundings() != before
    monkeypatch.setattr(rules.remembered.sys, "version", "4.0")
    assert remembered.surroundings() != before


def test_a_state_directory_that_may_not_be_written_only_costs_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file, so that no folder can be made in it")
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / "state"))
    remembered.remember("key", "a notebook")
    assert not remembered.was_well("key")
