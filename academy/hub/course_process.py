"""Processes of a course: its formgrader, its upkeep, the steps of grading.

They work on files that instructors and learners wrote, so the hub never does their work itself:
where there are walls, each runs behind the course's own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from academy.hub import walls
from academy.hub.environment import jupyter_environment
from academy.hub.settings import HubSettings
from academy.isolation import launch
from academy.isolation.view import Bind

#: Upkeep that takes longer than this is stuck.
LONGEST_SECONDS = 300


def course_environment(course: str, settings: HubSettings) -> dict[str, str]:
    """Return the variables of a course's processes."""
    stand = walls.environment(settings)
    runtime = None
    if stand[walls.ISOLATION_VARIABLE] == "on":
        runtime = walls.runtime_folder(walls.identities().of("course", course))
    return {
        **jupyter_environment(f"course {course}", "course", runtime),
        **stand,
        "HOME": str(walls.service_home(course)),
        "ACADEMY_COURSE": course,
        "JUPYTERHUB_DEFAULT_URL": "/formgrader",
    }


def walled(
    course: str,
    command: Sequence[str],
    settings: HubSettings,
    *,
    folder: Path | None = None,
    port: int = 0,
    more: Iterable[Bind] = (),
) -> tuple[list[str], dict[str, str]]:
    """Return what to start so that a command runs as the course, and its variables.

    Parameters
    ----------
    course
        The course's id.
    command
        The command.
    settings
        The operator's settings.
    folder
        Its working directory; the course's own home by default.
    port
        The port on which it listens; 0 if it does not.
    more
        What else it must see.
    """
    environment = course_environment(course, settings)
    if environment[walls.ISOLATION_VARIABLE] != "on":
        return list(command), environment
    plan = walls.course_plan(
        course, command, folder=folder, port=port, settings=settings.isolation, more=more
    )
    return launch.command(), {**environment, **plan.to_environment()}


def is_walled(settings: HubSettings) -> bool:
    """Tell whether courses have identities of their own here."""
    return walls.standing(settings).is_on


def academy_command(*arguments: str) -> list[str]:
    """Return the command line of an ``academy`` command."""
    return [sys.executable, "-m", "academy", *arguments]


def run(
    course: str,
    command: Sequence[str],
    settings: HubSettings,
    *,
    capture: bool = True,
    more: Iterable[Bind] = (),
) -> subprocess.CompletedProcess[str]:
    """Run a command as the course and wait for it.

    Parameters
    ----------
    course
        The course's id.
    command
        The command.
    settings
        The operator's settings.
    capture
        Whether its output is returned; otherwise it goes where ours goes.
    more
        What else it must see.
    """
    line, environment = walled(course, command, settings, more=more)
    return subprocess.run(
        line,
        env={**plain(os.environ), **environment},
        # Never the course's folder: what starts here is still ours, and not yet the course.
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.STDOUT if capture else None,
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
