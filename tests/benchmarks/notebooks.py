"""nbval over every course notebook: one after the other, and as `make test` runs it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from academy import paths
from benchmarks.row import Row


def measure(folder: Path) -> list[Row]:
    """Run nbval twice over the lessons and the instructor versions."""
    del folder
    count = len(list(paths.shipped_courses().rglob("*.ipynb")))
    stock = _nbval()
    academy = _nbval("-n", "2", "--dist", "loadscope")
    how = "pytest --nbval-lax, one process"
    return [Row(f"nbval over all {count} notebooks", academy, stock, how=how)]


def _nbval(*options: str) -> float:
    command = [sys.executable, "-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider"]
    start = time.monotonic()
    subprocess.run(
        [*command, *options, str(paths.shipped_courses())],
        cwd=paths.checkout(),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - start
