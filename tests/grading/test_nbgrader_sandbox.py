"""nbgrader's own ways to grade run what was handed in inside a sandbox, as the engine does.

The submission tells what it sees.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest

from academy import paths
from academy.grading import steps
from academy.grading.reading import points
from tests.grading.classroom import ASSIGNMENT, COURSE, cell, solve

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has namespaces"),
]
LEARNER = "teller"
SECRET = "a-token-of-the-grader"
TELL = """
import json, os, socket
def connects():
    try:
        socket.create_connection(("127.0.0.1", {port}), 3).close()
        return True
    except OSError:
        return False
def name(number):
    return open(f"/proc/{{number}}/comm").read().strip()
print("SEES " + json.dumps({{
    "gradebook": os.path.exists({gradebook!r}),
    "token": "GRADERS_TOKEN" in os.environ,
    "network": connects(),
    "processes": sorted({{name(n) for n in os.listdir("/proc") if n.isdigit()}}),
    "home": os.path.expanduser("~"),
}}))
"""


@pytest.fixture
def told(course: Path) -> Iterator[Path]:
    """A course in which one learner handed in a notebook that tells what it sees."""
    steps.release(COURSE, ASSIGNMENT)
    notebook = nbformat.read(course / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    solve(notebook)
    with socket.create_server(("127.0.0.1", 0)) as server:
        values = {"port": server.getsockname()[1], "gradebook": str(course / "gradebook.db")}
        cell(notebook, "add").source += TELL.format(**values)
        folder = course / "submitted" / LEARNER / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")
        yield course


def environment(course: Path, **more: str) -> dict[str, str]:
    """Return what a course's processes have in their environment, and a secret."""
    given = {"ACADEMY_COURSE": COURSE, "GRADERS_TOKEN": SECRET, "HOME": str(course.parent)}
    settings = {"JUPYTER_CONFIG_PATH": str(paths.checkout() / "grading")}
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("JUPYTER", "ACADEMY"))}
    state = {"ACADEMY_STATE": os.environ["ACADEMY_STATE"]}
    return {**plain, **state, **settings, **given, **more}


def check(course: Path) -> None:
    """See that the submission got its points, and saw nothing of the machine."""
    path = course / "autograded" / LEARNER / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    outputs: Any = cell(nbformat.read(path, as_version=4), "add").outputs
    (line,) = [line for line in outputs[0].text.splitlines() if line.startswith("SEES ")]
    assert json.loads(line.removeprefix("SEES ")) == {
        "gradebook": False,
        "token": False,
        "network": False,
        "processes": ["academy-cell", "academy-kernel"],
        "home": "/home/learner",
    }
    assert points(COURSE, ASSIGNMENT, LEARNER) == (7, 10)


@pytest.mark.torture
def test_the_command_line_has_a_sandbox_of_its_own(told: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
        cwd=told,
        env=environment(told),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    check(told)


def test_formgraders_button_has_a_sandbox(told: Path) -> None:
    """What its page asks for when somebody presses Autograde, of a course's real service."""
    with serving(told) as (address, token):
        request = urllib.request.Request(
            f"{address}/formgrader/api/submission/{ASSIGNMENT}/{LEARNER}/autograde",
            data=b"",
            headers={"Authorization": f"token {token}"},
        )
        with urllib.request.urlopen(request, timeout=120) as answer:
            result = json.load(answer)

    assert result["success"], result
    check(told)


@contextmanager
def serving(course: Path) -> Iterator[tuple[str, str]]:
    """Have formgrader's server, as a course's service is, without a hub before it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.root_dir={course}", f"--port={port}", "--ip=127.0.0.1"]
    runtime = course.parent / "run"
    server = subprocess.Popen(
        command,
        cwd=course,
        env=environment(course, JUPYTER_TOKEN=token, JUPYTER_RUNTIME_DIR=str(runtime)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/api", server)
        yield address, token
    finally:
        server.terminate()
        server.wait(30)
        shutil.rmtree(runtime, ignore_errors=True)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("formgrader's server did not start")
