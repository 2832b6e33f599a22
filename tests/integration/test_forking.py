"""Forked servers and kernels in a running Academy, and what happens when one of them is killed."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from forkserver.geography import TAKEN_AWAY
from forkserver.kernels import is_in_memory
from integration.lab_client import LabClient
from isolation.conftest import needs_walls
from running import RunningAcademy

pytestmark = needs_walls

WHO = "import os; print(open(f'/proc/{os.getppid()}/comm').read().strip())"
PATIENCE = 120.0
#: Small, and not there before a server is.
SERVERS_OWN: set[str] = set()
NAMES = ("academy-server", "academy-nursery", "academy-kernel")


def processes(academy: RunningAcademy, name: str) -> list[psutil.Process]:
    """Return the Academy's processes of a name; those whose hub was killed included."""
    assert academy.process is not None
    found = []
    for one in psutil.process_iter():
        try:
            if one.name() == name and _is_below(one, academy):
                found.append(one)
        except psutil.Error:
            continue
    return found


def _is_below(one: psutil.Process, academy: RunningAcademy) -> bool:
    """Tell by what a process was told: who was killed leaves its children to others."""
    return str(academy.state) in one.environ().get("ACADEMY_STATE", "")


def the_only(academy: RunningAcademy, name: str) -> psutil.Process:
    found: list[psutil.Process] = []

    def look() -> bool:
        found[:] = processes(academy, name)
        return len(found) == 1

    wait_until(look, f"there is one {name}")
    return found[0]


