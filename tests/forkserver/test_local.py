"""Forked kernels at a terminal: for tests of lessons and for notebooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from academy.forkserver import local, nursery
from academy.forkserver.local import nursery_at_hand
from forkserver.conftest import Nursery
from forkserver.kernels import running

PARENT = "import os; print(open(f'/proc/{os.getppid()}/comm').read().strip())"


def test_variables_name_a_nursery_and_its_kernels(
    person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = psutil.Process().children()
    with nursery_at_hand() as variables:
        assert set(variables) == {"JUPYTER_PATH", nursery.VARIABLE}
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with running() as kernel:
            assert kernel.run(PARENT) == "academy-nursery\n"
        folder = Path(variables[nursery.VARIABLE]).parent
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()
    assert [one for one in psutil.Process().children() if one not in before] == []


def test_where_the_system_does_not_fork_kernels_are_started(
    person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with nursery_at_hand() as variables:
        assert variables == {"JUPYTER_PATH": local.jupyter_path()}


def test_more_kernels_come_after_the_academys() -> None:
    assert local.jupyter_path(Path("/more")) == f"{local.SHARE}{os.pathsep}/more"


def test_nbclient_forks_its_kernel(forking: Nursery) -> None:
    notebook = new_notebook(cells=[new_code_cell(PARENT)])
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    assert notebook.cells[0].outputs[0].text == "academy-nursery\n"


def test_nbval_forks_its_kernels(forking: Nursery, tmp_path: Path) -> None:
    """The cell says who its kernel's parent is; nbval compares that with what is expected."""
    cell = new_code_cell(PARENT, execution_count=1)
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="academy-nursery\n")]
    file = tmp_path / "lesson.ipynb"
    nbformat.write(new_notebook(cells=[cell]), file)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", str(file)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
