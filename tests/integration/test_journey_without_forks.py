"""The main job from end to end behind walls, where the operator has switched forks off."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from academy import paths
from integration.journey import from_sign_up_to_returned_work
from integration.people import Person
from isolation.conftest import needs_walls
from running import RunningAcademy

# What it needs more than other tests is time: nothing in it is new but the switch.
pytestmark = [needs_walls, pytest.mark.torture]


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAcademy]:
    """An Academy whose servers and kernels are started as programs."""
    folder = tmp_path_factory.mktemp("academy")
    shipped = (paths.checkout() / "hub_config" / "hub.yaml").read_text(encoding="utf-8")
    switched_off = shipped.replace("servers:\n", "servers:\n  forkserver: off\n")
    (folder / "hub.yaml").write_text(switched_off)
    running = RunningAcademy(folder / "state", settings=folder / "hub.yaml").start()
    yield running
    running.stop()


def test_from_sign_up_to_returned_work_without_forks(
    academy: RunningAcademy, person: Callable[..., Person]
) -> None:
    from_sign_up_to_returned_work(academy, person)
