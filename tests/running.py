"""A real Academy for tests and benchmarks: its own state and port, and ended for good."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from academy import paths
from academy.isolation import launch
from academy.isolation.launch import Plan
from academy.isolation.limits import Limits
from academy.isolation.view import Bind, View, account_files


def free_port() -> int:
    """Return a port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


@dataclass
class RunningAcademy:
    """`academy hub serve` on a state directory."""

    state: Path
    port: int = field(default_factory=free_port)
    settings: Path | None = None
    #: Number of the ordinary user who runs it, where root runs the tests; 0 for who runs them.
    user: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def environment(self) -> dict[str, str]:
        """The environment of an administrator's shell."""
        environment = dict(os.environ, ACADEMY_STATE=str(self.state))
        environment.pop("MAKELEVEL", None)
        if self.settings:
            environment["ACADEMY_SETTINGS"] = str(self.settings)
        return environment

    @property
    def output_file(self) -> Path:
        """What the administrator's terminal shows."""
        return self.state.parent / f"{self.state.name}-terminal.txt"

    @property
    def output(self) -> str:
        """What the terminal has shown so far."""
        return self.output_file.read_text()

    def start(self, timeout: float = 90) -> RunningAcademy:
        """Start it and wait until it says that it is open."""
        command = [sys.executable, "-m", "academy", "hub", "serve", "--port", str(self.port)]
        environment = self.environment
        if self.user:
            command, environment = self._as_user(command, port=self.port)
        with self.output_file.open("wb") as terminal:
            self.process = subprocess.Popen(
                command,
                env=environment,
                cwd=self.state.parent,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for("Stop it with Ctrl-C", timeout)
        return self

    def wait_for(self, words: str, timeout: float, times: int = 1) -> None:
        """Wait until the terminal shows some words."""
        assert self.process is not None
        deadline = time.monotonic() + timeout
        while self.output.count(words) < times:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"no {words!r} in:\n{self.output}\n{self.log()}")
            time.sleep(0.05)

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = 60) -> int:
        """End it as an administrator would and wait until it is gone."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run an `academy` command beside it."""
        command, environment = [sys.executable, "-m", "academy", *arguments], self.environment
        if self.user:
            command, environment = self._as_user(command)
        return subprocess.run(
            command,
            env=environment,
            cwd=self.state.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def _as_user(self, command: list[str], port: int = 0) -> tuple[list[str], dict[str, str]]:
        """Return what starts a command as an ordinary user, who may not enter root's folders."""
        folder = self.state.parent
        os.chown(folder, self.user, self.user)
        places = [paths.checkout(), sys.prefix, sys.base_prefix]
        view = View(
            (*(Bind(str(place)) for place in places), Bind(str(folder), writable=True)),
            account_files([("resident", self.user, str(folder))]),
        )
        limits = Limits(memory_bytes=16 << 30, processes=4000)
        plan = Plan(
            command,
            self.user,
            str(folder),
            view,
            limits=limits,
            listens_on=port,
            speaks_for_itself=True,
        )
        variables = {"HOME": str(folder), **plan.to_environment()}
        return launch.command(), {**self.environment, **variables}

    def claim_link(self) -> str:
        """Return the administrator's one-time link that the terminal shows."""
        found = re.findall(r"http://\S+/hub/claim#\S+", self.output)
        assert found, self.output
        return found[-1]

    def log(self) -> str:
        """Return the end of the hub's log."""
        file = self.state / "hub" / "hub.log"
        return file.read_text(errors="replace")[-6000:] if file.exists() else ""


def shipped_courses() -> list[str]:
    """Return the ids of the shipped courses."""
    return sorted(file.parent.name for file in paths.shipped_courses().glob("*/course.yaml"))
