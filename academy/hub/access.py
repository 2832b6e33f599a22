"""Who may do what: groups, roles and services, derived from the courses and the settings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from academy import paths
from academy.hub import exchange_callers, exchange_service
from academy.hub.enrolment import instructors_group, learners_group
from academy.hub.settings import HubSettings

# What a learner's server may do beyond reporting that it is in use: nbgrader's assignment list
# reads from the learner's own groups which courses they take, and hands work in at the exchange.
SERVER_SCOPES = [
    "users:activity!user",
    "access:servers!server",
    "read:users:groups!user",
    exchange_callers.SCOPE,
]
SUPERVISOR_VARIABLE = "ACADEMY_SUPERVISOR_TOKEN"


def groups(settings: HubSettings, course_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the hub's groups: learners and instructors of each course."""
    result: dict[str, dict[str, Any]] = {}
    for course in course_ids:
        result[learners_group(course)] = {"users": []}
        result[instructors_group(course)] = {
            "users": list(settings.accounts.instructors.get(course, ()))
        }
    return result


def roles(settings: HubSettings, course_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Return the hub's roles, each with the smallest set of scopes that works."""
    result: list[dict[str, Any]] = [
        {
            # JupyterHub's own role of every user, and the way to the exchange.
            "name": "user",
            "description": "Act as oneself and hand work in",
            "scopes": ["self", exchange_callers.SCOPE],
        }
    ]
    result += [
        {
            "name": f"instructor-{course}",
            "description": f"Open the formgrader of {course}",
            "scopes": [f"access:services!service={course}"],
            "groups": [instructors_group(course)],
        }
        for course in course_ids
    ]
    if settings.servers.idle_minutes or settings.servers.longest_hours:
        result.append(
            {
                "name": "idle-culler",
                "description": "Stop servers that nobody uses",
                "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
                "services": ["idle-culler"],
            }
        )
    if os.environ.get(SUPERVISOR_VARIABLE):
        result.append(
            {
                "name": "supervisor",
                "description": "Restart the hub while learners' servers live on",
                "scopes": ["shutdown"],
                "services": ["supervisor"],
            }
        )
    return result


def services(
    settings: HubSettings,
    courses: Mapping[str, Path],
    environments: Mapping[str, dict[str, str]],
    ports: Mapping[str, int],
) -> list[dict[str, Any]]:
    """Return the hub's services: a formgrader for each course, and those that serve all.

    Parameters
    ----------
    settings
        The operator's settings.
    courses
        Folder of each live course, by course id.
    environments
        Environment of each course's service, by course id.
    ports
        Loopback port of each course's service, by course id, and of the exchange.
    """
    result = [
        formgrader(course, folder, environments[course], ports[course])
        for course, folder in courses.items()
    ]
    result.append(exchange(settings, ports[exchange_service.SERVICE]))
    if settings.servers.idle_minutes or settings.servers.longest_hours:
        result.append({"name": "idle-culler", "command": culler_command(settings)})
    token = os.environ.get(SUPERVISOR_VARIABLE)
    if token:
        result.append({"name": "supervisor", "api_token": token})
    return result


def formgrader(
    course_id: str, folder: Path, environment: dict[str, str], port: int
) -> dict[str, Any]:
    """Return the service of one course: nbgrader's formgrader on the live course's folder."""
    return {
        "name": course_id,
        "url": f"http://127.0.0.1:{port}",
        "command": [
            sys.executable,
            "-P",  # no module is taken from the folder, which instructors write
            "-m",
            "jupyterhub.singleuser",
            f"--ServerApp.root_dir={folder}",
            *(["--allow-root"] if os.geteuid() == 0 else []),
        ],
        "cwd": str(folder),
        "environment": environment,
        "oauth_no_confirm": True,
        "display": True,
    }


def exchange(settings: HubSettings, port: int) -> dict[str, Any]:
    """Return the service that takes submissions in; without a ``url`` the proxy leads nobody there.

    Parameters
    ----------
    settings
        The operator's settings.
    port
        The loopback port on which it listens.
    """
    return {
        "name": exchange_service.SERVICE,
        "command": [sys.executable, "-m", "academy.hub.exchange_service"],
        "cwd": str(paths.state()),
        "environment": {
            paths.STATE_VARIABLE: str(paths.state()),
            **exchange_service.environment(port, settings.exchange.limits()),
        },
    }


def culler_command(settings: HubSettings) -> list[str]:
    """Return the command of the idle culler."""
    # The culler has no "never": a hundred years stand for it.
    never = 100 * 365 * 86_400
    idle = settings.servers.idle_minutes * 60 or never
    command = [sys.executable, "-m", "jupyterhub_idle_culler", f"--timeout={idle}"]
    if settings.servers.longest_hours:
        command.append(f"--max-age={settings.servers.longest_hours * 3600}")
    return command
