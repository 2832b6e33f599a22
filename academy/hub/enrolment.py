"""Enrolment: a group in the hub and a learner in the gradebook, for each course."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from logging import Logger
from typing import Any

from jupyterhub import orm

from academy.hub import course_process
from academy.hub.settings import HubSettings

#: People of one class come within seconds. While they do, the machine has other work: they are
#: put into the gradebook together, when nobody came for so long, or after so long in all.
QUIET_SECONDS = 3.0
LONGEST_SECONDS = 60.0


def learners_group(course_id: str) -> str:
    """Return the name of a course's group of learners; nbgrader expects this form."""
    return f"nbgrader-{course_id}"


def instructors_group(course_id: str) -> str:
    """Return the name of a course's group of instructors; nbgrader expects this form."""
    return f"formgrade-{course_id}"


def enrol(db: Any, user_name: str, course_ids: Iterable[str]) -> list[str]:
    """Put a hub user into the learners' groups of courses.

    Parameters
    ----------
    db
        The hub's database session.
    user_name
        A user that the hub knows.
    course_ids
        The courses.

    Returns
    -------
    list of str
        The courses that the user was not in before.
    """
    user = orm.User.find(db, user_name)
    if user is None:
        return []
    member_of = {group.name for group in user.groups}
    new = [course for course in course_ids if learners_group(course) not in member_of]
    for course in new:
        name = learners_group(course)
        group = orm.Group.find(db, name)
        if group is None:
            group = orm.Group(name=name)
            db.add(group)
        group.users.append(user)
    if new:
        db.commit()
    return new


def withdraw_roles(
    db: Any,
    user_name: str,
    instructors: Mapping[str, Collection[str]],
    administrators: Collection[str],
) -> None:
    """Take roles away that the settings no longer give; JupyterHub itself only ever adds them.

    Parameters
    ----------
    db
        The hub's database session.
    user_name
        A user that the hub knows.
    instructors
        Names of the instructors, by course id.
    administrators
        Names of the administrators.
    """
    user = orm.User.find(db, user_name)
    if user is None:
        return
    teaches = {instructors_group(course) for course, who in instructors.items() if user_name in who}
    for group in list(user.groups):
        if group.name.startswith(instructors_group("")) and group.name not in teaches:
            group.users.remove(user)
    if user.admin and user_name not in administrators:
        user.admin = False
    db.commit()


class GradebookRegister:
    """Puts learners into the gradebooks of their courses, soon after they came in.

    A gradebook belongs to its course, whose instructors and whose learners' code may have been
    at it; so the hub does not open it but starts the course's own process. One process at a
    time takes in everybody who came meanwhile. A gradebook that fails stops nobody's evening.

    Parameters
    ----------
    settings
        Returns the operator's settings.
    log
        Where failures are written for the administrator.
    """

    def __init__(self, settings: Callable[[], HubSettings], log: Logger) -> None:
        self._settings = settings
        self._log = log
        self._known: set[tuple[str, str]] = set()
        self._new: dict[str, set[str]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._last_came = 0.0

    def add(self, user_name: str, course_ids: Iterable[str]) -> None:
        """Remember a learner; somebody who is in a gradebook already costs nothing."""
        for course in course_ids:
            if (course, user_name) in self._known:
                continue
            self._known.add((course, user_name))
            self._new.setdefault(course, set()).add(user_name)
            self._last_came = time.monotonic()
            if course not in self._tasks:
                task = asyncio.get_running_loop().create_task(self._register(course))
                self._tasks[course] = task

    async def _register(self, course: str) -> None:
        try:
            while course in self._new:
                await self._until_quiet()
                await self._take_in(course, sorted(self._new.pop(course)))
        finally:
            del self._tasks[course]

    async def _until_quiet(self) -> None:
        """Wait until nobody has come for a while."""
        end = time.monotonic() + LONGEST_SECONDS
        while (now := time.monotonic()) < min(end, self._last_came + QUIET_SECONDS):
            await asyncio.sleep(min(end, self._last_came + QUIET_SECONDS) - now)

    async def _take_in(self, course: str, names: list[str]) -> None:
        try:
            await self._start(course, names)
        except Exception:  # noqa: BLE001 - logged; they are tried again when they come next
            self._known -= {(course, name) for name in names}
            self._log.exception("%s could not be added to the gradebook of %s", names, course)

    async def _start(self, course: str, names: list[str]) -> None:
        command = [sys.executable, "-m", "academy.grading.gradebook", course, *names]
        line, variables = course_process.walled(course, command, self._settings())
        process = await asyncio.create_subprocess_exec(
            *line,
            env={**course_process.plain(os.environ), **variables},
            cwd="/",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            self._known -= {(course, name) for name in names}
            words = said.decode(errors="replace")[-2000:]
            self._log.error("%s not added to the gradebook of %s: %s", names, course, words)
