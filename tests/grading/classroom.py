"""A tiny course in code, its learners, and what they do to their notebooks."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

COURSE = "tiny"
ASSIGNMENT = "counting"
SECRET = "marker_of_the_hidden_test"
TOP_SECRET = "marker_of_the_silent_test"


def marks(grade_id: str, *, points: float | None = None, solution: bool = False) -> dict[str, Any]:
    grade = points is not None
    found: dict[str, Any] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if grade:
        found["points"] = points
    return {"nbgrader": found}


def source_notebook() -> Any:
    cells = [
        new_markdown_cell("# Counting\n\nThree questions.", id="intro"),
        new_markdown_cell("## Add two numbers", id="q1"),
        new_code_cell(
            "def add(a, b):\n    ### BEGIN SOLUTION\n    return a + b\n    ### END SOLUTION",
            id="add-id",
            metadata=marks("add", solution=True),
        ),
        new_code_cell(
            "assert add(1, 1) == 2, 'add(1, 1) should be 2'\n"
            "### BEGIN HIDDEN TESTS\n"
            f"{SECRET} = 40\n"
            f"assert add({SECRET}, 2) == 42, 'add does not hold for larger numbers'\n"
            "### END HIDDEN TESTS",
            id="add-test-id",
            metadata=marks("add-test", points=4),
        ),
        new_markdown_cell("## Double it", id="q2"),
        new_code_cell(
            "### BEGIN SOLUTION\ndouble = lambda x: 2 * x\n### END SOLUTION",
            id="double-id",
            metadata=marks("double", solution=True),
        ),
        new_code_cell(
            "assert double(2) == 4\n"
            "### BEGIN HIDDEN TESTS\n"
            f"{TOP_SECRET} = double(21)\n"
            f"assert {TOP_SECRET} == 42\n"
            "### END HIDDEN TESTS",
            id="double-test-id",
            metadata=marks("double-test", points=3),
        ),
        new_markdown_cell("## Say why", id="q3"),
        new_markdown_cell(
            "Your words.", id="why-id", metadata=marks("why", points=3, solution=True)
        ),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def course_yaml(extra: str = "    reveal: never\n") -> str:
    return (
        "title: Tiny\ntrack: resident\nlanguage: en\nsummary: Small.\nenrol: open\n"
        f"assignments:\n  - id: {ASSIGNMENT}\n    title: Count to two\n    minutes: 5\n{extra}"
    )


def make_course(state: Path, notebook: Any | None = None, yaml: str | None = None) -> Path:
    root = state / "courses" / COURSE
    folder = root / "source" / ASSIGNMENT
    folder.mkdir(parents=True)
    (root / "course.yaml").write_text(yaml or course_yaml(), encoding="utf-8")
    nbformat.write(notebook or source_notebook(), folder / f"{ASSIGNMENT}.ipynb")
    return root


@contextmanager
def variables(**values: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        yield


@dataclass
class Learner:
    """A learner outside of a hub: a home, and nbgrader's own fetch and submit."""

    name: str
    home: Path

    @property
    def folder(self) -> Path:
        return self.home / "assignments" / COURSE / ASSIGNMENT

    @property
    def notebook(self) -> Path:
        return self.folder / f"{ASSIGNMENT}.ipynb"

    def config(self) -> Any:
        from academy.grading.config import nbgrader_config

        config = nbgrader_config(None, {"HOME": str(self.home), "JUPYTERHUB_USER": self.name})
        config.CourseDirectory.course_id = COURSE
        config.CourseDirectory.assignment_id = ASSIGNMENT
        return config

    def _do(self, action: str) -> None:
        from nbgrader.auth import Authenticator
        from nbgrader.coursedir import CourseDirectory
        from nbgrader.exchange import ExchangeFactory

        config = self.config()
        factory = ExchangeFactory(config=config)
        made = getattr(factory, action)(
            coursedir=CourseDirectory(config=config),
            authenticator=Authenticator(config=config),
            config=config,
        )
        made.start()

    def fetch(self) -> None:
        self._do("FetchAssignment")

    def submit(self) -> None:
        self._do("Submit")

    def fetch_feedback(self) -> str:
        self._do("FetchFeedback")
        (page,) = sorted((self.folder / "feedback").glob("*/*.html"))[-1:]
        return page.read_text(encoding="utf-8")

    def change(self, edit: Callable[[Any], None]) -> None:
        notebook = nbformat.read(self.notebook, as_version=4)
        edit(notebook)
        nbformat.write(notebook, self.notebook)


