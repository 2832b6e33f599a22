"""Processes of a course: its formgrader, its upkeep, the steps of grading.

They work on files that instructors and learners wrote, so the hub never does their work itself:
where there are walls, each runs behind the course's own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace

from academy.forkserver import making
from academy.grading.due import NO_SANDBOX_VARIABLE, why_not
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
    no_sandbox = why_not()
    return {
        **jupyter_environment(f"course {course}", "course", runtime),
        **stand,
        **({NO_SANDBOX_VARIABLE: no_sandbox} if no_sandbox else {}),
        **({making.VARIABLE: maker} if maker else {}),
        "HOME": str(walls.service_home(course)),
        "ACADEMY_COURSE": course,
        "JUPYTERHUB_DEFAULT_URL": "/formgrader",
    }


def walled(
    course: str,
    command: Sequence[str],
    settings: HubSettings,
    sandbox: str = "",
    *,
    is_heard: bool = True,
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
    is_heard
        Whether it gets the starter's own output, which must be pipes then. Otherwise a bounded
        part of what it says is copied to the error output.
    """
    environment = course_environment(course, settings, sandbox)
    maker = environment.get(making.VARIABLE, "")
    if environment[walls.ISOLATION_VARIABLE] != "on":
        return list(command), environment
    plan = walls.course_plan(course, command, sandbox=maker, settings=settings.isolation)
    plan = replace(plan, speaks_for_itself=is_heard)
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
