"""Grading twenty submissions of a real assignment: `academy course grade` beside nbgrader's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from academy import paths
from benchmarks.row import Row
from running import RunningAcademy

CLASS = 20
COURSE, ASSIGNMENT = "start-here", "load-and-count"
STOCK_CONFIG = """
c = get_config()
c.CourseDirectory.course_id = {course!r}
c.CourseDirectory.root = {root!r}
c.Exchange.root = {exchange!r}
c.Execute.timeout = 120
"""


def measure(folder: Path) -> list[Row]:
    """Grade the same twenty submissions with both."""
    stock = _stock(folder / "stock")
    academy = _academy(folder)
    how = "nbgrader generate_assignment, then nbgrader autograde"
    return [Row(f"grading {CLASS} submissions", academy, stock, how=how)]


def _academy(folder: Path) -> float:
    academy = RunningAcademy(folder / "state")
    root = academy.state / "courses" / COURSE
    script = "from academy.hub.prepare import prepare_state; prepare_state()"
    subprocess.run([sys.executable, "-c", script], env=academy.environment, check=True)
    _must(academy.run("course", "release", COURSE, ASSIGNMENT))
    _submit(root)
    start = time.monotonic()
    # Exit code 3: each has an answer to be marked by hand.
    _must(academy.run("course", "grade", COURSE, ASSIGNMENT), 0, 3)
    taken = time.monotonic() - start
    _all_graded(root)
    return taken


def _stock(folder: Path) -> float:
    folder.mkdir()
    shutil.copytree(paths.shipped_courses() / COURSE / "source", folder / "source")
    values = {"course": COURSE, "root": str(folder), "exchange": str(folder / "exchange")}
    (folder / "nbgrader_config.py").write_text(STOCK_CONFIG.format(**values))
    _nbgrader(folder, "generate_assignment", ASSIGNMENT)
    _submit(folder)
    start = time.monotonic()
    _nbgrader(folder, "autograde", "--create", ASSIGNMENT)
    taken = time.monotonic() - start
    _all_graded(folder)
    return taken


def _submit(root: Path) -> None:
    """Hand in the instructor's own answers, twenty times."""
    name = f"{ASSIGNMENT}.ipynb"
    for number in range(CLASS):
        folder = root / "submitted" / f"learner-{number:02}" / ASSIGNMENT
        folder.mkdir(parents=True)
        shutil.copy(root / "source" / ASSIGNMENT / name, folder / name)


def _all_graded(root: Path) -> None:
    graded = len(list((root / "autograded").glob(f"*/{ASSIGNMENT}/*.ipynb")))
    assert graded == CLASS, f"{graded} of {CLASS} were graded in {root}"


def _nbgrader(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "nbgrader", *arguments]
    environment = dict(os.environ, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def _must(done: subprocess.CompletedProcess[str], *expected: int) -> None:
    assert done.returncode in (expected or (0,)), done.stdout + done.stderr
