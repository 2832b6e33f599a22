"""Many learners on one machine, each a user of their own, and servers that outlive their hub."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from academy.isolation import support
from integration.lab_client import LabClient
from running import RunningAcademy

FEW, MANY = 6, 30
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can give each learner a user"),
    pytest.mark.skipif(bool(support.why_not()), reason=f"no walls here: {support.why_not()}"),
]
#: What a learner sees of the machine: who runs something, whose homes there are.
LOOK = """
import json, os, pathlib
numbers = [name for name in os.listdir('/proc') if name.isdigit()]
def owner(number):
    try:
        return os.stat(f'/proc/{number}').st_uid
    except OSError:
        return os.getuid()
print(json.dumps({
    'uid': os.getuid(),
    'owners': sorted({owner(number) for number in numbers if number != '1'}),
    'homes': sorted(os.listdir(pathlib.Path.home().parent)),
    'passwd': [line.split(':')[2] for line in open('/etc/passwd')],
}))
"""


@pytest.fixture
def academy(tmp_path: Path) -> Iterator[RunningAcademy]:
    settings = tmp_path / "hub.yaml"
    settings.write_text("isolation:\n  mode: required\nservers:\n  start_seconds: 600\n")
    running = RunningAcademy(tmp_path / "state", settings=settings)
    yield running.start(timeout=240)
    running.stop()


def servers(academy: RunningAcademy) -> dict[int, int]:
    """Process id of each learner's server, by the system user whom it runs as."""
    assert academy.process is not None
    found = {}
    for one in psutil.Process(academy.process.pid).children(recursive=True):
        try:
            is_forked = one.name() == "academy-server"
            is_started = "jupyterhub.singleuser" in one.cmdline()
            if is_forked or (is_started and one.environ().get("JUPYTERHUB_USER")):
                found[one.uids().real] = one.pid
        except psutil.Error:
            continue
    return found


@pytest.mark.parametrize("learners", [FEW, pytest.param(MANY, marks=pytest.mark.torture)])
def test_learners_are_as_many_users_and_none_sees_another(
    academy: RunningAcademy, learners: int
) -> None:
    names = [f"learner-{number:02}" for number in range(learners)]

    def come_in(name: str) -> dict[str, Any]:
        lab = LabClient(academy.url, name).sign_up().wait(timeout=600)
        seen: dict[str, Any] = lab.run(LOOK, timeout=600)
        return seen

    with ThreadPoolExecutor(learners) as people:
        seen = dict(zip(names, people.map(come_in, names), strict=True))

    users = {one["uid"] for one in seen.values()}
    assert len(users) == learners
    assert users <= set(servers(academy))
    for name, one in seen.items():
        assert one["owners"] == [one["uid"]], name
        assert one["homes"] == [name]
        assert {int(uid) for uid in one["passwd"]} & users == {one["uid"]}


def test_servers_and_kernels_outlive_a_hub_that_is_killed(academy: RunningAcademy) -> None:
    lab = LabClient(academy.url, "ana-resident").sign_up().wait()
    kernel = lab.start_kernel()
    lab.execute(kernel, "kept = 40")
    before, hub = servers(academy), hub_process(academy)

    hub.send_signal(signal.SIGKILL)
    hub.wait(20)

    # The lab that is open in a browser goes on while there is no hub, and saves.
    lab.upload("open-notebook.txt", b"saved while there was no hub")
    wait_for_hub(academy, hub.pid)
    assert servers(academy) == before
    assert lab.execute(kernel, "print(kept + 2)").strip() == "42"
    lab.upload("open-notebook.txt", b"saved under the new hub")
    assert lab.download("open-notebook.txt") == b"saved under the new hub"
    # The new hub knows the old server: it can stop it, and start another.
    lab.stop()
    assert servers(academy) == {}
    lab.start()


def hub_process(academy: RunningAcademy) -> psutil.Process:
    """The hub itself."""
    assert academy.process is not None
    for one in psutil.Process(academy.process.pid).children():
        if "academy.hub.app" in one.cmdline():
            return one
    raise AssertionError(academy.log())


def wait_for_hub(academy: RunningAcademy, old: int) -> None:
    """Wait until another hub than the one that was killed answers."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        try:
            if hub_process(academy).pid != old:
                httpx.get(f"{academy.url}hub/health", trust_env=False).raise_for_status()
                return
        except (AssertionError, httpx.HTTPError, psutil.Error):
            pass
        time.sleep(0.5)
    raise AssertionError(f"no hub came back: {academy.output}\n{academy.log()}")
