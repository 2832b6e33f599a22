from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from academy.forkserver import local, nursery
from academy.forkserver.local import nursery_at_hand
from forkserver.toy import Toy, toy_parent

needs_linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes are forked on Linux only"
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here starts real processes, and forks them."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.integration)
            item.add_marker(needs_linux)


@dataclass(frozen=True)
class Nursery:
    """A nursery, and the variables by which kernels are forked from it."""

    pid: int
    variables: dict[str, str]

    @property
    def address(self) -> str:
        """Path of its socket."""
        return self.variables[nursery.VARIABLE]


@contextmanager
def some_nursery() -> Iterator[Nursery]:
    """Have a nursery with nothing of this process's environment."""
    before = {one.pid for one in psutil.Process().children()}
    with nursery_at_hand() as variables:
        (new,) = {one.pid for one in psutil.Process().children()} - before
        yield Nursery(new, variables)


@pytest.fixture(scope="session")
def shared_nursery() -> Iterator[Nursery]:
    """One nursery for all tests of this folder that do it no harm."""
    with some_nursery() as one:
        yield one


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Be somebody with an empty home, in which Jupyter and IPython keep what they keep.

    A socket's path has about a hundred characters at most, so it is a short one.
    """
    home = Path(tempfile.mkdtemp(prefix="home-", dir="/tmp"))
    (home / "run").mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(home / "run"))
    monkeypatch.setenv("JUPYTER_PATH", local.jupyter_path())
    for name in (nursery.VARIABLE, "IPYTHONDIR", "MPLBACKEND", "MPLCONFIGDIR", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    yield home
    shutil.rmtree(home)


@pytest.fixture
def forking(
    shared_nursery: Nursery, person: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Nursery]:
    """Have kernels forked from the shared nursery."""
    monkeypatch.setenv(nursery.VARIABLE, shared_nursery.address)
    yield shared_nursery
    left = psutil.Process(shared_nursery.pid).children()
    for one in left:  # so that one test's failure is not that of all that follow
        one.kill()
    assert left == [], "a test left its kernel running"


@pytest.fixture
def own_nursery(person: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Nursery]:
    """Have kernels forked from a nursery that a test may kill."""
    with some_nursery() as one:
        monkeypatch.setenv(nursery.VARIABLE, one.address)
        yield one


@pytest.fixture
def toys() -> Iterator[Callable[..., Toy]]:
    """Make small parents, whose children run what they are told."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(toy_parent(**options))


@pytest.fixture
def toy(toys: Callable[..., Toy]) -> Toy:
    """One small parent."""
    return toys()


def run_python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new Python."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
