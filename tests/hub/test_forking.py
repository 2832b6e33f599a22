"""The hub's keeper of the template: one at a time, renewed after its death and with new code."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from academy import paths
from academy.forkserver import warm
from academy.forkserver.child import ForkError
from academy.hub import forking
from academy.hub.forking import Keeper
from academy.isolation.launch import Plan
from academy.isolation.view import View

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone forks"),
]


@pytest.fixture
def keeper(hub_state: Path) -> Iterator[Keeper]:
    one = Keeper(logging.getLogger("hub"))
    yield one
    one.stop()


def templates() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "forkserver.template" in line(one)]


def line(process: psutil.Process) -> str:
    return " ".join(process.cmdline())


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what must come."""
    async with asyncio.timeout(60):
        while not happened():
            await asyncio.sleep(0.02)


def test_there_is_one_template_however_often_it_is_started(keeper: Keeper) -> None:
    assert keeper.pid == 0
    for _ in range(3):
        keeper.start()
    assert [one.pid for one in templates()] == [keeper.pid]


def test_a_template_knows_nothing_of_the_hub(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONFIGPROXY_AUTH_TOKEN", "secret")
    keeper.start()
    (template,) = templates()
    deadline = time.monotonic() + 60
    while "ACADEMY_STATE" not in template.environ():
        assert time.monotonic() < deadline
    assert "secret" not in template.environ().values()
    assert template.environ()["HOME"] == str(paths.hub_state() / "template")
    assert (paths.hub_state() / "template").stat().st_mode & 0o777 == 0o700
    assert template.cwd() == "/"


def test_after_its_death_another_takes_over(
    keeper: Keeper, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_pause", 0.05)

    async def live() -> None:
        keeper.start()
        first = keeper.pid
        os.kill(first, signal.SIGKILL)
        await until(lambda: keeper.pid not in (0, first))

    asyncio.run(live())
    assert "The template has died (-9)" in caplog.text
    assert [one.pid for one in templates()] == [keeper.pid]


def test_a_template_that_dies_again_and_again_is_waited_for_longer_and_longer(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = []
    for _ in range(9):
        monkeypatch.setattr(keeper, "_next_try", 0.0)
        keeper.start()
        os.kill(keeper.pid, signal.SIGKILL)
        while keeper.pid:
            time.sleep(0.01)
        keeper.start()
        assert keeper.pid == 0, "nobody starts it before its pause is over"
        pauses.append(keeper._pause)
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60, 60]


def test_after_a_healthy_life_the_pause_is_short_again(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_pause", 32.0)
    keeper.start()
    monkeypatch.setattr(keeper, "_started", time.monotonic() - forking._HEALTHY_SECONDS - 1)
    os.kill(keeper.pid, signal.SIGKILL)
    while keeper.pid:
        time.sleep(0.01)
    keeper.start()
    assert keeper._pause == 2 * forking._FIRST_PAUSE_SECONDS


def test_new_code_has_a_new_template(
    keeper: Keeper, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    keeper.start()
    first = keeper.pid
    stamps = {**warm._stamps(), "academy/new.py": 1}
    monkeypatch.setattr(warm, "_stamps", lambda: stamps)
    keeper.start()

    assert keeper.pid not in (0, first)
    assert [one.pid for one in templates()] == [keeper.pid]
    assert f"The code has changed: a new template takes over from {first}" in caplog.text


def test_without_a_template_the_caller_is_told(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_next_try", time.monotonic() + 600)
    plan = Plan(["x"], 0, "/", View(()))
    with socket.socket() as door, pytest.raises(ForkError, match="no template"):
        asyncio.run(keeper.fork_server(plan, {}, door))


def test_after_the_end_there_is_none(keeper: Keeper) -> None:
    async def live() -> None:
        keeper.start()
        keeper.stop()
        await asyncio.sleep(0.1)

    asyncio.run(live())
    assert keeper.pid == 0
    assert templates() == []
    keeper.stop()
