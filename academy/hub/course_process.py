"""Processes of a course: its formgrader, its upkeep, the steps of grading.

They work on files that instructors and learners wrote, so the hub never does their work itself:
where there are walls, each runs behind the course's own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

from academy.forkserver import making
from academy.hub import walls
from academy.hub.environment import jupyter_environment
from academy.hub.settings import HubSettings
from academy.isolation import launch

#: Upkeep that takes longer than this is stuck.
LONGEST_SECONDS = 300


def course_environment(course: str, settings: HubSettings, sandbox: str = "") -> dict[str, str]:
    """Return the variables of a course's processes.

    Parameters
    ----------
    course
        The course's id.
    settings
        The operator's settings.
    sandbox
        The socket of the maker of sandboxes; the one of this process by default.
    """
    maker = sandbox or os.environ.get(making.VARIABLE, "")
    stand = walls.environment(settings)
    runtime = None
    if stand[walls.ISOLATION_VARIABLE] == "on":
        runtime = walls.runtime_folder(walls.identities().of("course", course))
    return {
        **jupyter_environment(f"course {course}", "course", runtime),
        **stand,
        **({making.VARIABLE: maker} if maker else {}),
        "HOME": str(walls.service_home(course)),
        "ACADEMY_COURSE": course,
        "JUPYTERHUB_DEFAULT_URL": "/formgrader",
    }


def walled(
    course: str, command: Sequence[str], settings: HubSettings, sandbox: str = ""
) -> tuple[list[str], dict[str, str]]:
    """Return what to start so that a command runs as the course, and its variables.

    Whoever starts it does so in ``/`` and never in the course's folder: until the wall stands it
    is the starter's process, and must not take a module from there.

    Parameters
    ----------
    course
        The course's id.
    command
        The command.
    settings
        The operator's settings.
    sandbox
        The socket of the maker of sandboxes; the one of this process by default.
    """
    environment = course_environment(course, settings, sandbox)
    maker = environment.get(making.VARIABLE, "")
    if environment[walls.ISOLATION_VARIABLE] != "on":
        return list(command), environment
    plan = walls.course_plan(course, command, sandbox=maker, settings=settings.isolation)
    return launch.command(), {**environment, **plan.to_environment()}


def academy_command(*arguments: str) -> list[str]:
    """Return the command line of an ``academy`` command."""
    return [sys.executable, "-m", "academy", *arguments]


def run(
    course: str, command: Sequence[str], settings: HubSettings
) -> subprocess.CompletedProcess[str]:
    """Run a command as the course, wait for it, and return what it said.

    Raises
    ------
    subprocess.TimeoutExpired
        When it took longer than `LONGEST_SECONDS`; it is killed then.
    """
    line, environment = walled(course, command, settings)
    return subprocess.run(
        line,
        env={**plain(os.environ), **environment},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        timeout=LONGEST_SECONDS,
    )


def plain(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what a course must not learn: the hub's and the proxy's secrets."""
    secret = ("TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL")
    return {
        name: value
        for name, value in environment.items()
        if not any(word in name.upper() for word in secret)
    }
