"""Grading a class: `academy course grade` beside nbgrader's own, with the same scores.

One assignment is a shipped one with instructors' answers; the other has a table, a figure and a
map, and learners who answer it in their own ways, some of them wrong.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from academy import paths
from benchmarks import mapping
from benchmarks.row import Row
from running import RunningAcademy

CLASS = 20
#: Submissions with a table, a figure and a map; stock nbgrader runs fewer, and is scaled.
LARGE_CLASS, STOCK_CLASS = 100, 10
#: Submissions that are graded already when one more comes.
GRADED_CLASS = 1_000
COURSE, ASSIGNMENT = "start-here", "load-and-count"
#: `academy` on a machine that can make no sandboxes; the rest of a run is as always.
_WITHOUT_SANDBOXES = """
from academy.forkserver import making

def refuse(*_):
    raise making.NoSandboxError("this measures a run without")

making.maker_at_hand = refuse
from academy.cli.main import main
main()
"""
#: What keeps one processor busy and touches little memory.
_BUSY = "total = 0\nfor number in range(40_000_000): total += number"
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
    return [
        Row(f"grading {CLASS} submissions", academy, stock, how=how),
        *_large(folder / "large"),
        _one_more(folder / "one-more"),
    ]


def _large(folder: Path) -> list[Row]:
    """Grade a large class with one worker and with two; a part of it with stock nbgrader."""
    academy, root = _mapping_course(folder, range(LARGE_CLASS))
    one = _grade(academy, "--workers=1")
    both = _grade(academy, "--again", "--workers=2")
    bare = _grade_without_sandboxes(academy, "--again", "--workers=2")
    stock = _stock_mapping(root, folder / "stock")
    what = f"grading {LARGE_CLASS} submissions with a table, a figure and a map"
    how = f"nbgrader autograde on {STOCK_CLASS} of them, times {LARGE_CLASS // STOCK_CLASS}"
    return [
        Row(what, both, stock * LARGE_CLASS / STOCK_CLASS, how=how),
        Row("the same, two workers against one", one / both, unit="times as fast"),
        Row("two busy loops side by side against one after the other", _two_cores(), unit="times"),
        Row("what sandboxes add to the same run", 100 * (both / bare - 1), unit="%"),
    ]


def _two_cores() -> float:
    """Return how much faster this machine does two things side by side than in turn."""
    command = [sys.executable, "-c", _BUSY]
    start = time.monotonic()
    for _ in range(2):
        subprocess.run(command, check=True)
    turns = time.monotonic() - start
    start = time.monotonic()
    both = [subprocess.Popen(command) for _ in range(2)]
    assert [one.wait() for one in both] == [0, 0]
    return turns / (time.monotonic() - start)


def _grade_without_sandboxes(academy: RunningAcademy, *flags: str) -> float:
    """Grade as on a machine that can make none, where somebody said that it may be."""
    arguments = ["course", "grade", mapping.COURSE, mapping.ASSIGNMENT, "--unsafe", *flags]
    command = [sys.executable, "-c", _WITHOUT_SANDBOXES, *arguments]
    start = time.monotonic()
    done = subprocess.run(
        command, env=academy.environment, capture_output=True, text=True, check=False
    )
    _must(done)
    assert "this measures a run without" in done.stdout + done.stderr
    return time.monotonic() - start


def _one_more(folder: Path) -> Row:
    """Grade one submission alone, and one that is new beside many that are graded."""
    alone_academy, _ = _mapping_course(folder / "alone", range(1))
    alone = _grade(alone_academy)
    academy, root = _mapping_course(folder / "many", range(GRADED_CLASS))
    _grade(academy)
    mapping.hand_in(root, range(GRADED_CLASS, GRADED_CLASS + 1))
    taken = _grade(academy)
    how = "seconds more than grading one submission alone"
    what = f"one new submission beside {GRADED_CLASS:,} graded ones, beyond that one alone"
    return Row(what, taken - alone, how=how)


def _mapping_course(folder: Path, learners: range) -> tuple[RunningAcademy, Path]:
    academy = RunningAcademy(folder / "state")
    root = academy.state / "courses" / mapping.COURSE
    mapping.make_course(root)
    _must(academy.run("course", "release", mapping.COURSE, mapping.ASSIGNMENT))
    mapping.hand_in(root, learners)
    return academy, root


def _grade(academy: RunningAcademy, *flags: str) -> float:
    """Grade what was collected; return the seconds from the command to its end."""
    start = time.monotonic()
    _must(academy.run("course", "grade", mapping.COURSE, mapping.ASSIGNMENT, *flags))
    return time.monotonic() - start


def _stock_mapping(root: Path, folder: Path) -> float:
    """Grade some of the same submissions with stock nbgrader; all marks must be the same."""
    _stock_course(folder, root / "source", mapping.COURSE)
    _nbgrader(folder, "generate_assignment", mapping.ASSIGNMENT)
    for number in range(STOCK_CLASS):
        learner = f"learner-{number:04}"
        shutil.copytree(root / "submitted" / learner, folder / "submitted" / learner)
    start = time.monotonic()
    _nbgrader(folder, "autograde", "--create", mapping.ASSIGNMENT)
    taken = time.monotonic() - start
    stock, ours = _marks(folder), _marks(root)
    assert stock, "stock nbgrader graded nothing"
    for cell, mark in stock.items():
        assert ours[cell] == mark, f"{cell}: stock gives {mark}, we give {ours[cell]}"
    return taken


def _marks(root: Path) -> dict[tuple[str, ...], tuple[float | None, float | None, int]]:
    """Return each cell's marks from a gradebook, by learner, assignment and cell."""
    question = """
        SELECT submitted_assignment.student_id, notebook.name, base_cell.name,
               grade.auto_score, grade.manual_score, grade.needs_manual_grade
        FROM grade
        JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
        JOIN base_cell ON base_cell.id = grade.cell_id
        JOIN notebook ON notebook.id = base_cell.notebook_id
    """
    with sqlite3.connect(root / "gradebook.db") as gradebook:
        return {tuple(row[:3]): tuple(row[3:]) for row in gradebook.execute(question)}


def _academy(folder: Path) -> float:
    academy = RunningAcademy(folder / "state")
    root = academy.state / "courses" / COURSE
    script = (
        "from academy.hub.prepare import prepare_state\n"
        "from academy.hub.settings import load_settings\n"
        "prepare_state(load_settings())"
    )
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
    _stock_course(folder, paths.shipped_courses() / COURSE / "source", COURSE)
    _nbgrader(folder, "generate_assignment", ASSIGNMENT)
    _submit(folder)
    start = time.monotonic()
    _nbgrader(folder, "autograde", "--create", ASSIGNMENT)
    taken = time.monotonic() - start
    _all_graded(folder)
    return taken


def _stock_course(folder: Path, source: Path, course: str) -> None:
    """Make a course of stock nbgrader with an instructor's notebooks."""
    folder.mkdir(parents=True)
    shutil.copytree(source, folder / "source")
    values = {"course": course, "root": str(folder), "exchange": str(folder / "exchange")}
    (folder / "nbgrader_config.py").write_text(STOCK_CONFIG.format(**values))


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
