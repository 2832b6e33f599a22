"""Forked kernels without a hub: for tests of lessons, and for notebooks run at a terminal."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from academy.forkserver import nursery, warm

#: Jupyter's data path with the Academy's kernel specs.
SHARE = Path(__file__).parent / "share"


def jupyter_path(*more: Path) -> str:
    """Return a value of ``JUPYTER_PATH`` that puts the Academy's kernels first."""
    return os.pathsep.join(str(path) for path in (SHARE, *more))


@contextlib.contextmanager
def environment_with(variables: Mapping[str, str]) -> Iterator[None]:
    """Have environment variables of this process set for a while."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextlib.contextmanager
def nursery_at_hand() -> Iterator[dict[str, str]]:
    """Have a nursery of one's own for a while.

    Yields
    ------
    dict
        Variables with which Jupyter's libraries fork their kernels. Where the system can't do
        that, they start kernels the usual way.
    """
    variables = {"JUPYTER_PATH": jupyter_path()}
    if not sys.platform.startswith("linux"):
        yield variables
        return
    with tempfile.TemporaryDirectory(prefix="academy-", dir="/tmp") as folder:
        address = Path(folder) / nursery.SOCKET
        with nursery.open_door(address) as door:
            template = subprocess.Popen(
                warm.command("academy.forkserver.nursery", str(door.fileno())),
                cwd="/",
                env=warm.environment(Path(folder)),
                stdin=subprocess.DEVNULL,
                pass_fds=[door.fileno()],
            )
        try:
            yield {**variables, nursery.VARIABLE: str(address)}
        finally:
            template.terminate()
            template.wait()
