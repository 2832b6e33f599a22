"""Validate: what the button runs and says, beside what grading gives for the same files."""

from __future__ import annotations

import json
import logging
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from academy.forkserver.local import environment_with, nursery_at_hand
from academy.grading import steps, validation
from academy.grading.course import course_root
from academy.grading.validate_button import validated
from academy.grading.validation_words import failed_places
from tests.grading import fuzzing
from tests.grading.classroom import (
    ASSIGNMENT,
    COURSE,
    EDITS,
    FILE_EDITS,
    Classroom,
    Learner,
    cell,
    delete,
    end_the_kernel,
    marks,
    solve,
    solve_wrong,
)

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux can fork kernels"),
]
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_LOG = logging.getLogger(__name__)
#: Where hidden tests alone fail, which a learner can't see.
HIDDEN = {("bruno", "add-test"), ("bruno", "double-test")}


@pytest.fixture(scope="module")
def nursery() -> Iterator[dict[str, str]]:
    with nursery_at_hand() as variables:
        yield variables


@pytest.fixture(autouse=True)
def _kernels(nursery: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Forked kernels, whose sockets lie in a folder with a short path; a loop ends sooner."""
    monkeypatch.delenv("ACADEMY_SANDBOX", raising=False)
    from academy.grading.config import nbgrader_config

    def config(*given: Any) -> Any:
        made = nbgrader_config(*given)
        made.Execute.timeout, made.Execute.iopub_timeout = 5, 2
        return made

    monkeypatch.setattr(validation, "nbgrader_config", config)
    with tempfile.TemporaryDirectory(prefix="run-", dir="/tmp") as run:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", run)
        with environment_with(nursery):
            yield


@pytest.fixture
def ana(classroom: Classroom, tmp_path: Path) -> Learner:
    """A learner who has just fetched what the class got."""
    home = tmp_path / "ana"
    home.mkdir()
    learner = Learner("ana", home)
    learner.fetch()
    return learner


def pressed(path: Path) -> dict[str, Any]:
    """Return what the button gets, as it travels."""
    told: dict[str, Any] = json.loads(json.dumps(validated(path, _LOG)))
    assert "Traceback" not in str(told)
    return told


def messages(told: dict[str, Any]) -> list[str]:
    assert told["success"], told
    return [one["raw_error"] for one in told["value"].get("failed", [])]


def verdicts(notebook: Any) -> dict[str, bool]:
    """Return which checks of a notebook that was run fail."""
    failed = failed_places(notebook)
    return {
        one.metadata.nbgrader.grade_id: place in failed
        for place, one in enumerate(notebook.cells)
        if one.metadata.get("nbgrader", {}).get("grade")
    }


def test_validate_and_grade_agree_on_every_learner_of_the_class(
    classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answers, damage, loops, kernels that end: what the learner sees is what was graded."""
    differ, compared = set(), 0
    for name in (*EDITS, *FILE_EDITS):
        (path,) = classroom.learners[name].folder.glob("*.ipynb")
        others, count = differing(name, path)
        differ |= others
        compared += count

    assert differ == HIDDEN
    assert compared > 40


def differing(name: str, path: Path) -> tuple[set[tuple[str, str]], int]:
    """Press Validate; return the checks on which it and grading differ, and how many there are."""
    graded = course_root(COURSE) / "autograded" / name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    told = pressed(path)
    assert told["success"] == graded.exists(), (name, told)
    if not graded.exists():
        return set(), 0
    book: Any = nbformat.read(graded, as_version=4)  # type: ignore[no-untyped-call]
    theirs = verdicts(book)
    failed = {one["source"].split("\n")[0] for one in told["value"].get("failed", [])}
    ours = {check: cell(book, check).source.strip().split("\n")[0] in failed for check in theirs}
    return {(name, check) for check in theirs if ours[check] != theirs[check]}, len(theirs)


@pytest.mark.torture
def test_validate_and_grade_agree_on_damaged_notebooks(
    own_classroom: Classroom, tmp_path: Path
) -> None:
    """Of hidden tests the learner hears nothing: those of these notebooks are never decisive."""
    names = [f"s{seed}" for seed in range(120)]
    for seed, name in enumerate(names):
        folder = own_classroom.root / "submitted" / name / ASSIGNMENT
        folder.mkdir(parents=True)
        data = fuzzing.damaged(seed, "counting")[1]
        (folder / f"{ASSIGNMENT}.ipynb").write_bytes(data)
    steps.grade(COURSE, ASSIGNMENT, unsafe=True)

    differ, compared = set(), 0
    ana = Learner("ana", tmp_path / "ana")
    ana.home.mkdir()
    ana.fetch()
    for name in names:
        handed_in = own_classroom.root / "submitted" / name / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
        ana.notebook.write_bytes(handed_in.read_bytes())
        others, count = differing(name, ana.notebook)
        differ |= others
        compared += count
    assert not differ
    assert compared > 200


def test_a_failed_check_is_told_by_place_reason_and_next_step(ana: Learner) -> None:
    ana.change(solve_wrong)
    before = ana.notebook.read_bytes()

    (told,) = messages(pressed(ana.notebook))

    assert told.split("\n") == [
        "Add two numbers ('add-test', cell 4 of the notebook)",
        "add(1, 1) should be 2",
        "Next: look at your answer in 'add' (cell 3), change it, save, and validate again.",
    ]
    assert ana.notebook.read_bytes() == before


def test_a_check_without_words_says_what_was_expected(ana: Learner) -> None:
    def edit(notebook: Any) -> None:
        solve(notebook)
        cell(notebook, "double").source = "def double(x):\n    return '<b>'"

    ana.change(edit)
    told = pressed(ana.notebook)

    assert "Expected to be true, and is not: double(2) == 4" in messages(told)[0]


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        pytest.param(
            lambda _: None,
            "There is no answer here yet.",
            id="unsolved",
        ),
        pytest.param(end_the_kernel, "Python ended there", id="ended"),
        pytest.param(delete("add"), "The answer 'add' had been deleted", id="deleted"),
    ],
)
def test_what_went_wrong_is_said_in_words(ana: Learner, edit: Any, words: str) -> None:
    ana.change(edit)

    assert words in messages(pressed(ana.notebook))[0]


