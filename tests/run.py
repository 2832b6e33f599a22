"""Run the tests as `make test` does: a browser at hand, the network cut, both cores busy."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import chromium
import offline

ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = ["tests", "courses"]


def main() -> None:
    """Prepare, then become pytest."""
    chosen = sys.argv[1:]
    browser = chromium.find_or_install()
    if browser:
        os.environ[chromium.VARIABLE] = browser
    else:
        _loudly("No Chromium could be found or installed: the browser tests are LEFT OUT.")
    if not offline.cut_network():
        _loudly("The network could not be cut on this machine: the tests run with it.")
    os.chdir(ROOT)
    # Notebooks run on the embedded tables, whatever lies in this checkout's own state.
    os.environ["ACADEMY_STATE"] = tempfile.mkdtemp(prefix="academy-tests-")
    # nbval needs a notebook's cells to stay together: loadscope. What takes long comes first, so
    # that no worker is left with it alone at the end (tests/conftest.py puts it there).
    command = ["-m", "pytest", "--nbval-lax", "-n", "2", "--dist", "loadscope"]
    command.append("--no-loadscope-reorder")
    os.execv(sys.executable, [sys.executable, *command, *(chosen or EVERYTHING)])


def _loudly(sentence: str) -> None:
    line = "=" * len(sentence)
    print(f"{line}\n{sentence}\n{line}", flush=True)


if __name__ == "__main__":
    main()
