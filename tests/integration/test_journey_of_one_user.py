"""The main job from end to end, where an ordinary user starts the Academy: without walls."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from integration.journey import from_sign_up_to_returned_work
from integration.lab_client import LabClient
from integration.people import Person
from running import RunningAcademy

#: Nobody in particular; tests that root runs become this user.
ORDINARY_USER = 399_500


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAcademy]:
    """An Academy that an ordinary user runs."""
    user = ORDINARY_USER if os.geteuid() == 0 else 0
    state = tmp_path_factory.mktemp("academy") / "place" / "state"
    state.parent.mkdir()
    running = RunningAcademy(state, user=user).start()
    yield running
    running.stop()


def test_it_says_why_there_are_no_walls(academy: RunningAcademy) -> None:
    if academy.user:
        assert "No sandbox can be made here" in academy.output
    assert "learners are not walled off from each other (only root may give" in academy.output


def test_a_resident_comes_in_and_runs_code(academy: RunningAcademy) -> None:
    ana = LabClient(academy.url, "ana-lab").sign_up().wait()
    code = "from academy.datasets import load_dataset; print(len(load_dataset('sales-tax')))"
    assert int(ana.execute(ana.start_kernel(), code)) > 100
    ana.stop()


@pytest.mark.torture
def test_from_sign_up_to_returned_work_of_one_user(
    academy: RunningAcademy, person: Callable[..., Person]
) -> None:
    from_sign_up_to_returned_work(academy, person)
