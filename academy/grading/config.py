"""nbgrader's settings, the same for formgrader, the learners' labs and the command line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from traitlets.config import Config

from academy import paths
from academy.grading import limits

COURSE_VARIABLE = "ACADEMY_COURSE"

#: What takes the place of nbgrader's own exchange, by the names of its factory.
_EXCHANGE = {
    "exchange": "exchange.FairExchange",
    "fetch_assignment": "exchange.FetchAssignment",
    "fetch_feedback": "exchange.FetchFeedback",
    "list": "exchange.List",
    "submit": "exchange.Submit",
    "collect": "exchange_course.Collect",
    "release_assignment": "exchange_course.ReleaseAssignment",
    "release_feedback": "exchange_course.ReleaseFeedback",
}

#: The folder in a learner's home that holds fetched assignments, a folder a course.
ASSIGNMENTS_FOLDER = "assignments"


def nbgrader_config(
    course_id: str | None = None, environment: Mapping[str, str] | None = None
) -> Config:
    """Return nbgrader's settings for a course's own processes, or for a learner's server.

    Parameters
    ----------
    course_id
        The course whose instructors' side this is; ``None`` in a learner's server.
    environment
        Where JupyterHub's variables are looked up; the process's own by default.

    Returns
    -------
    traitlets.config.Config
        Settings of the exchange and of running notebooks, and either the course's folders,
        gradebook and plugins, or the place in the learner's home.
    """
    environment = os.environ if environment is None else environment
    config = Config()
    _set_exchange(config)
    _set_execution(config)
    if course_id:
        _set_course(config, course_id)
        _set_steps(config, course_id)
    else:
        _set_learner(config, environment)
    return config


def _set_exchange(config: Config) -> None:
    config.Exchange.root = str(paths.exchange())
    config.Exchange.path_includes_course = True
    # Who handed in, and when, comes from the exchange's record; see academy.grading.exchange.
    for trait, name in _EXCHANGE.items():
        config.ExchangeFactory[trait] = f"academy.grading.{name}"
    # A release that is made again replaces the one before it.
    config.ExchangeReleaseAssignment.force = True


def _set_execution(config: Config) -> None:
    config.Execute.timeout = limits.CELL_SECONDS
    config.Execute.startup_timeout = limits.KERNEL_START_SECONDS
    config.Execute.iopub_timeout = limits.OUTPUT_SECONDS


def _set_course(config: Config, course_id: str) -> None:
    # No authentication plugin: the hub decides who may open a course's service before a
    # request arrives there, and the service knows which course it serves.
    from academy.grading.gradebook import gradebook_url, share_gradebooks
    from academy.grading.turns import take_turns

    root = paths.live_courses() / course_id
    config.CourseDirectory.course_id = course_id
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = gradebook_url(course_id)
    config.CourseDirectory.max_file_size = limits.SUBMISSION_KILOBYTES
    config.CourseDirectory.max_dir_size = limits.SUBMISSION_KILOBYTES
    # In a sandbox, where the environment names a maker of sandboxes; for nbgrader's own commands
    # and formgrader's buttons as well.
    config.Execute.kernel_manager_class = "academy.grading.sandbox.SandboxManager"
    # Its outputs are all there by then, and a sandbox ends with all that is in it.
    config.Execute.shutdown_kernel = "immediate"
    config.NbGrader.logfile = str(root / ".nbgrader.log")
    share_gradebooks()
    take_turns()


def _set_steps(config: Config, course_id: str) -> None:
    config.ClearSolutions.code_stub = {"python": limits.EMPTY_ANSWER}
    from academy.grading import feedback, hints, plugins

    config.GenerateAssignment.preprocessors = hints.release_preprocessors()
    config.EmbedHints.course_id = course_id
    config.Autograde.sanitize_preprocessors = plugins.sanitize_preprocessors()
    config.Autograde.autograde_preprocessors = plugins.autograde_preprocessors()
    config.RepairCells.course_id = course_id
    config.AssignLatePenalties.plugin_class = "academy.grading.late.LatePolicy"
    config.GenerateFeedback.preprocessors = feedback.feedback_preprocessors()
    config.GenerateFeedback.exporter_class = "academy.grading.feedback.FeedbackExporter"
    config.PlainFeedback.course_id = course_id


def _set_learner(config: Config, environment: Mapping[str, str]) -> None:
    config.CourseDirectory.max_file_size = limits.ACCEPTED_KILOBYTES
    config.CourseDirectory.max_dir_size = limits.ACCEPTED_KILOBYTES
    learner = environment.get("JUPYTERHUB_USER")
    if learner:
        home = Path(environment.get("HOME") or Path.home())
        config.Exchange.assignment_dir = str(_assignments_folder(home))
        # nbgrader would take the operating system's user, whom all learners share.
        config.CourseDirectory.student_id = learner
    if environment.get("JUPYTERHUB_API_TOKEN"):
        config.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"


def _assignments_folder(home: Path) -> Path:
    """Return the folder for assignments; Assignment List fails where it is not there."""
    folder = home / ASSIGNMENTS_FOLDER
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
    return folder if folder.is_dir() else home
