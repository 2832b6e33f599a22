"""When learners who have come in are put into the gradebooks."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from academy.hub import enrolment
from academy.hub.enrolment import GradebookRegister
from academy.hub.settings import HubSettings


class Register(GradebookRegister):
    """Notes what would be started, and how many run at once."""

    def __init__(self, *, fails: int = 0) -> None:
        super().__init__(HubSettings, logging.getLogger("hub"))
        self.started: list[tuple[str, list[str]]] = []
        self.running = self.most = 0
        self.fails = fails

    async def _start(self, course: str, names: list[str]) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        await asyncio.sleep(0.05)
        self.running -= 1
        if self.fails:
            self.fails -= 1
            raise OSError("no process can be made")
        self.started.append((course, names))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment, "QUIET_SECONDS", 0.1)
    monkeypatch.setattr(enrolment, "LONGEST_SECONDS", 0.5)


async def come(register: GradebookRegister, count: int, pause: float) -> None:
    for number in range(count):
        register.add(f"learner-{number:02}", ["start-here"])
        await asyncio.sleep(pause)


def test_a_class_that_comes_together_is_taken_in_together() -> None:
    async def evening(register: Register) -> None:
        await come(register, 10, 0.01)
        await asyncio.sleep(0.5)

    register = Register()
    asyncio.run(evening(register))

    assert register.started == [("start-here", [f"learner-{number:02}" for number in range(10)])]


def test_people_who_keep_coming_do_not_keep_the_first_one_out() -> None:
    async def evening(register: Register) -> None:
        await come(register, 20, 0.05)
        await asyncio.sleep(0.7)

    register = Register()
    asyncio.run(evening(register))

    assert len(register.started) > 1
    assert register.most == 1
    assert sorted(name for _, names in register.started for name in names) == [
        f"learner-{number:02}" for number in range(20)
    ]


def test_who_is_in_costs_nothing_and_who_failed_is_tried_again() -> None:
    async def evening(register: Register) -> None:
        register.add("ana", ["start-here", "deeper-still"])
        await asyncio.sleep(0.4)
        register.add("ana", ["start-here", "deeper-still"])
        await asyncio.sleep(0.4)
        register.add("ana", ["start-here", "deeper-still"])
        await asyncio.sleep(0.4)

    register = Register(fails=1)
    asyncio.run(evening(register))

    assert sorted(register.started) == [("deeper-still", ["ana"]), ("start-here", ["ana"])]


def test_the_real_process_writes_them_in(hub_state: Path, tmp_path: Path) -> None:
    from academy.courses.live import seed_courses
    from academy.grading.gradebook import open_gradebook

    seed_courses()

    async def evening(register: GradebookRegister) -> None:
        register.add("ana", ["start-here"])
        register.add("bo", ["start-here"])
        await asyncio.gather(*register._tasks.values())

    settings = HubSettings.model_validate({"isolation": {"mode": "off"}})
    asyncio.run(evening(GradebookRegister(lambda: settings, logging.getLogger("hub"))))

    with open_gradebook("start-here") as gradebook:
        assert {student.id for student in gradebook.students} == {"ana", "bo"}
