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
        with self.output_file.open("wb") as terminal:
            self.process = subprocess.Popen(
                command,
                env=self.environment,
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
        return subprocess.run(
            [sys.executable, "-m", "academy", *arguments],
            env=self.environment,
            cwd=self.state.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def claim_link(self) -> str:
        """Return the administrator's one-time link that the terminal shows."""
        found = re.findall(r"http://\S+/hub/claim/\S+", self.output)
        assert found, self.output
        return found[-1]

    def log(self) -> str:
        """Return the end of the hub's log."""
        file = self.state / "hub" / "hub.log"
        return file.read_text(errors="replace")[-6000:] if file.exists() else ""


def shipped_courses() -> list[str]:
    """Return the ids of the shipped courses."""
    return sorted(file.parent.name for file in paths.shipped_courses().glob("*/course.yaml"))