def hand_in(learner: str, folder: Path, assignment: str = ASSIGNMENT) -> Any:
    """Hand a folder in as the exchange's service does for a learner; return the receipt."""
    from academy.grading.exchange_store import accept
    from academy.grading.parcel import pack

    return accept(COURSE, learner, assignment, pack(folder, lambda _place, _names: ()).chunks())


def keep_only(state: Path, learners: set[str]) -> None:
    """Make the exchange anew with the submissions of some learners only, in the same order."""
    from academy.grading.exchange_store import ensure_exchange, submission_folder
    from academy.grading.receipts import record_file, record_of

    inbound, before = state / "exchange" / COURSE / "inbound", state / "before"
    receipts = [one for one in record_of(COURSE).receipts if one.learner in learners]
    inbound.rename(before)
    record_file(COURSE).unlink()
    ensure_exchange(COURSE)
    for receipt in receipts:
        hand_in(receipt.learner, before / submission_folder(receipt).name)
    shutil.rmtree(before)


def cell(notebook: Any, name: str) -> Any:
    return next(
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name
    )


def solve(notebook: Any) -> None:
    cell(notebook, "add").source = "def add(a, b):\n    return a + b"
    cell(notebook, "double").source = "def double(x):\n    return 2 * x"
    cell(notebook, "why").source = "Because two is one and one."


def solve_visibly(notebook: Any) -> None:
    """Right for what learners see, wrong for what is hidden."""
    solve(notebook)
    cell(notebook, "add").source = "def add(a, b):\n    return 2"
    cell(notebook, "double").source = "def double(x):\n    return 4"


def solve_wrong(notebook: Any) -> None:
    solve(notebook)
    cell(notebook, "add").source = "def add(a, b):\n    return 'x'"


def delete(name: str) -> Callable[[Any], None]:
    def edit(notebook: Any) -> None:
        solve(notebook)
        notebook.cells.remove(cell(notebook, name))

    return edit


def duplicate(notebook: Any) -> None:
    solve(notebook)
    for name in ("add", "add-test"):
        copied = copy.deepcopy(cell(notebook, name))
        copied.id = f"copy-of-{name}"
        notebook.cells.insert(0, copied)
    notebook.cells[1].source = "def add(a, b):\n    return 0"


def rename(notebook: Any) -> None:
    solve(notebook)
    cell(notebook, "add-test").metadata.nbgrader["grade_id"] = "my-own-name"
    cell(notebook, "double").metadata.nbgrader["grade_id"] = "doubling"


def change_points(notebook: Any) -> None:
    solve(notebook)
    cell(notebook, "add-test").metadata.nbgrader["points"] = 400
    cell(notebook, "double-test").metadata.nbgrader["grade"] = False


def other_kernel(notebook: Any) -> None:
    solve(notebook)
    notebook.metadata["kernelspec"] = {"display_name": "R", "language": "R", "name": "ir"}
    notebook.metadata["language_info"] = {"name": "R"}


def never_end(notebook: Any) -> None:
    solve(notebook)
    notebook.cells.insert(1, new_code_cell("while True:\n    pass", id="loop"))


def print_much(notebook: Any) -> None:
    """Two hundred megabytes at once, and once more in lines."""
    solve(notebook)
    lines = "line = 'x' * 999\nfor _ in range(200_000):\n    print(line)"
    notebook.cells.insert(1, new_code_cell("print('x' * 200_000_000)", id="much"))
    notebook.cells.insert(2, new_code_cell(lines, id="many"))


def ignore_interrupts(notebook: Any) -> None:
    solve(notebook)
    code = (
        "import time\nwhile True:\n    try:\n        time.sleep(1)\n"
        "    except KeyboardInterrupt:\n        pass"
    )
    notebook.cells.insert(1, new_code_cell(code, id="stubborn"))