def wait_until(happened: Callable[[], object], words: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, f"waited in vain until {words}"
        time.sleep(0.1)


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def is_alive(process: psutil.Process) -> bool:
    return not is_gone(process)


@dataclass(frozen=True)
class Desk:
    """A person with a kernel that remembers a word."""

    academy: RunningAcademy
    person: LabClient
    kernel: str
    user: int

    def run(self, code: str) -> str:
        """Run code in the kernel."""
        return self.person.execute(self.kernel, code)

    def remembers(self) -> bool:
        """Tell whether the kernel is the same; a hub that is away is no answer."""
        try:
            return self.run("print(kept)") == "work\n"
        except Exception:  # noqa: BLE001 - whatever is said meanwhile
            return False

    def processes(self, name: str) -> list[psutil.Process]:
        """Return the person's processes of a name."""
        return [one for one in processes(self.academy, name) if one.uids().real == self.user]


def desk(academy: RunningAcademy, name: str) -> Desk:
    """Have somebody come in and begin to work."""
    person = LabClient(academy.url, name).sign_up().wait()
    kernel = person.start_kernel()
    user = person.execute(kernel, "import os; kept = 'work'; print(os.getuid())")
    return Desk(academy, person, kernel, int(user))


def test_who_forks_whom_and_who_knows_what(academy: RunningAcademy) -> None:
    template = the_only(academy, "academy-fork")
    ana, ben = desk(academy, "ana"), desk(academy, "ben")

    assert ana.run(WHO) == "academy-nursery\n"
    assert ana.user != ben.user
    for person in (ana, ben):
        for name in ("academy-server", "academy-nursery", "academy-kernel"):
            assert len(person.processes(name)) == 1
        assert person.processes("academy-nursery")[0].num_threads() == 1
    assert template.num_threads() == 1
    assert ana.run(f"{TAKEN_AWAY}\nprint(taken)") == "[]\n"
    _keep_secrets(template, ana, ben)
    _refuse_strangers(academy)


#: A person's own settings are read by their own server; these note what it imports after them.
LOOKS_ON = """
import json, sys, pathlib
from tornado.ioloop import IOLoop
known = set(sys.modules)
def note():
    new = sorted(set(sys.modules) - known)
    pathlib.Path("imported.json").write_text(json.dumps(new))
IOLoop.current().call_later(1, note)
"""


def test_a_server_imports_next_to_nothing_more(academy: RunningAcademy) -> None:
    """Whoever adds a heavy import to servers sees it here, and adds it to `warm`."""
    joy = desk(academy, "joy")
    settings = "import pathlib; f = pathlib.Path.home() / '.jupyter'; f.mkdir(exist_ok=True)\n"
    joy.run(f"{settings}(f / 'jupyter_server_config.py').write_text({LOOKS_ON!r})")
    joy.person.stop()
    joy.person.start().wait()

    file = academy.state / "homes" / "joy" / "imported.json"
    wait_until(file.exists, "the server has noted what it imported")
    assert [name for name in json.loads(file.read_text()) if name not in SERVERS_OWN] == []


def _keep_secrets(template: psutil.Process, ana: Desk, ben: Desk) -> None:
    """A server's token is not in the memory of those who can be asked for a process."""
    token = ana.person.shell("env | grep ^JUPYTERHUB_API_TOKEN")
    word = token.split("JUPYTERHUB_API_TOKEN=")[-1].split()[0]
    assert len(word) == 32
    assert is_in_memory(ana.processes("academy-server")[0].pid, word)
    others = [template, *ana.processes("academy-nursery")]
    others += [one for name in NAMES for one in ben.processes(name)]
    assert len(others) == 5
    assert not [one for one in others if is_in_memory(one.pid, word)]


def _refuse_strangers(academy: RunningAcademy) -> None:
    """Not even another process of the hub's own user is served by the template."""
    address = (academy.state / "run").resolve() / "template"
    with closing(socket.socket(socket.AF_UNIX)) as connection:
        connection.settimeout(60)
        connection.connect(str(address))
        assert connection.recv(100) == b""


def test_killed_nurseries_and_servers(academy: RunningAcademy) -> None:
    cleo, dan = desk(academy, "cleo"), desk(academy, "dan")
    (nursery,), kernels = cleo.processes("academy-nursery"), cleo.processes("academy-kernel")
    nursery.kill()
    wait_until(lambda: is_gone(nursery), "the nursery is gone")
    assert cleo.remembers()
    another = cleo.person.start_kernel()
    assert cleo.person.execute(another, WHO) == "academy-server\n", "started, not forked"

    (server,) = cleo.processes("academy-server")
    server.kill()
    wait_until(lambda: all(is_gone(one) for one in [server, *kernels]), "all of it is gone")
    assert dan.remembers()
    assert all(is_alive(one) for name in NAMES for one in dan.processes(name))


def test_a_template_that_is_killed_takes_nobody_along(academy: RunningAcademy) -> None:
    template = the_only(academy, "academy-fork")
    eve = desk(academy, "eve")

    template.kill()
    wait_until(lambda: is_gone(template), "the template is gone")
    assert eve.remembers()
    assert eve.person.execute(eve.person.start_kernel(), WHO) == "academy-nursery\n"

    assert desk(academy, "fay").remembers()
    assert the_only(academy, "academy-fork").pid != template.pid
    assert "The template has died (-9)" in (academy.state / "hub" / "hub.log").read_text()


def test_a_hub_that_is_killed_takes_its_template_along_and_no_server(
    academy: RunningAcademy,
) -> None:
    template = the_only(academy, "academy-fork")
    gus = desk(academy, "gus")
    (server,) = gus.processes("academy-server")

    psutil.Process(template.ppid()).kill()
    wait_until(lambda: is_gone(template), "the template is gone")
    assert is_alive(server)

    assert the_only(academy, "academy-fork").ppid() != template.pid
    wait_until(gus.remembers, "the lab answers again")
    assert is_alive(server)
    assert desk(academy, "hal").run(WHO) == "academy-nursery\n"


@pytest.mark.torture
def test_switched_off_nothing_is_forked(tmp_path: Path) -> None:
    settings = tmp_path / "hub.yaml"
    settings.write_text("servers:\n  forkserver: off\n")
    academy = RunningAcademy(tmp_path / "state", settings=settings).start()
    try:
        assert desk(academy, "ida").remembers()
        for name in ("academy-fork", *NAMES):
            assert processes(academy, name) == []
    finally:
        academy.stop()
