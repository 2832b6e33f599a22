"""Kernels over private sockets, with the settings that every lab has."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.v4 import new_code_cell, new_notebook
from traitlets.config import Config

from academy import paths

pytestmark = pytest.mark.integration

LAB_SETTINGS = "academy/hub/lab/common/jupyter_config.json"
SHOW = """\
import json, os, stat
from pathlib import Path
folder = Path(os.environ["JUPYTER_RUNTIME_DIR"])
sockets = sorted(path.name for path in folder.iterdir() if stat.S_ISSOCK(path.stat().st_mode))
print(json.dumps({"works_in": os.getcwd(), "sockets": sockets}))
"""


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Jupyter's run-time directory; a socket's path has about a hundred characters at most."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def working(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where the caller works, and where the notebook does."""
    ours, the_notebooks = tmp_path / "ours", tmp_path / "the-notebooks"
    ours.mkdir()
    the_notebooks.mkdir()
    monkeypatch.chdir(ours)
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    return ours, the_notebooks


def test_a_notebooks_sockets_lie_in_the_runtime_directory(
    runtime: Path, working: tuple[Path, Path]
) -> None:
    ours, the_notebooks = working
    settings = json.loads((paths.checkout() / LAB_SETTINGS).read_text())
    notebook = new_notebook(cells=[new_code_cell(SHOW)])
    execute = ExecutePreprocessor(
        config=Config(settings), kernel_name="python3", timeout=60, startup_timeout=20
    )

    done, _ = execute.preprocess(notebook, {"metadata": {"path": str(the_notebooks)}})

    told = json.loads(done.cells[0].outputs[0].text)
    assert told["works_in"] == str(the_notebooks)
    assert len(told["sockets"]) == 5, "shell, iopub, stdin, control and heartbeat"
    assert all("-ipc-" in name for name in told["sockets"])
    assert [path for folder in working for path in folder.rglob("*-ipc-*")] == []
    assert list(ours.iterdir()) == []
