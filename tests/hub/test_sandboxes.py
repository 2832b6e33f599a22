"""The maker of sandboxes that a running Academy keeps."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from academy import paths
from academy.forkserver.making import VARIABLE
from academy.hub import sandboxes, walls
from academy.hub.sandboxes import Sandboxes
from academy.hub.settings import HubSettings, load_settings

pytestmark = pytest.mark.integration


@pytest.fixture
def settings() -> HubSettings:
    paths.hub_state().mkdir(parents=True, exist_ok=True)
    return load_settings()


@pytest.fixture
def kept() -> Iterator[Sandboxes]:
    """An Academy's sandboxes."""
    one = Sandboxes()
    yield one
    one.close()


def answers(one: Sandboxes) -> bool:
    """Tell whether somebody listens."""
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(one.variables()[VARIABLE])
        except OSError:
            return False
        return True


def test_there_is_one_maker_for_all_courses(kept: Sandboxes, settings: HubSettings) -> None:
    assert kept.variables() == {}
    kept.open_for(settings, ["a", "b"])
    assert kept.reason == ""
    address = kept.variables()[VARIABLE]

    kept.open_for(settings, ["b", "a"])

    assert kept.variables()[VARIABLE] == address
    assert answers(kept)
    if walls.standing(settings).is_on:
        kept.open_for(settings, ["a", "b", "c"])
        assert kept.variables()[VARIABLE] != address
        assert not Path(address).parent.exists()
        assert answers(kept)


def test_a_maker_that_died_is_followed_by_one_in_the_same_place(
    kept: Sandboxes, settings: HubSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandboxes, "_PAUSE_SECONDS", 0.0)
    kept.open_for(settings, ["a"])
    address = Path(kept.variables()[VARIABLE])
    folder = address.parent.stat().st_ino
    keeper = next(one for one in psutil.Process().children() if one.name() == "academy-keeper")
    keeper.children()[0].kill()
    end = time.monotonic() + 20
    while answers(kept) and time.monotonic() < end:
        time.sleep(0.05)

    while not answers(kept) and time.monotonic() < end:
        kept.mend()
        time.sleep(0.05)

    assert answers(kept)
    # Views that show the folder go on showing it.
    assert address.parent.stat().st_ino == folder


def test_closing_leaves_nothing(kept: Sandboxes, settings: HubSettings) -> None:
    kept.open_for(settings, ["a"])
    folder = Path(kept.variables()[VARIABLE]).parent

    kept.close()

    assert not folder.exists()
    assert kept.variables() == {}
    assert "academy-keeper" not in [one.name() for one in psutil.Process().children()]
