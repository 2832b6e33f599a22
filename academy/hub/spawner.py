"""Learners' servers: each behind its own wall, and found again after the hub was restarted."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Any as AnyTrait
from traitlets import Bool, Dict, List, default

from academy import paths
from academy.forkserver.child import ForkedChild, ForkError
from academy.hub import ports, walls
from academy.hub.course_client import SERVICES_VARIABLE
from academy.hub.enrolment import instructors_group, learners_group
from academy.hub.environment import Role, jupyter_environment
from academy.hub.forking import Keeper
from academy.hub.home_extension import COURSES_VARIABLE, TEACHES_VARIABLE
from academy.hub.settings import IsolationSettings
from academy.isolation import launch
from academy.isolation.ownership import give_folder

CLOCK_SECONDS = 120
#: What the waiting page says, with the seconds after which it is said.
WAITING_WORDS = (
    (0, "Getting your desk ready"),
    (2, "Bringing your lessons up to date"),
    (6, "Opening the lab"),
    (20, "The lab still opens; many people may be starting at once"),
)


class AcademySpawner(LocalProcessSpawner):
    """Start ``jupyterhub-singleuser`` in the learner's home, behind the learner's wall.

    Where the machine has no walls, it runs as the hub's own system user.
    """

    has_walls = Bool(False, help="Whether learners are walled off from each other.").tag(
        config=True
    )
    limits = Dict(help="The operator's ``isolation`` settings.").tag(config=True)
    #: Set by the hub where servers are forked from a template.
    keeper: Keeper | None = None

    courses: List[str] = List(
        help="Ids of all courses, in the order in which pages show them."
    ).tag(config=True)
    # Process id to the moment it started: process ids are used again.
    started_at = Dict()
    pid: Any
    #: A `subprocess.Popen`, or what stands for a forked process in the same way.
    proc = AnyTrait(allow_none=True)

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
        is_root = os.geteuid() == 0 and not self.has_walls
        return [*arguments, "--allow-root"] if is_root else arguments

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Add what makes the process the learner's own."""
        role: Role = "instructor" if self.taught_course_ids() else "learner"
        runtime = None
        if self.has_walls:
            runtime = walls.runtime_folder(walls.identities().of("learner", self.user.name))
        env |= jupyter_environment(self.user.name, role, runtime)
        env[walls.ISOLATION_VARIABLE] = "on" if self.has_walls else "off"
        env["USER"] = env["LOGNAME"] = self.user.name
        env["HOME"] = str(self.home)
        env[COURSES_VARIABLE] = " ".join(self.course_ids())
        env[TEACHES_VARIABLE] = " ".join(self.taught_course_ids())
        env[SERVICES_VARIABLE] = " ".join(self._service_addresses())
        return env

    def _service_addresses(self) -> list[str]:
        """Return the addresses of the services of the courses that the user teaches."""
        taught = self.taught_course_ids()
        prefix = self.hub.base_url.removesuffix("hub/")
        return [
            f"{course}=http://127.0.0.1:{port}{prefix}services/{course}/"
            for course, port in ports.internal_ports(taught).items()
        ]

    def make_preexec_fn(self, name: str) -> None:
        """Change nothing between fork and exec: the launcher takes on the identity."""

    async def start(self) -> tuple[str, int]:
        """Make the home if it is not there, then start the server in it."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.has_walls:
            address = await self._start_behind_wall()
        else:
            self.popen_kwargs = {"cwd": self.home, "umask": 0o077}
            address = await super().start()
        self.started_at = {str(self.pid): psutil.Process(self.pid).create_time()}
        return address

    async def _start_behind_wall(self) -> tuple[str, int]:
        """Start the launcher; it inherits the socket, so nobody can take the port meanwhile."""
        give_folder(self.home, walls.identities().of("learner", self.user.name))
        with socket.create_server(("127.0.0.1", 0), backlog=128) as door:
            self.port = door.getsockname()[1]
            plan = walls.learner_plan(
                self.user.name,
                [*self.cmd, *self.get_args()],
                home=self.home,
                courses=self.course_ids(),
                taught=self.taught_course_ids(),
                door=door.fileno(),
                port=self.port,
                settings=IsolationSettings(**self.limits),
            )
            self.proc = await self._forked(plan, door) or self._executed(plan, door)
        self.pid = self.proc.pid
        return ("127.0.0.1", self.port)

    async def _forked(self, plan: launch.Plan, door: socket.socket) -> ForkedChild | None:
        """Fork the launcher and the server from the template, where there is one."""
        if self.keeper is None:
            return None
        try:
            return await self.keeper.fork_server(plan, self.get_env(), door)
        except ForkError as error:
            self.log.warning("%s's server is started, not forked: %s", self.user.name, error)
            return None

    def _executed(self, plan: launch.Plan, door: socket.socket) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            launch.command(),
            env={**self.get_env(), **plan.to_environment()},
            cwd="/",
            stdin=subprocess.DEVNULL,
            pass_fds=[door.fileno()],
            start_new_session=True,
        )

    async def progress(self) -> AsyncIterator[dict[str, Any]]:
        """Say on the waiting page what is going on."""
        waited = 0
        for seconds, words in WAITING_WORDS:
            await asyncio.sleep(seconds - waited)
            waited = seconds
            yield {"progress": min(95, 10 + 4 * waited), "message": f"{words} ..."}

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
