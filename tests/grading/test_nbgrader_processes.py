"""nbgrader's own processes, which find the settings through JUPYTER_CONFIG_PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from academy import paths
from academy.grading import session
from tests.grading.classroom import ASSIGNMENT, COURSE, SECRET, Classroom, Learner

pytestmark = pytest.mark.integration


def nbgrader(*arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"JUPYTER_CONFIG_PATH": str(paths.checkout() / "grading")}
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=cwd,
        env=environment | variables,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_nbgrader_in_the_course_folder_does_what_the_steps_do(own_classroom: Classroom) -> None:
    root = own_classroom.root
    for folder in (root / "submitted").iterdir():
        if folder.name != "renamed":
            shutil.rmtree(folder)
    shutil.rmtree(root / "autograded")
    shutil.rmtree(root / "feedback")
    look = f"import os\nprint('SEES', os.path.exists({str(root)!r}))"
    submitted = root / "submitted" / "renamed" / ASSIGNMENT / "counting.ipynb"
    notebook = nbformat.read(submitted, as_version=4)
    notebook.cells.append(new_code_cell(look, id="look"))
    nbformat.write(notebook, submitted)

    graded = nbgrader("autograde", ASSIGNMENT, cwd=root, ACADEMY_COURSE=COURSE)
    fed_back = nbgrader("generate_feedback", ASSIGNMENT, cwd=root, ACADEMY_COURSE=COURSE)

    assert graded.returncode == 0, graded.stderr
    assert fed_back.returncode == 0, fed_back.stderr
    page = (root / "feedback" / "renamed" / ASSIGNMENT / "counting.html").read_text()
    assert "You have 7 of 10 points so far" in page
    assert "marker_of" not in page
    assert "Converting notebook" in (root / ".nbgrader.log").read_text()
    autograded = root / "autograded" / "renamed" / ASSIGNMENT / "counting.ipynb"
    assert "SEES False" in autograded.read_text(), "it was not run in a sandbox"


def test_a_learner_submits_with_nbgraders_command_under_their_own_name(
    own_classroom: Classroom, new_learner: Callable[[str], Learner]
) -> None:
    zoe = new_learner("zoe")
    zoe.fetch()
    home = zoe.home
    learner = {"HOME": str(home), "JUPYTERHUB_USER": "zoe", "JUPYTER_DATA_DIR": str(home / ".data")}

    handed_in = nbgrader("submit", ASSIGNMENT, "--course", COURSE, cwd=home, **learner)

    assert handed_in.returncode == 0, handed_in.stderr
    inbound = own_classroom.state / "exchange" / COURSE / "inbound"
    assert len(list(inbound.glob(f"zoe+{ASSIGNMENT}+*"))) == 1


def test_the_steps_use_the_kernel_settings_of_jupyter_config(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "jupyter_config.py").write_text(
        "c = get_config()\nc.KernelManager.transport = 'ipc'"
    )
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(tmp_path))

    config = session.course_config(COURSE)

    assert config.KernelManager.transport == "ipc"
    assert config.CourseDirectory.course_id == COURSE


def test_a_courses_own_settings_win(course: Path) -> None:
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.Execute.timeout = 7")

    assert session.course_config(COURSE).Execute.timeout == 7


def test_assignment_list_shows_where_the_learners_files_are(
    own_classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab extension's own server side, as it runs in a learner's server."""
    learner = own_classroom.learners["amira"]
    # Other tests of the same class may have fetched it already.
    shutil.rmtree(learner.folder / "feedback", ignore_errors=True)
    manager = _as_learner(learner, monkeypatch)
    (before,) = manager.list_submitted_assignments(COURSE)["value"][0]["submissions"]
    assert before["has_exchange_feedback"]
    assert not before["has_local_feedback"]

    assert manager.fetch_feedback(COURSE, ASSIGNMENT) == {"success": True}
    listed = manager.list_assignments(course_id=COURSE)

    assert listed["success"], listed
    fetched, submitted = listed["value"]
    assert fetched["status"] == "fetched"
    assert fetched["path"] == f"assignments/{COURSE}/{ASSIGNMENT}"
    assert fetched["notebooks"][0]["path"] == f"assignments/{COURSE}/{ASSIGNMENT}/counting.ipynb"
    assert submitted["student_id"] == "amira"
    (handed_in,) = submitted["submissions"]
    assert not handed_in["feedback_updated"]
    place = f"assignments/{COURSE}/{ASSIGNMENT}/feedback/{handed_in['timestamp']}"
    assert handed_in["local_feedback_path"] == place
    assert (learner.home / place / "counting.html").is_file()


