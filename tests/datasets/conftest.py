"""Fixtures: a made-up export, a made-up portal on a real HTTP server, a state directory."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from academy import paths
from academy.datasets.compiler import Compiled
from academy.datasets.inputs import ExportFolder
from academy.datasets.refresh import from_folder, workshop
from portals.server import PortalServer, running
from portals.tables import Table

NAME, ID = "service-requests", "7ixm-mnvx"
DATA = Path(__file__).parent / "data"
DAY = datetime.date(2026, 8, 29)
EXPORTS_BESIDE = paths.checkout().parent / "shared" / "portal"

# The full exports lie beside the checkout on some machines only; elsewhere there is nothing to do.
collect_ignore = [] if EXPORTS_BESIDE.is_dir() else ["test_full_export.py"]

Compile = Callable[..., Compiled]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a state directory of its own."""
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def own_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with the words about the dataset, and no table yet."""
    folder = tmp_path / "checkout" / "datasets" / NAME
    folder.mkdir(parents=True)
    shutil.copy(paths.embedded_datasets() / NAME / "package.yaml", folder)
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path / "checkout")
    return tmp_path / "checkout"


def compile_export(
    name: str, folder: Path, *, taken: datetime.date | None = None, embed: bool = False
) -> Compiled:
    """Compile a dataset from a folder of exports."""
    with workshop(from_folder(ExportFolder(folder, taken)), embed=embed) as shop:
        return shop.compile(name)


@pytest.fixture(name="compile_export")
def _compile_export() -> Compile:
    """Compile a dataset: ``compile_export(name, folder, taken=day, embed=False)``."""
    return compile_export


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """The dataset, compiled from the made-up export."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(tmp_path_factory.mktemp("state")))
        return compile_export(NAME, DATA, taken=DAY)


@pytest.fixture
def folder(compiled: Compiled, tmp_path: Path) -> Path:
    """A dataset's folder with the made-up table, free to be spoilt."""
    folder = tmp_path / "spoilt" / NAME
    folder.mkdir(parents=True)
    for name, content in compiled.files.items():
        assert isinstance(content, bytes)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    """A portal that serves the three made-up rows of ``live_rows.json``; change it as you like."""
    rows = json.loads((DATA / "live_rows.json").read_text())
    table = Table(sorted({name for row in rows for name in row}), rows)
    with running(PortalServer({ID: table})) as server:
        yield server
