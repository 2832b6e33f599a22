from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from academy.hub import rates
from academy.hub.rates import Rates, client_address
from academy.hub.settings import AccountSettings


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def by_default(clock: Clock) -> Rates:
    shipped = AccountSettings()
    return Rates(shipped.tries_at_once, shipped.tries_per_minute, shipped.tries_in_all, clock)


def test_a_class_of_thirty_behind_one_address_comes_in_within_a_minute(clock: Clock) -> None:
    limits = by_default(clock)

    for _ in range(30):
        # A sign-up that is refused for its password, one that is taken, and a log-in.
        assert [limits.wait("192.0.2.7") for _ in range(3)] == [0, 0, 0]
        clock.now += 2


def test_a_guesser_is_slowed_down_and_others_are_not(clock: Clock) -> None:
    limits = Rates(10, 6, 100, clock)
    assert not any(limits.wait("192.0.2.7") for _ in range(10))

    assert limits.wait("192.0.2.7") == 10
    assert limits.wait("192.0.2.8") == 0
    clock.now += 9.9
    assert limits.wait("192.0.2.7") == 1
    clock.now += 0.2
    assert limits.wait("192.0.2.7") == 0
    assert limits.wait("192.0.2.7") > 0


def test_many_addresses_together_have_a_limit_too(clock: Clock) -> None:
    limits = Rates(10, 6, 60, clock)
    passed = sum(limits.wait(f"192.0.2.{number}") == 0 for number in range(200))

    assert passed == 60
    clock.now += 1
    assert limits.wait("198.51.100.1") == 0
    assert limits.wait("198.51.100.2") == 1


def test_one_who_is_refused_uses_up_nothing_of_the_others(clock: Clock) -> None:
    limits = Rates(10, 6, 20, clock)
    for _ in range(1000):
        limits.wait("192.0.2.7")

    assert [limits.wait("192.0.2.8") for _ in range(10)] == [0] * 10


def test_memory_is_bounded(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "MOST_ADDRESSES", 50)
    limits = Rates(10, 6, 100_000, clock)
    for number in range(500):
        limits.wait(str(number))

    assert len(limits) == 50


def request(peer: str, forwarded: str | None = None, **headers: str) -> Any:
    """A request as Tornado has it, as far as is looked at."""
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    socket = SimpleNamespace(getpeername=lambda: (peer, 40000))
    stream = SimpleNamespace(socket=socket)
    return SimpleNamespace(connection=SimpleNamespace(stream=stream), headers=headers)


OURS = rates.PROXY_ADDRESS


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "address"),
    [
        (OURS, "192.0.2.7", [], "192.0.2.7"),
        (OURS, "203.0.113.9, 192.0.2.7", [], "192.0.2.7"),
        (OURS, "203.0.113.9,127.0.0.1", [], "127.0.0.1"),
        (OURS, "203.0.113.9,127.0.0.1", ["127.0.0.1"], "203.0.113.9"),
        (OURS, "1.1.1.1,203.0.113.9,10.0.0.1,127.0.0.1", ["127.0.0.1", "10.0.0.1"], "203.0.113.9"),
        (OURS, "127.0.0.1", ["127.0.0.1"], "127.0.0.1"),
        (OURS, "::ffff:192.0.2.7", [], "192.0.2.7"),
        (OURS, "2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::"),
        (OURS, "2001:db8:1:2:ffff::1", [], "2001:db8:1:2::"),
        (OURS, "nonsense", [], "unknown"),
        (OURS, None, [], "127.0.0.1"),
        ("127.0.0.2", "192.0.2.7", [], "127.0.0.2"),
        ("127.0.0.2", "192.0.2.7", ["127.0.0.2"], "127.0.0.2"),
    ],
)
def test_where_a_request_comes_from(
    peer: str, forwarded: str | None, trusted: list[str], address: str
) -> None:
    assert client_address(request(peer, forwarded), trusted) == address


def test_no_other_header_is_believed() -> None:
    made_up = request(OURS, "192.0.2.7", **{"X-Real-Ip": "203.0.113.9", "Forwarded": "for=1.1.1.1"})

    assert client_address(made_up, []) == "192.0.2.7"