def test_an_endless_loop_is_named(ana: Learner) -> None:
    def edit(notebook: Any) -> None:
        solve(notebook)
        cell(notebook, "add").source = "while True:\n    pass"

    ana.change(edit)
    (told,) = messages(pressed(ana.notebook))

    assert "look at 'add' (cell 3). It ran longer than" in told
    assert "is there a loop that never ends?" in told


def test_code_sees_the_files_that_would_be_handed_in_and_no_token(
    ana: Learner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files beside it, no notebook, a home of its own, none of the server's variables."""
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret-token")
    (ana.folder / "mine.txt").write_text("1", encoding="utf-8")
    (ana.folder / ".ipynb_checkpoints").mkdir(exist_ok=True)

    def edit(notebook: Any) -> None:
        solve(notebook)
        cell(notebook, "add").source = (
            "import os\n"
            "found = sorted(os.listdir()), 'JUPYTERHUB_API_TOKEN' in os.environ\n"
            "def add(a, b):\n    raise ValueError(found)"
        )

    ana.change(edit)
    (told,) = messages(pressed(ana.notebook))

    assert "ValueError: (['mine.txt'], False)" in told
    assert sorted(path.name for path in ana.folder.iterdir()) == [
        ".ipynb_checkpoints",
        f"{ASSIGNMENT}.ipynb",
        "mine.txt",
    ]


def test_a_hint_that_is_asked_for_while_checking_is_not_noted(ana: Learner) -> None:
    def edit(notebook: Any) -> None:
        solve(notebook)
        cell(notebook, "add").source += "\nfrom academy.lessons import hint\nhint(1)\nhint('add')"

    ana.change(edit)

    assert pressed(ana.notebook) == {"success": True, "value": {}}
    assert [path.name for path in ana.folder.iterdir()] == [f"{ASSIGNMENT}.ipynb"]


def test_another_notebook_is_told_from_the_assignments_own(ana: Learner) -> None:
    other = ana.folder / "scratch.ipynb"
    other.write_bytes(ana.notebook.read_bytes())

    told = pressed(other)

    assert not told["success"]
    assert f"'{ASSIGNMENT}.ipynb' is." in told["value"]


def test_the_button_of_a_real_server_answers_in_words(tmp_path: Path) -> None:
    """In the server's own loop, with the settings of a learner's lab."""
    import academy.hub

    check: Any = new_code_cell(  # type: ignore[no-untyped-call]
        "assert 1 == 2", metadata=marks("sum-test", points=1)
    )
    book: Any = new_notebook(  # type: ignore[no-untyped-call]
        cells=[check], metadata={"kernelspec": KERNEL}
    )
    (tmp_path / "root").mkdir()
    nbformat.write(book, tmp_path / "root" / "a.ipynb")  # type: ignore[no-untyped-call]
    lab = Path(academy.hub.__file__).parent / "lab" / "learner"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = ["--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token=abc"]
    settings += [f"--ServerApp.root_dir={tmp_path / 'root'}", "--allow-root", "--no-browser"]
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyter_server", *settings],
        env=os.environ | {"HOME": str(tmp_path), "JUPYTER_CONFIG_PATH": str(lab)},
        stderr=subprocess.DEVNULL,
    )
    try:
        (told,) = messages(asked(f"http://127.0.0.1:{port}/assignments/validate", "a.ipynb"))
    finally:
        server.terminate()
        server.wait()

    assert "Expected to be true, and is not: 1 == 2" in told


def asked(url: str, path: str) -> Any:
    """Return what a server that has just been started answers."""
    headers = {"Authorization": "token abc", "Content-Type": "application/json"}
    body = json.dumps({"path": path}).encode()
    for _ in range(240):
        try:
            with urlopen(Request(url, body, headers)) as response:
                return json.load(response)
        except HTTPError:
            raise
        except URLError:
            time.sleep(0.25)
    raise AssertionError("the server did not start")
