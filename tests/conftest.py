"""What all tests share: how skips count, and where state and the checkout are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from academy import paths


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No test touches the checkout's own state directory or a person's settings."""
    monkeypatch.setenv(paths.STATE_VARIABLE, str(tmp_path / "state"))
    for name in ("ACADEMY_SETTINGS", "ACADEMY_PORT", "ACADEMY_COURSE", "JUPYTER_CONFIG_PATH"):
        monkeypatch.delenv(name, raising=False)
    yield
    monkeypatch.undo()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(paths.STATE_VARIABLE, str(tmp_path / "state"))
        shutil.rmtree(paths.run_directory())  # made here if the test did not


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what starts a whole Academy: it takes longest."""
    items.sort(key=lambda item: "integration" not in item.path.parts)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Where nothing may be left out (CI), a skipped test fails the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not os.environ.get("ACADEMY_NO_SKIPS") or reporter is None:
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line(f"{len(skipped)} tests were skipped, and none may be here", red=True)
