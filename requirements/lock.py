"""Write the locks anew: with hashes, and without the address of any registry."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROXY = FOLDER.parent / "hub_config" / "proxy"
OPTIONS = [
    "--universal",
    "--python-version=3.11",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--upgrade",
    "--quiet",
]


def main() -> None:
    """Resolve run first; dev then holds to the same versions."""
    _compile("run")
    _compile("node")
    _compile("dev", "--constraints", "run.txt")
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to write hub_config/proxy/package-lock.json; the rest is done.")
    (PROXY / "package-lock.json").unlink(missing_ok=True)
    options = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit"]
    subprocess.run([npm, "install", *options], cwd=PROXY, check=True)


def _compile(name: str, *more: str) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", *OPTIONS, *more]
    subprocess.run([*command, f"{name}.in", "-o", f"{name}.txt"], cwd=FOLDER, check=True)


if __name__ == "__main__":
    main()
