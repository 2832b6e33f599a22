"""The scene: a real Academy with a victim, an attacker and an instructor of another course."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from academy import paths
from integration.lab_client import LabClient
from offline import MARK
from running import RunningAcademy, free_port

from . import network
from .bundle import NAME, bundle
from .catalogue import Facts, Process
from .processes import started

COURSE, OTHER_COURSE, ASSIGNMENT = "start-here", "evening-class", "load-and-count"
VICTIM, ATTACKER, RIVAL = "vera-victim", "otto-outsider", "rita-rival"
MEMORY_MB, PROCESSES, FILE_MB, TMP_MB = 1024, 200, 512, 256
SETTINGS = """\
accounts:
  instructors: {{start-here: [teacher], evening-class: [{rival}]}}
servers: {{start_seconds: 300}}
isolation:
  {{mode: {mode}, memory_mb: {memory}, processes: {processes}, file_mb: {file}, tmp_mb: {tmp}}}
"""
#: What the victim's kernel does: it holds a secret and goes on telling it.
TELLING = (
    "import threading, time\nsecret = {secret!r}\nprint(secret, flush=True)\n"
    "def tell():\n    for _ in range(3000):\n        print(secret, flush=True)\n"
    "        time.sleep(0.2)\nthreading.Thread(target=tell, daemon=True).start()"
)


class Scene:
    """Everything that a hostile learner may reach for, ready and running.

    Parameters
    ----------
    mode
        The setting ``isolation: mode``: ``required`` or ``off``.
    """

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.folder = Path(tempfile.mkdtemp(prefix="academy-hostile-"))
        self.settings = self.folder / "hub.yaml"
        self.academy = RunningAcademy(self.folder / "state", settings=self.settings)
        self.secret = f"secret-{secrets.token_hex(16)}"
        self.holder: subprocess.Popen[str] | None = None
        self.listening: list[socket.socket] = []

    @property
    def has_world(self) -> bool:
        """Whether the addresses of the cloud and of the world could be given to this machine."""
        return os.environ.get(MARK) == "1" and os.geteuid() == 0

    def start(self) -> Scene:
        """Start the Academy and let everybody come in and do what they do."""
        words = SETTINGS.format(
            mode=self.mode,
            rival=RIVAL,
            memory=MEMORY_MB,
            processes=PROCESSES,
            file=FILE_MB,
            tmp=TMP_MB,
        )
        self.settings.write_text(words.replace(f", {OTHER_COURSE}: [{RIVAL}]", ""))
        self.trap = self.folder / "trap"
        for name in ("lessons", "data", "assignments", "welcome", "layout"):
            (self.trap / name).mkdir(mode=0o700, parents=True)
        self.trap.chmod(0o700)
        self.academy.start()
        self._command("course", "new", OTHER_COURSE)
        self.settings.write_text(words)
        self._command("hub", "reload")
        self._command("course", "release", COURSE, ASSIGNMENT)
        self._command("course", "publish", OTHER_COURSE)
        self.victim = LabClient(self.academy.url, VICTIM).sign_up()
        self.attacker = LabClient(self.academy.url, ATTACKER).sign_up()
        self.rival = LabClient(self.academy.url, RIVAL).claim(self._invite(RIVAL))
        self._live_as_victim()
        self._live_as_machine()
        _hand_in(self.attacker.wait())
        return self

    def _command(self, *words: str) -> str:
        done = self.academy.run(*words)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def _invite(self, name: str) -> str:
        said = self._command("hub", "invite", name)
        return next(word for word in said.split() if "/hub/claim#" in word)

    def _live_as_victim(self) -> None:
        """Let the victim write, run, hold and hand in; all of it careless about permissions."""
        lab = self.victim.wait()
        lab.upload("Secret.ipynb", _notebook(self.secret))
        lab.upload(NAME, bundle())
        lab.upload("secret.txt", self.secret.encode())
        # In a session of its own and deaf to the terminal's end.
        lab.shell(
            f"PYTHONPATH={NAME} setsid nohup python -m hostile.holder victim held.json "
            "< secret.txt > holder.log 2>&1 & sleep 2"
        )
        lab.shell("chmod 666 Secret.ipynb; chmod 777 ~; mkdir -p .ipython; chmod -R 777 .ipython")
        self.victim_holds = json.loads(lab.download("held.json"))
        self.kernel = lab.start_kernel()
        lab.execute(self.kernel, TELLING.format(secret=self.secret))
        self.kernel_sockets = lab.run(
            "import json, os, pathlib\n"
            "run = pathlib.Path(os.environ['JUPYTER_RUNTIME_DIR'])\n"
            f"print(json.dumps([str(p) for p in run.glob('kernel-{self.kernel}-ipc-*')]))"
        )
        _hand_in(lab)
        # A terminal that stays open.
        lab.ask("POST", "api/terminals")

    def _live_as_machine(self) -> None:
        """Let the machine itself hold the secret in services of its own."""
        file = self.folder / "held.json"
        environment = dict(os.environ, PYTHONPATH=str(self._unpacked()))
        self.holder = subprocess.Popen(
            [sys.executable, "-m", "hostile.holder", "machine", str(file)],
            env=environment, stdin=subprocess.PIPE, text=True, cwd=self.folder,
        )  # fmt: skip
        assert self.holder.stdin
        self.holder.stdin.write(self.secret)
        self.holder.stdin.close()
        deadline = time.monotonic() + 30
        while not file.exists() or not file.read_text():
            assert time.monotonic() < deadline, "the machine's own program did not start"
            time.sleep(0.05)
        self.machine_holds = json.loads(file.read_text())
        self.metadata_port = free_port()
        if self.has_world:
            for number, address in enumerate((network.METADATA, network.WORLD)):
                _add_address(f"lo:{number + 1}", address)
                self.listening.append(socket.create_server((address, self.metadata_port)))

    def _unpacked(self) -> Path:
        file = self.folder / NAME
        file.write_bytes(bundle())
        return file

    def facts(self, me: str) -> Facts:
        """Return what somebody knows about the machine: all but what is secret."""
        ports = json.loads((self.academy.state / "hub" / "ports.json").read_text())
        known = {
            "public": self.academy.port,
            "hub": ports["hub"],
            "exchange": ports.get("exchange", 0),
            "proxy_api": ports["proxy"],
            "formgrader": ports[COURSE],
            "server": self.server_port(VICTIM),
            "victim": self.victim_holds["port"],
            "canary": self.machine_holds["port"],
            "metadata": self.metadata_port,
            "squat": free_port(),
        }
        holds = (self.victim_holds, self.machine_holds)
        processes = self.processes()
        return Facts(
            me=me,
            victim=VICTIM,
            course=COURSE,
            other_course=OTHER_COURSE,
            assignment=ASSIGNMENT,
            state=str(self.academy.state),
            checkout=str(paths.checkout()),
            settings=str(self.settings),
            trap=str(self.trap),
            secret_hashes=[hashlib.sha256(self.secret.encode()).hexdigest()],
            victim_uid=psutil.Process(processes["server"].pid).uids().real,
            processes=processes,
            ports=known,
            kernel_sockets=self.kernel_sockets,
            abstract_names=[held["abstract"] for held in holds],
            shared_memory_keys=[held["shared_memory"] for held in holds],
            pid_namespace=str(Path("/proc/self/ns/pid").readlink()),
            memory_bytes=MEMORY_MB << 20,
            most_processes=PROCESSES,
            file_bytes=FILE_MB << 20,
            tmp_bytes=TMP_MB << 20,
        )

    def work_with_the_other_course(self) -> None:
        """Let the Academy do all that it does with a course; some of it may fail, as it should."""
        for words in (("publish",), ("release", "baker-count"), ("collect", "baker-count")):
            self.academy.run("course", words[0], OTHER_COURSE, *words[1:])
        # As after an update of the Academy, when every course is tended.
        (self.academy.state / "hub" / "tended.json").unlink(missing_ok=True)
        self._command("hub", "reload")
        LabClient(self.academy.url, "nora-newcomer").sign_up().wait()
        # The newcomer is put into the gradebook a few seconds later.
        time.sleep(10)

    def server_port(self, name: str) -> int:
        """Return the port at which the hub's proxy finds somebody's server."""
        database = sqlite3.connect(self.academy.state / "hub" / "jupyterhub.sqlite")
        try:
            question = "SELECT port FROM servers WHERE base_url LIKE ?"
            return int(database.execute(question, (f"%/user/{name}/",)).fetchone()[0])
        finally:
            database.close()

    def processes(self) -> dict[str, Process]:
        """Return the processes that an attacker would like to reach."""
        assert self.academy.process
        supervisor = psutil.Process(self.academy.process.pid)
        every = supervisor.children(recursive=True)
        found = {
            "supervisor": supervisor,
            "hub": self._hub(every),
            "server": self._of(VICTIM, every, "jupyterhub.singleuser", "academy-server"),
            "kernel": self._of(VICTIM, every, self.kernel, "academy-kernel"),
            "program": self._of(VICTIM, every, self.secret),
        }
        return {name: Process(one.pid, started(one.pid)) for name, one in found.items()}

    @staticmethod
    def _hub(every: list[psutil.Process]) -> psutil.Process:
        for one in every:
            with contextlib.suppress(psutil.Error):
                if "academy.hub.app" in one.cmdline():
                    return one
        raise AssertionError("no process is the hub")

    @staticmethod
    def _of(name: str, every: list[psutil.Process], word: str, forked: str = "-") -> psutil.Process:
        for one in every:
            # One that ended meanwhile is none of those that are looked for.
            with contextlib.suppress(psutil.Error):
                # A fork shows the command line of what it was forked from.
                if one.name() == forked and Path(one.cwd()).name == name:
                    return one
                is_theirs = one.environ().get("JUPYTERHUB_USER") == name
                if is_theirs and word in " ".join(one.cmdline()):
                    return one
        raise AssertionError(f"no process of {name} has {word!r} in its command line")

    def home(self, name: str) -> Path:
        """Return somebody's home."""
        return self.academy.state / "homes" / name

    def stop(self) -> dict[str, Any]:
        """End everything and return what is left of it."""
        if self.academy.process:
            self.academy.stop()
        if self.holder:
            self.holder.send_signal(signal.SIGTERM)
            self.holder.wait(10)
        for one in self.listening:
            one.close()
        left = [one.pid for one in psutil.process_iter() if _is_below(one, self.folder)]
        # Without walls, what an attempt left running may write here to the last moment.
        shutil.rmtree(self.folder, ignore_errors=True)
        return {"left": left}


def _hand_in(lab: LabClient) -> None:
    """Fetch the assignment and hand it in, with nbgrader's own commands."""
    said = lab.shell(
        f"nbgrader fetch_assignment {ASSIGNMENT} --course {COURSE}; "
        f"nbgrader submit {ASSIGNMENT} --course {COURSE}"
    )
    assert "Submitted as" in said, said


def _notebook(words: str) -> bytes:
    """Return a notebook with one cell of text."""
    cell = {"cell_type": "markdown", "id": "one", "metadata": {}, "source": words}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    whole = {"cells": [cell], "metadata": {"kernelspec": kernel}}
    return json.dumps(whole | {"nbformat": 4, "nbformat_minor": 5}).encode()


def _is_below(process: psutil.Process, folder: Path) -> bool:
    """Whether a process was started for this scene."""
    try:
        return process.environ().get(paths.STATE_VARIABLE, "").startswith(str(folder))
    except psutil.Error:
        return False


def _add_address(alias: str, address: str) -> None:
    """Give the loopback card of this network, which is cut off, one more address."""
    packed = struct.pack(
        "16sH2s4s8x", alias.encode(), socket.AF_INET, b"", socket.inet_aton(address)
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, network.SIOCSIFADDR, packed)
