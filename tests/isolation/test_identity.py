from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from academy.isolation.identity import FIRST_UID, LAST_UID, Identities


def test_everybody_keeps_a_number_of_their_own(tmp_path: Path) -> None:
    register = Identities(tmp_path / "identities.sqlite")

    ana = register.of("learner", "ana-resident")
    course = register.of("course", "ana-resident")
    bo = register.of("learner", "bo-resident")

    assert len({ana.uid, course.uid, bo.uid}) == 3
    assert min(ana.uid, course.uid, bo.uid) > FIRST_UID
    assert Identities(tmp_path / "identities.sqlite").of("learner", "ana-resident") == ana
    assert register.all() == [ana, course, bo]
    assert [one.login for one in register.all()] == [
        "ana-resident",
        "course-ana-resident",
        "bo-resident",
    ]


def test_a_number_is_never_given_again(tmp_path: Path) -> None:
    file = tmp_path / "identities.sqlite"
    register = Identities(file)
    gone = register.of("learner", "gone")
    with sqlite3.connect(file) as database:
        database.execute("DELETE FROM identities")

    assert register.of("learner", "new").uid > gone.uid
    assert Identities(file).of("learner", "gone").uid > gone.uid


def test_who_was_looked_up_once_is_known(tmp_path: Path) -> None:
    register = Identities(tmp_path / "identities.sqlite")
    ana = register.of("learner", "ana")
    (tmp_path / "identities.sqlite").unlink()

    assert register.of("learner", "ana") == ana
    assert not (tmp_path / "identities.sqlite").exists()


def test_many_at_once_get_different_numbers(tmp_path: Path) -> None:
    register = Identities(tmp_path / "identities.sqlite")
    names = [f"learner-{number % 20}" for number in range(60)]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda name: register.of("learner", name), names))

    assert len({one.uid for one in found}) == 20
    assert {one.name: one.uid for one in found} == {one.name: one.uid for one in register.all()}


def test_when_all_numbers_are_used_up_it_says_so(tmp_path: Path) -> None:
    file = tmp_path / "identities.sqlite"
    register = Identities(file)
    register.of("learner", "first")
    with sqlite3.connect(file) as database:
        database.execute("UPDATE sqlite_sequence SET seq = ?", (LAST_UID - FIRST_UID,))

    with pytest.raises(OverflowError, match="used up"):
        register.of("learner", "one-too-many")


def test_the_register_is_for_the_hub_alone(tmp_path: Path) -> None:
    Identities(tmp_path / "identities.sqlite").of("learner", "ana")

    assert (tmp_path / "identities.sqlite").stat().st_mode & 0o077 == 0
