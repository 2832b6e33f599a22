"""Fixtures: a state directory, a course, learners, and a class that was graded once for all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.grading.classroom import Classroom, Learner, make_course, run_class, variables


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture(scope="session")
def _made_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with an empty gradebook, made where no program is at hand but the system's."""
    from academy.grading.gradebook import ensure_gradebook

    state = tmp_path_factory.mktemp("made") / "state"
    with variables(ACADEMY_STATE=str(state), PATH="/usr/bin:/bin"):
        root = make_course(state)
        ensure_gradebook(root.name)
    return root


@pytest.fixture
def course(state: Path, _made_course: Path) -> Path:
    return shutil.copytree(_made_course, state / "courses" / _made_course.name)


@pytest.fixture
def new_learner(tmp_path: Path) -> Callable[[str], Learner]:
    def make(name: str) -> Learner:
        home = tmp_path / "homes" / name
        home.mkdir(parents=True)
        return Learner(name, home)

    return make


@pytest.fixture(scope="session")
def graded_class(tmp_path_factory: pytest.TempPathFactory) -> Classroom:
    """Release, fetch, edit, submit, collect, grade, return: once."""
    base = tmp_path_factory.mktemp("class")
    with variables(ACADEMY_STATE=str(base / "state"), HOME=str(base)):
        return run_class(base)


@pytest.fixture
def classroom(graded_class: Classroom, monkeypatch: pytest.MonkeyPatch) -> Classroom:
    """The graded class, to look at only."""
    monkeypatch.setenv("ACADEMY_STATE", str(graded_class.state))
    return graded_class


@pytest.fixture
def own_classroom(
    graded_class: Classroom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Classroom:
    """A copy of the graded class, to do more with."""
    base = tmp_path / "copied"
    shutil.copytree(graded_class.state.parent, base)
    monkeypatch.setenv("ACADEMY_STATE", str(base / "state"))
    learners = {name: Learner(name, base / "homes" / name) for name in graded_class.learners}
    return Classroom(base / "state", learners, graded_class.results)


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("JUPYTERHUB_")]:
        monkeypatch.delenv(name)
