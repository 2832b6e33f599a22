"""Learners' servers: one process each, found again after the hub was restarted."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Dict, List, default

from academy import paths
from academy.hub.enrolment import instructors_group, learners_group
from academy.hub.environment import Role, jupyter_environment
from academy.hub.home_extension import COURSES_VARIABLE, TEACHES_VARIABLE

CLOCK_SECONDS = 120


class AcademySpawner(LocalProcessSpawner):
    """Start ``jupyterhub-singleuser`` in the learner's home, as the hub's own system user."""

    courses: List[str] = List(
        help="Ids of all courses, in the order in which pages show them."
    ).tag(config=True)
    # Process id to the moment it started: process ids are used again.
    started_at = Dict()
    pid: Any

    @default("cmd")
    def _default_command(self) -> list[str]:
        return [sys.executable, "-m", "jupyterhub.singleuser"]

    @property
    def home(self) -> Path:
        """The learner's home."""
        return paths.homes() / str(self.user.name)

    def course_ids(self) -> list[str]:
        """Return the courses that the learner takes."""
        return self._courses_with(learners_group)

    def taught_course_ids(self) -> list[str]:
        """Return the courses that the user teaches."""
        return self._courses_with(instructors_group)

    def _courses_with(self, group_name: Callable[[str], str]) -> list[str]:
        member_of = {group.name for group in self.user.groups}
        return [course for course in self.courses if group_name(course) in member_of]

    def get_args(self) -> list[str]:
        """Return the server's arguments; a server that runs as root must be told to."""
        arguments: list[str] = super().get_args()
        return [*arguments, "--allow-root"] if os.geteuid() == 0 else arguments

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what makes the process the learner's own."""
        role: Role = "instructor" if self.taught_course_ids() else "learner"
        env |= jupyter_environment(self.user.name, role)
        env["USER"] = env["LOGNAME"] = self.user.name
        env["HOME"] = str(self.home)
        env[COURSES_VARIABLE] = " ".join(self.course_ids())
        env[TEACHES_VARIABLE] = " ".join(self.taught_course_ids())
        return env

    def make_preexec_fn(self, name: str) -> None:
        """Change nothing between fork and exec: the process runs as the hub's user."""

    async def start(self) -> tuple[str, int]:
        """Make the home if it is not there, then start the server in it."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.popen_kwargs = {"cwd": self.home, "umask": 0o077}
        address: tuple[str, int] = await super().start()
        self.started_at = {str(self.pid): psutil.Process(self.pid).create_time()}
        return address

    def get_state(self) -> dict[str, Any]:
        """Save what finds the process again: its number and when it started."""
        return {**super().get_state(), "started_at": self.started_at}

    def load_state(self, state: dict[str, Any]) -> None:
        """Find the process again; a stranger that has its number by now is left alone."""
        super().load_state(state)
        self.started_at = state.get("started_at", {})
        if self.pid and not self._is_ours():
            self.pid = 0

    def _is_ours(self) -> bool:
        try:
            started = psutil.Process(self.pid).create_time()
        except psutil.NoSuchProcess:
            return False
        # The system's clock may have been set meanwhile, so a little more or less is the same.
        difference: float = abs(started - self.started_at.get(str(self.pid), 0.0))
        return difference < CLOCK_SECONDS
