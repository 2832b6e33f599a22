"""The main job from end to end, as it is where root starts the Academy: behind walls."""

from __future__ import annotations

from collections.abc import Callable

from integration.journey import from_sign_up_to_returned_work
from integration.people import Person
from running import RunningAcademy


def test_from_sign_up_to_returned_work(
    academy: RunningAcademy, person: Callable[..., Person]
) -> None:
    from_sign_up_to_returned_work(academy, person)
