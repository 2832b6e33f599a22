"""The environment of every Jupyter process that the hub starts."""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Literal

from academy import paths
from academy.forkserver.local import jupyter_path
from academy.grading.exchange_client import URL_VARIABLE
from academy.hub.ports import internal_ports

Role = Literal["learner", "instructor", "course"]
EXCHANGE = "exchange"
LAB = Path(__file__).parent / "lab"


def jupyter_environment(name: str, role: Role, runtime: str | None = None) -> dict[str, str]:
    """Return the variables that make a Jupyter process the Academy's.

    Parameters
    ----------
    name
        Whose process it is; each gets its own private run-time directory.
    role
        Decides which of nbgrader's extensions are on.
    runtime
        The run-time directory behind the process's wall; without a wall one is made.
    """
    return {
        **exchange_environment(role),
        paths.STATE_VARIABLE: str(paths.state()),
        "JUPYTER_CONFIG_PATH": os.pathsep.join(str(path) for path in config_path(role)),
        # Our python3 kernel says in one line what went wrong; its notebooks open anywhere.
        "JUPYTER_PATH": jupyter_path(LAB / "share"),
        "JUPYTER_RUNTIME_DIR": runtime or str(runtime_directory(name)),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "JUPYTER_PREFER_ENV_PATH": "1",
        "SHELL": "/bin/bash",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }


def exchange_environment(role: Role) -> dict[str, str]:
    """Return where a learner hands in; a course's own processes work on the exchange's files."""
    if role == "course":
        return {}
    port = internal_ports([EXCHANGE])[EXCHANGE]
    return {URL_VARIABLE: f"http://127.0.0.1:{port}"}


def config_path(role: Role) -> list[Path]:
    """Return the folders of Jupyter configuration for a role, the most special first."""
    return [LAB / role, LAB / "common", paths.checkout() / "grading"]


def runtime_directory(name: str) -> Path:
    """Return a private run-time directory, short enough for sockets, making it if need be.

    A kernel's socket is named ``kernel-<uuid>-ipc-<n>``: 49 characters more.
    """
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    directory = paths.run_directory() / digest
    directory.mkdir(mode=0o700, exist_ok=True)
    return directory
