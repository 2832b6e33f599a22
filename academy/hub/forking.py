"""The hub's side of the template: it is started, watched, renewed, and asked for servers.

Whatever goes wrong here costs speed and nothing else: the caller then starts the server as a
program of its own, behind the same wall.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import subprocess
import time
from collections.abc import Mapping

from academy import paths
from academy.forkserver import server, warm
from academy.forkserver.child import ForkedChild, ForkError, fork
from academy.forkserver.nursery import open_door
from academy.isolation.launch import Plan

_MODULE = "academy.forkserver.template"
#: After a template's death the next one waits: first so long, then twice as long, up to the most.
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0
#: A template that lived so long did not die of how it starts.
_HEALTHY_SECONDS = 120.0


class Keeper:
    """Keeps one template at hand.

    Parameters
    ----------
    log
        Where it says what happens.
    """

    def __init__(self, log: logging.Logger | logging.LoggerAdapter[logging.Logger]) -> None:
        self._log = log
        self._template: subprocess.Popen[bytes] | None = None
        self._generation = ""
        self._started = 0.0
        self._pause = _FIRST_PAUSE_SECONDS
        self._next_try = 0.0

    @property
    def pid(self) -> int:
        """The template's process id; 0 while there is none."""
        return self._template.pid if self._template and self._template.poll() is None else 0

    def start(self) -> None:
        """Have a template of the present code; nothing happens where there is one.

        A template of older code is told to end; servers and kernels that it forked live on.
        """
        generation = warm.generation()
        if self.pid and generation == self._generation:
            return
        if self._template is not None:
            self._end_of(self._template, is_wanted=generation != self._generation)
        if time.monotonic() >= self._next_try:
            self._generation = generation
            self._start()

    def _end_of(self, template: subprocess.Popen[bytes], *, is_wanted: bool) -> None:
        if is_wanted and template.poll() is None:
            self._log.info("The code has changed: a new template takes over from %s", template.pid)
            template.terminate()
            template.wait()
            return
        if time.monotonic() - self._started > _HEALTHY_SECONDS:
            self._pause = _FIRST_PAUSE_SECONDS
        self._log.warning(
            "The template has died (%s); servers are started the slow way for %.0f seconds",
            template.poll(),
            self._pause,
        )
        self._next_try = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        self._template = None

    def _start(self) -> None:
        folder = paths.hub_state() / "template"
        folder.mkdir(mode=0o700, exist_ok=True)
        with open_door(paths.run_directory() / "template") as door:
            self._template = subprocess.Popen(
                warm.command(_MODULE, str(door.fileno()), str(os.getpid())),
                cwd="/",
                env=warm.environment(folder),
                stdin=subprocess.DEVNULL,
                pass_fds=[door.fileno()],
            )
        self._started = time.monotonic()
        with contextlib.suppress(RuntimeError):  # no loop runs: the next `start` sees its end
            self._watch(asyncio.get_running_loop(), self._template.pid)

    def _watch(self, loop: asyncio.AbstractEventLoop, number: int) -> None:
        """Start the next template when this one dies."""
        watch = os.pidfd_open(number)

        def ended() -> None:
            loop.remove_reader(watch)
            os.close(watch)
            if self._template is not None and self._template.pid == number:
                self.start()
                loop.call_later(self._pause, self.start)

        loop.add_reader(watch, ended)

    async def fork_server(
        self, plan: Plan, environment: Mapping[str, str], door: socket.socket
    ) -> ForkedChild:
        """Fork a learner's server behind its wall.

        Parameters
        ----------
        plan
            How it is walled off, and its command.
        environment
            Its variables.
        door
            The socket that listens for it outside.

        Raises
        ------
        ForkError
            When there is no template, or it does not answer.
        """
        self.start()
        if not self.pid:
            raise ForkError("There is no template.")
        contents = [{"plan": plan.to_text()}, environment]
        address = str(paths.run_directory() / "template")
        return await asyncio.to_thread(fork, address, server.KIND, contents, [door.fileno()])

    def stop(self) -> None:
        """End the template."""
        if self._template is not None:
            template, self._template = self._template, None
            template.terminate()
            template.wait()