def end_the_kernel(notebook: Any) -> None:
    solve(notebook)
    notebook.cells.insert(1, new_code_cell("import os\nos._exit(3)", id="exit"))


def spy(notebook: Any) -> None:
    """Try to read the hidden tests, in three ways, and show them."""
    solve(notebook)
    cell(
        notebook, "add"
    ).source = (
        "import inspect, sys\ndef add(a, b):\n    print(In[-1])\n    raise ValueError(In[-1])"
    )
    notebook.cells.append(new_code_cell("print(In)", id="spy-1"))
    notebook.cells.append(new_code_cell("from IPython.display import HTML\nHTML(str(In))", id="s2"))
    notebook.cells.append(new_code_cell("raise KeyError('\\n'.join(In))", id="spy-3"))


def no_cells(notebook: Any) -> None:
    notebook.cells.clear()


#: Everybody in the graded class, and what they did to their notebook.
EDITS: dict[str, Callable[[Any], None]] = {
    "amira": solve,
    "bruno": solve_visibly,
    "chloe": solve_wrong,
    "deleted-answer": delete("add"),
    "deleted-check": delete("add-test"),
    "duplicate": duplicate,
    "endless": never_end,
    "kernel": other_kernel,
    "nocells": no_cells,
    "pointless": change_points,
    "printer": print_much,
    "quitter": end_the_kernel,
    "renamed": rename,
    "spy": spy,
    "stubborn": ignore_interrupts,
}


def break_json(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")


def rename_file(path: Path) -> None:
    path.rename(path.with_name("counting-Copy1.ipynb"))


def not_a_notebook(path: Path) -> None:
    path.write_text('{"cells": 3}', encoding="utf-8")


FILE_EDITS: dict[str, Callable[[Path], None]] = {
    "badjson": break_json,
    "copied": rename_file,
    "listed": not_a_notebook,
}


@dataclass
class Classroom:
    """A class whose submissions were collected, graded and returned."""

    state: Path
    learners: dict[str, Learner]
    results: dict[str, Any]
    peak_megabytes: float = 0.0

    @property
    def root(self) -> Path:
        return self.state / "courses" / COURSE

    def outcome(self, step: str, learner: str) -> Any:
        return next(o for o in self.results[step].outcomes if o.learner == learner)


def run_class(base: Path) -> Classroom:
    from academy.grading import steps

    root = make_course(base / "state")
    # The endless loop should not take a minute here; a course's own file may say so.
    (root / "nbgrader_config.py").write_text(
        "c = get_config()\nc.Execute.timeout = 5\nc.Execute.iopub_timeout = 2\n", encoding="utf-8"
    )
    results = {"release": steps.release(COURSE, ASSIGNMENT)}
    learners = {name: _hand_in(base, name) for name in (*EDITS, *FILE_EDITS)}
    results["collect"] = steps.collect(COURSE, ASSIGNMENT)
    results["grade"] = steps.grade(COURSE, ASSIGNMENT)
    _comment(base)
    results["return"] = steps.return_feedback(COURSE, ASSIGNMENT)
    return Classroom(base / "state", learners, results)


def _hand_in(base: Path, name: str) -> Learner:
    home = base / "homes" / name
    home.mkdir(parents=True)
    learner = Learner(name, home)
    learner.fetch()
    if name in EDITS:
        learner.change(EDITS[name])
    else:
        learner.change(solve)
        FILE_EDITS[name](learner.notebook)
    learner.submit()
    return learner


def _comment(base: Path) -> None:
    """Mark one answer by hand, as formgrader does."""
    from academy.grading.gradebook import open_gradebook

    with open_gradebook(COURSE) as gradebook:
        grade = gradebook.find_grade("why", ASSIGNMENT, ASSIGNMENT, "amira")
        grade.manual_score, grade.needs_manual_grade = 2, False
        comment = gradebook.find_comment("why", ASSIGNMENT, ASSIGNMENT, "amira")
        comment.manual_comment = "Good, and *short*."
        gradebook.db.commit()
