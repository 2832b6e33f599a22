"""A thousand learners and ten assignments: `academy grade`, and formgrader's lists beside it."""

from __future__ import annotations

import hashlib
import json
import os
import random
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from academy import paths
from academy.grading.archive import content_hash
from academy.grading.exchange_store import ensure_exchange
from academy.grading.gradebook import (
    add_indexes,
    ensure_gradebook,
    gradebook_path,
    open_gradebook,
)
from academy.grading.receipts import NOTHING_BEFORE, Receipt, record_file, timestamp
from benchmarks.row import Row

COURSE = "large"
LEARNERS, ASSIGNMENTS, QUESTIONS = 1000, 10, 5
NOTEBOOK_BYTES = 20_000
START = datetime(2027, 1, 11, 18, tzinfo=UTC)


def measure(folder: Path) -> list[Row]:
    """Fill a course, and time what an instructor waits for."""
    os.environ[paths.STATE_VARIABLE] = str(folder / "state")
    fill()
    how = f"{LEARNERS:,} learners, {ASSIGNMENTS} assignments, one submission each"
    rows = [
        Row("academy grade status", _command("status", COURSE), how=how),
        Row("academy grade status, one assignment", _command("status", COURSE, "week-01"), how=how),
        Row("academy grade export", _command("export", COURSE), how=how),
        Row("academy grade items", _command("items", COURSE, "week-01"), how=how),
        Row(
            f"academy grade audit of {LEARNERS * ASSIGNMENTS:,} receipts",
            _command("audit", COURSE),
            how=f"every submission of {NOTEBOOK_BYTES // 1000} kB read and hashed",
        ),
    ]
    return rows + _formgrader()


def _command(name: str, *arguments: str) -> float:
    """Return the best of three: the first reads files that the kernel does not hold yet."""
    return min(_run(name, *arguments) for _ in range(3))


def _run(name: str, *arguments: str) -> float:
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "academy", "grade", name, *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    taken = time.monotonic() - start
    assert done.returncode == 0, done.stdout[-500:] + done.stderr[-2000:]
    return taken


def _formgrader() -> list[Row]:
    """Time what formgrader asks for its lists; its pages add a template and the network."""
    from nbgrader.apps.api import NbGraderAPI

    from academy.grading.session import course_api, course_config

    with closing(sqlite3.connect(gradebook_path(COURSE))) as gradebook, gradebook:
        for (name,) in gradebook.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'academy_%'"
        ).fetchall():
            gradebook.execute(f"DROP INDEX {name}")
    stock = _lists(NbGraderAPI(config=course_config(COURSE)))
    with open_gradebook(COURSE) as gradebook:
        add_indexes(gradebook)
    with course_api(COURSE) as api:
        ours = _lists(api)
    how = "the answer of nbgrader's API, without a page around it"
    return [Row(f"formgrader: {name}", ours[name], stock[name], how=how) for name in ours]


def _lists(api: Any) -> dict[str, float]:
    asked: dict[str, Callable[[], Any]] = {
        "Manage Assignments": api.get_assignments,
        "Manage Submissions of one assignment": lambda: api.get_submissions("week-01"),
        "Gradebook, one notebook": lambda: api.get_notebook_submissions("week-01", "week-01"),
        "Manage Students": api.get_students,
        "one student's submissions": lambda: api.get_student_submissions("learner-0001"),
    }
    return {name: _timed(ask) for name, ask in asked.items()}


def _timed(ask: Callable[[], Any]) -> float:
    start = time.monotonic()
    ask()
    return time.monotonic() - start


def fill() -> None:
    """Make the course: its exchange, its folders and its gradebook, all graded."""
    root = paths.live_courses() / COURSE
    names = [f"week-{number:02}" for number in range(1, ASSIGNMENTS + 1)]
    _write_course(root, names)
    ensure_exchange(COURSE)
    ensure_gradebook(COURSE)
    receipts = list(_receipts(names))
    lines = _chained(receipts)
    record_file(COURSE).write_text("".join(lines), encoding="utf-8")
    with closing(sqlite3.connect(gradebook_path(COURSE))) as gradebook, gradebook:
        cells = {name: _add_assignment(gradebook, name) for name in names}
        gradebook.executemany(
            "INSERT INTO student (id) VALUES (?)", [(_learner(n),) for n in range(LEARNERS)]
        )
        for receipt in receipts:
            _add_submission(gradebook, receipt, cells[receipt["assignment"]])


