"""A fresh clone: `make serve` from nothing to ready, and the size of what it installs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from academy import paths
from benchmarks.row import Row
from running import RunningAcademy, free_port


def measure(folder: Path) -> list[Row]:
    """Clone what is committed, with an empty home, and start it twice."""
    clone = folder / "clone"
    subprocess.run(["git", "clone", "-q", str(paths.checkout()), str(clone)], check=True)
    first = _serve(clone, folder)
    second = _serve(clone, folder)
    size = subprocess.check_output(["du", "-sm", str(clone / ".venv")], text=True)
    return [
        Row(
            "fresh clone: make serve to ready",
            first,
            how="empty HOME, no pip cache",
        ),
        Row("second make serve to ready", second),
        Row("size of .venv", float(size.split()[0]), unit="MB"),
    ]


def _serve(clone: Path, folder: Path, timeout: float = 900) -> float:
    academy = RunningAcademy(folder / "state", port=free_port())
    home = folder / "home"
    home.mkdir(exist_ok=True)
    environment = {**academy.environment, "HOME": str(home), "PIP_NO_CACHE_DIR": "1"}
    python = os.path.realpath(sys.base_prefix + "/bin/python3")
    start = time.monotonic()
    with academy.output_file.open("wb") as terminal:
        academy.process = subprocess.Popen(
            ["make", "serve", f"PORT={academy.port}", f"PYTHON={python}"],
            cwd=clone,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        academy.wait_for("Stop it with Ctrl-C", timeout)
        return time.monotonic() - start
    finally:
        academy.stop(signal.SIGTERM)
