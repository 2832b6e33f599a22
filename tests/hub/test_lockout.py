from __future__ import annotations

import pytest

from academy.hub import lockout
from academy.hub.lockout import ADDRESSES, Lockout


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_name_waits_after_too_many_tries_and_then_begins_anew(clock: Clock) -> None:
    tries = Lockout(3, 300, clock)
    for _ in range(3):
        assert tries.wait("ana", "192.0.2.7") == 0
        tries.add("ana", "192.0.2.7")

    assert tries.wait("ana", "192.0.2.7") == 300
    assert tries.wait("ben", "192.0.2.7") == 0
    clock.now += 301
    assert tries.wait("ana", "192.0.2.7") == 0
    tries.add("ana", "192.0.2.7")
    assert tries.wait("ana", "192.0.2.7") == 0


def test_a_stranger_elsewhere_does_not_keep_a_person_out(clock: Clock) -> None:
    tries = Lockout(3, 300, clock)
    for _ in range(3):
        tries.add("teacher", "203.0.113.9")

    assert tries.wait("teacher", "203.0.113.9") > 0
    assert tries.wait("teacher", "192.0.2.7") == 0


def test_many_addresses_together_are_stopped(clock: Clock) -> None:
    tries = Lockout(3, 300, clock)
    for number in range(3 * ADDRESSES):
        assert tries.wait("teacher", "192.0.2.7") == 0
        tries.add("teacher", f"203.0.113.{number}")

    assert tries.wait("teacher", "192.0.2.7") == 300


def test_the_right_password_is_not_held_against_anybody(clock: Clock) -> None:
    tries = Lockout(3, 300, clock)
    for _ in range(3 * ADDRESSES + 1):
        tries.add("ana", "192.0.2.7")
        tries.forgive("ana", "192.0.2.7")

    assert tries.wait("ana", "192.0.2.7") == 0
    assert tries.wait("ana", "192.0.2.8") == 0


def test_memory_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lockout, "MOST_REMEMBERED", 50)
    tries = Lockout(3, 300, clock)
    for number in range(500):
        tries.add(f"name-{number}", "192.0.2.7")

    assert len(tries) == 50