def test_feedback_on_a_notebook_that_was_renamed_reaches_its_learner(
    own_classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = _as_learner(own_classroom.learners["copied"], monkeypatch)

    manager.fetch_feedback(COURSE, ASSIGNMENT)

    (entry,) = manager.list_submitted_assignments(COURSE)["value"][0]["submissions"]
    assert entry["has_local_feedback"]


def test_assignment_list_hands_in_again_and_keeps_the_first(
    own_classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = _as_learner(own_classroom.learners["bruno"], monkeypatch)

    assert manager.submit_assignment(COURSE, ASSIGNMENT) == {"success": True}

    (listed,) = manager.list_submitted_assignments(COURSE)["value"]
    assert len(listed["submissions"]) == 2
    assert manager.list_courses() == {"success": True, "value": [COURSE]}


def test_a_silent_exchange_is_told_in_words_and_the_work_is_kept(
    own_classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    learner = own_classroom.learners["bruno"]
    manager = _as_learner(learner, monkeypatch)
    before = learner.notebook.read_bytes()
    monkeypatch.setenv("ACADEMY_EXCHANGE_URL", "http://127.0.0.1:1")

    answers = [
        manager.submit_assignment(COURSE, ASSIGNMENT),
        manager.list_assignments(COURSE),
        manager.fetch_feedback(COURSE, ASSIGNMENT),
    ]

    for answer in answers:
        assert not answer["success"]
        assert answer["value"].startswith("The Academy's exchange does not answer")
        assert "Your work is in your folder as you left it. Try again" in answer["value"]
        assert "Traceback" not in answer["value"]
    assert learner.notebook.read_bytes() == before


def test_nbgraders_list_tells_of_ones_own_submissions_and_removes_none(
    own_classroom: Classroom,
) -> None:
    home = own_classroom.learners["chloe"].home
    learner = {"HOME": str(home), "JUPYTERHUB_USER": "chloe"}

    told = nbgrader("list", "--inbound", "--course", COURSE, cwd=home, **learner)
    kept = nbgrader("list", "--inbound", "--remove", "--course", COURSE, cwd=home, **learner)

    assert told.stderr.count(f"{COURSE} chloe {ASSIGNMENT}") == 1
    assert "amira" not in told.stderr
    assert kept.returncode == 1
    assert "Every submission is kept for good; nothing was removed." in kept.stderr
    inbound = own_classroom.state / "exchange" / COURSE / "inbound"
    assert len(list(inbound.glob("chloe+*"))) == 1


def test_formgraders_buttons_release_collect_and_unrelease(own_classroom: Classroom) -> None:
    """What formgrader calls when a button is pressed."""
    shutil.rmtree(own_classroom.root / "submitted")
    outbound = own_classroom.state / "exchange" / COURSE / "outbound" / ASSIGNMENT

    with session.course_api(COURSE) as api:
        assert api.get_released_assignments() == {ASSIGNMENT}
        assert api.collect(ASSIGNMENT)["success"]
        collected = api.get_submitted_students(ASSIGNMENT)
        assert api.unrelease(ASSIGNMENT)["success"]
        assert not outbound.exists()
        assert api.release_assignment(ASSIGNMENT)["success"]

    assert collected == set(own_classroom.learners)
    assert (outbound / "counting.ipynb").is_file()


def _as_learner(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> Any:
    from academy.grading.assignment_list import AssignmentList

    manager = AssignmentList()
    monkeypatch.setenv("HOME", str(learner.home))
    monkeypatch.setenv("JUPYTERHUB_USER", learner.name)
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(paths.checkout() / "grading"))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(learner.home / ".data"))
    monkeypatch.chdir(learner.home)
    manager.root_dir = str(learner.home)
    return manager


def test_formgraders_own_view_is_not_touched(
    own_classroom: Classroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Formgrader shows the instructor everything, by nbgrader's template."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader.formgrader import FormgradeExtension

    monkeypatch.setenv("JUPYTER_CONFIG_PATH", str(paths.checkout() / "grading"))
    monkeypatch.setenv("ACADEMY_COURSE", COURSE)
    monkeypatch.chdir(own_classroom.root)
    formgrader = FormgradeExtension()
    try:
        formgrader.initialize([])
        exporter = HTMLExporter(config=formgrader.config)
        assert exporter.template_name == "formgrade"
        assert str(own_classroom.root) == formgrader.coursedir.root
    finally:
        formgrader.reset()


def test_the_settings_file_never_fails_in_a_learners_server(tmp_path: Path) -> None:
    """Even where the home can't be written and the state is not there."""
    code = (
        "from traitlets.config.loader import PyFileConfigLoader\n"
        f"print(PyFileConfigLoader({str(paths.checkout() / 'grading' / 'nbgrader_config.py')!r})"
        ".load_config().Exchange.path_includes_course)"
    )
    environment = {
        "HOME": "/proc/nowhere",
        "JUPYTERHUB_USER": "amira",
        "ACADEMY_STATE": str(tmp_path / "not-there"),
    }
    ran = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )

    assert ran.stdout.strip() == "True", ran.stderr
    assert not (tmp_path / "not-there").exists()


def test_the_graders_copy_keeps_the_hidden_tests_for_the_instructor(classroom: Classroom) -> None:
    path = classroom.root / "autograded" / "amira" / ASSIGNMENT / "counting.ipynb"

    assert SECRET in nbformat.read(path, as_version=4).cells[3].source
