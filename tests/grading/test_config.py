from __future__ import annotations

from pathlib import Path

import pytest

from academy.grading.config import nbgrader_config


def test_a_learner_fetches_into_a_folder_of_their_home(state: Path, tmp_path: Path) -> None:
    config = nbgrader_config(None, {"HOME": str(tmp_path), "JUPYTERHUB_USER": "amira"})

    assert config.Exchange.assignment_dir == str(tmp_path / "assignments")
    assert (tmp_path / "assignments").is_dir()
    assert config.Exchange.path_includes_course is True
    assert config.Exchange.root == str(state / "exchange")
    assert config.CourseDirectory.student_id == "amira"


def test_a_learner_has_no_course_root_and_no_gradebook(state: Path, tmp_path: Path) -> None:
    config = nbgrader_config(None, {"HOME": str(tmp_path), "JUPYTERHUB_USER": "amira"})

    assert "root" not in config.CourseDirectory
    assert "db_url" not in config.CourseDirectory
    assert "preprocessors" not in config.GenerateFeedback


def test_the_hub_is_asked_for_a_learners_courses_only_where_there_is_one(
    state: Path, tmp_path: Path
) -> None:
    alone = {"HOME": str(tmp_path), "JUPYTERHUB_USER": "amira"}
    hub = nbgrader_config(None, alone | {"JUPYTERHUB_API_TOKEN": "secret"})

    assert hub.Authenticator.plugin_class == "nbgrader.auth.JupyterHubAuthPlugin"
    assert "plugin_class" not in nbgrader_config(None, alone).Authenticator


def test_a_home_that_cannot_be_written_is_used_as_it_is(state: Path, tmp_path: Path) -> None:
    (tmp_path / "assignments").write_text("a file in the way")

    config = nbgrader_config(None, {"HOME": str(tmp_path), "JUPYTERHUB_USER": "amira"})

    assert config.Exchange.assignment_dir == str(tmp_path)


def test_outside_of_a_hub_no_folder_is_made(state: Path, tmp_path: Path) -> None:
    nbgrader_config(None, {"HOME": str(tmp_path)})

    assert not (tmp_path / "assignments").exists()


def test_a_course_has_its_root_gradebook_and_log_in_the_state(state: Path) -> None:
    config = nbgrader_config("tiny", {"JUPYTERHUB_API_TOKEN": "secret"})

    root = state / "courses" / "tiny"
    assert config.CourseDirectory.root == str(root)
    assert config.CourseDirectory.db_url == f"sqlite:///{root}/gradebook.db"
    assert config.NbGrader.logfile == str(root / ".nbgrader.log")
    assert "plugin_class" not in config.Authenticator


def test_what_is_too_large_to_grade_can_still_be_handed_in(state: Path) -> None:
    learner = nbgrader_config(None, {}).CourseDirectory
    course = nbgrader_config("tiny", {}).CourseDirectory

    assert learner.max_dir_size >= 10 * course.max_dir_size
    assert learner.max_file_size >= 10 * course.max_file_size


@pytest.mark.parametrize("course", [None, "tiny"])
def test_kernels_keep_the_transport_that_jupyter_is_configured_with(
    state: Path, course: str | None
) -> None:
    config = nbgrader_config(course, {})

    assert not {"KernelManager", "ConnectionFileMixin"} & set(config)
