"""Run the tests as `make test` does: a browser at hand, the network cut, both cores busy."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import chromium
import offline

ROOT = Path(__file__).resolve().parents[1]
EVERYTHING = ["tests", "courses"]


def main() -> None:
    """Prepare, then become pytest."""
    arguments = sys.argv[1:]
    torture = "--torture" in arguments
    chosen = [one for one in arguments if one != "--torture"]
    browser = chromium.find_or_install()
    if browser:
        os.environ[chromium.VARIABLE] = browser
    else:
        _loudly("No Chromium could be found or installed: the browser tests are LEFT OUT.")
    if not offline.cut_network():
        _loudly("The network could not be cut on this machine: the tests run with it.")
    os.chdir(ROOT)
    marks = "torture" if torture else "not torture"
    # nbval needs a notebook's cells to stay together: loadscope.
    command = ["-m", "pytest", "-m", marks, "--nbval-lax", "-n", "2", "--dist", "loadscope"]
    os.execv(sys.executable, [sys.executable, *command, *(chosen or EVERYTHING)])


def _loudly(sentence: str) -> None:
    line = "=" * len(sentence)
    print(f"{line}\n{sentence}\n{line}", flush=True)


if __name__ == "__main__":
    main()
