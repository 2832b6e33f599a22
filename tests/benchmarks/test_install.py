"""The benchmark of a fresh clone leaves nothing running, however it ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.install import _serve


def test_a_clone_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    pid_file = tmp_path / "pid"
    (clone / "Makefile").write_text(f"serve:\n\t@echo $$$$ > '{pid_file}'; exec sleep 60\n")

    with pytest.raises(AssertionError, match="no 'Stop it with Ctrl-C'"):
        _serve(clone, tmp_path, timeout=1)

    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