def _write_course(root: Path, names: list[str]) -> None:
    listed = "".join(f"  - {{id: {name}, title: Week, minutes: 5}}\n" for name in names)
    root.mkdir(parents=True)
    (root / "course.yaml").write_text(
        f"title: Large\ntrack: resident\nsummary: Large.\nassignments:\n{listed}", encoding="utf-8"
    )
    for name in names:
        for step in ("source", "release"):
            _write_notebook(root / step / name, name)


def _write_notebook(folder: Path, name: str) -> None:
    cells = [
        {
            "cell_type": "code",
            "id": f"q{number}",
            "execution_count": None,
            "outputs": [],
            "source": "x" * (NOTEBOOK_BYTES // QUESTIONS),
            "metadata": {
                "nbgrader": {
                    "grade": True,
                    "solution": False,
                    "task": False,
                    "locked": True,
                    "schema_version": 3,
                    "grade_id": f"q{number}",
                    "points": 2,
                }
            },
        }
        for number in range(QUESTIONS)
    ]
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    book = {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    folder.mkdir(parents=True)
    (folder / f"{name}.ipynb").write_text(json.dumps(book), encoding="utf-8")


def _learner(number: int) -> str:
    return f"learner-{number:04}"


def _receipts(names: list[str]) -> Iterator[dict[str, Any]]:
    """Hand everything in, collect and grade it, as far as files go."""
    moment = START
    hashes = {}
    for name in names:
        for number in range(LEARNERS):
            moment += timedelta(seconds=1, microseconds=number)
            folder = f"{_learner(number)}+{name}+{timestamp(moment)}+token"
            arrived = paths.exchange() / COURSE / "inbound" / folder
            _write_notebook(arrived, name)
            hashes[name] = hashes.get(name) or content_hash(arrived)
            for step in ("submitted", "autograded"):
                place = paths.live_courses() / COURSE / step / _learner(number) / name
                _write_notebook(place, name)
                (place / "timestamp.txt").write_text(timestamp(moment), encoding="utf-8")
            yield {
                "course": COURSE,
                "learner": _learner(number),
                "assignment": name,
                "submitted_at": moment,
                "folder": folder,
                "sha256": hashes[name],
                "files": 1,
                "size": NOTEBOOK_BYTES,
            }


def _chained(receipts: list[dict[str, Any]]) -> Iterator[str]:
    """Write the lines as the exchange does, without waiting for the disk after each."""
    previous = NOTHING_BEFORE
    for number, fields in enumerate(receipts, start=1):
        receipt = Receipt(number=number, previous=previous, **fields)
        line = json.dumps(receipt.as_dict(), ensure_ascii=False, separators=(",", ":"))
        previous = hashlib.sha256(line.encode()).hexdigest()
        yield f"{line}\n"


def _id() -> str:
    return uuid.uuid4().hex


def _insert(gradebook: sqlite3.Connection, table: str, **fields: Any) -> str:
    """Put a row in with an id of its own, unless it has one."""
    fields = {"id": _id(), **fields}
    names, places = ", ".join(fields), ", ".join("?" * len(fields))
    gradebook.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", [*fields.values()])
    return str(fields["id"])


def _add_assignment(gradebook: sqlite3.Connection, name: str) -> tuple[str, str, list[str]]:
    """Return the assignment, its notebook and the cells of that."""
    assignment = _insert(gradebook, "assignment", name=name, course_id=COURSE)
    book = _insert(gradebook, "notebook", name=name, assignment_id=assignment)
    cells = []
    for number in range(QUESTIONS):
        named = {"name": f"q{number}", "notebook_id": book, "type": "GradeCell"}
        cell = _insert(gradebook, "base_cell", **named)
        _insert(gradebook, "grade_cells", id=cell, max_score=2.0, cell_type="code")
        cells.append(cell)
    return assignment, book, cells


def _add_submission(
    gradebook: sqlite3.Connection,
    receipt: dict[str, Any],
    cells: tuple[str, str, list[str]],
) -> None:
    assignment, book, questions = cells
    moment = receipt["submitted_at"].replace(tzinfo=None).isoformat(" ")
    whose = {"assignment_id": assignment, "student_id": receipt["learner"]}
    submission = _insert(gradebook, "submitted_assignment", timestamp=moment, **whose)
    notebook = _insert(
        gradebook, "submitted_notebook", assignment_id=submission, notebook_id=book, flagged=False
    )
    for question in questions:
        points = random.choice((0.0, 1.0, 2.0))
        where = {"cell_id": question, "notebook_id": notebook}
        _insert(gradebook, "grade", auto_score=points, needs_manual_grade=False, **where)
