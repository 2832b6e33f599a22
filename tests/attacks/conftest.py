"""One nursery for all attempts, and a home of one's own for what kernels leave behind."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from academy.forkserver.local import nursery_at_hand


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Nearly everything here runs notebooks in real kernels."""
    for item in items:
        if Path(__file__).parent == item.path.parent and item.path.name != "test_table.py":
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def nursery() -> Iterator[dict[str, str]]:
    with nursery_at_hand() as variables:
        yield variables


@pytest.fixture(autouse=True)
def _kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have kernels forked, with sockets in a folder whose path is short enough for them."""
    if request.path.name == "test_table.py" or request.path.parent != Path(__file__).parent:
        yield
        return
    home = Path(tempfile.mkdtemp(prefix="home-", dir="/tmp"))
    for name, value in request.getfixturevalue("nursery").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(home / "run"))
    for name in ("IPYTHONDIR", "MPLBACKEND", "MPLCONFIGDIR"):
        monkeypatch.delenv(name, raising=False)
    yield
    shutil.rmtree(home)
