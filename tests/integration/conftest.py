from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

import chromium
from integration.people import Person, launch_arguments
from running import RunningAcademy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here is an integration test; those that ask for a browser need one."""
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.integration)
        if {"browser", "person"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.browser)
            if chromium.find() is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium was found or installed"))


@pytest.fixture(scope="module")
def academy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningAcademy]:
    """An Academy for the tests of one module."""
    running = RunningAcademy(tmp_path_factory.mktemp("academy") / "state").start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(**launch_arguments())  # type: ignore[arg-type]
        yield chromium
        chromium.close()


@pytest.fixture
def person(browser: Browser, academy: RunningAcademy) -> Iterator[Callable[..., Person]]:
    """Make people with a browser of their own."""
    people: list[Person] = []

    def make(name: str, **window: int) -> Person:
        people.append(Person(browser, academy.url, name, **window))
        return people[-1]

    yield make
    for someone in people:
        someone.context.close()
