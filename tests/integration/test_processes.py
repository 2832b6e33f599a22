"""Starting, reloading and ending the Academy: every signal ends all of it, and work lives on."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from academy import paths
from running import RunningAcademy, free_port


def sign_up(academy: RunningAcademy, name: str) -> httpx.Client:
    """Make an account without a browser and start its server."""
    client = httpx.Client(base_url=academy.url, follow_redirects=True, timeout=60)
    client.get("hub/signup")
    token = client.cookies["_xsrf"]
    password = "red beans and rice"
    form = {"username": name, "password": password, "password_again": password, "_xsrf": token}
    answer = client.post("hub/signup", data=form)
    assert answer.status_code == 200, answer.text
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        # The lab's page, because an API path would not send us to the hub to log in.
        if "jupyter-config-data" in client.get(f"user/{name}/lab").text:
            return client
        time.sleep(0.3)
    raise AssertionError(academy.log())


def all_of(academy: RunningAcademy) -> list[psutil.Process]:
    """Every process below the Academy, and the Academy."""
    assert academy.process is not None
    parent = psutil.Process(academy.process.pid)
    return [parent, *parent.children(recursive=True)]


def left_over(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those that still run."""
    _, alive = psutil.wait_procs(processes, timeout=60)
    return [one for one in alive if one.status() != psutil.STATUS_ZOMBIE]


def later(number: signal.Signals) -> object:
    """Each signal is sent once in `make test`, and everywhere in `make torture`."""
    return pytest.param(number, marks=pytest.mark.torture)


@pytest.fixture
def academy(tmp_path: Path) -> Iterator[RunningAcademy]:
    # A path with a space in it, as people have.
    (tmp_path / "data school").mkdir()
    running = RunningAcademy(tmp_path / "data school" / "state")
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()  # a test failed before it could


def test_a_reload_takes_new_settings_up_while_servers_live_on(academy: RunningAcademy) -> None:
    settings = academy.state.parent / "hub.yaml"
    settings.write_text("site:\n  name: First Name\n")
    academy.settings = settings
    academy.start()
    try:
        client = sign_up(academy, "ana-resident")
        servers = server_processes(academy, "ana-resident")
        assert servers

        settings.write_text("site:\n  name: Second Name\n")
        made = academy.run("course", "new", "evening-class")
        assert made.returncode == 0, made.stderr
        asked = academy.run("hub", "reload")
        assert asked.returncode == 0, asked.stderr
        assert "The hub was reloaded" in asked.stdout

        assert is_served(academy, "evening-class")
        assert not is_served(academy, "no-such-course")
        assert "Second Name" in httpx.get(f"{academy.url}hub/login").text
        assert server_processes(academy, "ana-resident") == servers
        assert client.get("user/ana-resident/api/status").json()["kernels"] == 0
        refused_settings_keep_the_hub(academy, settings)
    finally:
        processes = all_of(academy)
        academy.stop()
    assert left_over(processes) == []


def is_served(academy: RunningAcademy, course: str) -> bool:
    """Whether a course has a group in the hub's database, which a script may list."""
    database = sqlite3.connect(academy.state / "hub" / "jupyterhub.sqlite")
    with contextlib.closing(database):
        groups = {row[0] for row in database.execute("SELECT name FROM groups")}
        services = {row[0] for row in database.execute("SELECT name FROM services")}
    return f"nbgrader-{course}" in groups and course in services


def refused_settings_keep_the_hub(academy: RunningAcademy, settings: Path) -> None:
    settings.write_text("site:\n  nme: Third Name\n")

    refused = academy.run("hub", "reload")

    assert refused.returncode == 1
    assert "line 2" in refused.stderr
    settings.write_text("network:\n  base_url: /elsewhere/\n")
    moved = academy.run("hub", "reload")
    assert moved.returncode == 1
    assert "Stop the Academy and start it again to move it" in moved.stderr
    assert httpx.get(f"{academy.url}hub/login").status_code == 200


def server_processes(academy: RunningAcademy, name: str) -> set[int]:
    """Process ids of a learner's server."""
    found = set()
    for process in all_of(academy):
        is_server = process.name() == "academy-server" or "jupyterhub.singleuser" in " ".join(
            process.cmdline()
        )
        if is_server and Path(process.cwd()).name == name:
            found.add(process.pid)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, later(signal.SIGTERM), later(signal.SIGHUP)])
def test_every_signal_ends_all_of_it(academy: RunningAcademy, number: signal.Signals) -> None:
    # A shell that runs a job in the background hands SIGINT down as ignored.
    handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        academy.start()
    finally:
        signal.signal(signal.SIGINT, handler)
    kernel_speaks_over_private_sockets(academy, sign_up(academy, "ana-resident"))
    processes = all_of(academy)
    assert len(processes) >= 6, processes

    code = academy.stop(number)

    assert code == 0, academy.output
    assert left_over(processes) == []
    assert "The Academy is closed. All work is kept." in academy.output
    assert not (academy.state / "hub" / "proxy.pid").exists()


def kernel_speaks_over_private_sockets(academy: RunningAcademy, client: httpx.Client) -> None:
    """Start a kernel in a learner's server and look at where it listens."""
    cookies = {one.value for one in client.cookies.jar if one.name == "_xsrf"}
    for cookie in cookies:
        headers = {"X-XSRFToken": str(cookie)}
        answer = client.post("user/ana-resident/api/kernels", headers=headers, json={})
        if answer.status_code == 201:
            break
    kernel = answer.json()["id"]
    server = min(server_processes(academy, "ana-resident"))
    # As the server sees it: behind a wall the folder is nowhere else.
    root = Path(f"/proc/{server}/root")
    deadline = time.monotonic() + 30
    sockets: list[Path] = []
    while len(sockets) < 5 and time.monotonic() < deadline:
        time.sleep(0.1)
        names = f"kernel-{kernel}-ipc-*"
        sockets = [*root.glob(f"run/academy/*/{names}"), *root.glob(f"tmp/academy-*/*/{names}")]
    assert len(sockets) == 5
    assert all(len(os.fsencode(one.relative_to(root))) <= 80 for one in sockets)
    assert sockets[0].parent.stat().st_mode & 0o077 == 0


def test_a_killed_academy_leaves_nothing_and_starts_again(academy: RunningAcademy) -> None:
    academy.start()
    sign_up(academy, "ana-resident")
    processes = all_of(academy)

    academy.stop(signal.SIGKILL)

    assert left_over(processes) == []
    academy.start()
    assert httpx.get(f"{academy.url}hub/login").status_code == 200
    academy.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, later(signal.SIGHUP), later(signal.SIGINT)])
def test_a_signal_to_make_alone_ends_all_of_it(
    academy: RunningAcademy, number: signal.Signals
) -> None:
    makefile = paths.checkout() / "Makefile"
    with academy.output_file.open("wb") as terminal:
        academy.process = subprocess.Popen(
            ["make", "-f", str(makefile), "serve", f"PORT={academy.port}"],
            cwd=paths.checkout(),
            env=academy.environment,
            stdin=subprocess.DEVNULL,
            stdout=terminal,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # These tests may be run by somebody who ignores a signal, as nohup does.
            preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
        )
    academy.wait_for("Stop it with Ctrl-C", 90)
    processes = all_of(academy)

    academy.stop(number)

    assert left_over(processes) == []


def test_a_taken_port_is_one_sentence(academy: RunningAcademy) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refused = academy.run("hub", "serve", "--port", str(port))

    assert refused.returncode == 1
    assert f"Port {port}" in refused.stderr
    assert "Traceback" not in refused.stderr + refused.stdout


def test_two_academies_on_one_state_directory(academy: RunningAcademy) -> None:
    academy.start()
    try:
        refused = academy.run("hub", "serve", "--port", str(free_port()))
    finally:
        academy.stop()

    assert refused.returncode == 1
    assert "already runs" in refused.stderr


def test_a_state_directory_of_a_newer_version(academy: RunningAcademy) -> None:
    academy.state.mkdir()
    (academy.state / "VERSION").write_text("99\n")

    refused = academy.run("hub", "serve", "--port", str(free_port()))

    assert refused.returncode == 1
    assert "version 99" in refused.stderr
    assert (academy.state / "VERSION").read_text() == "99\n"


def test_reload_without_an_academy(academy: RunningAcademy) -> None:
    refused = academy.run("hub", "reload")

    assert refused.returncode == 1
    assert "No Academy runs" in refused.stderr


def test_an_old_python_is_one_sentence(tmp_path: Path) -> None:
    """The installer is run by whatever Python a machine has; here one that says it is 3.8."""
    installer = str(paths.checkout() / "academy" / "install.py")
    script = (
        "import sys, runpy\n"
        "sys.version_info = (3, 8, 10)\n"
        "sys.argv = ['install.py']\n"
        f"runpy.run_path({installer!r}, run_name='__main__')\n"
    )
    environment = dict(os.environ, PATH=str(tmp_path))

    refused = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False
    )

    assert refused.returncode == 1
    assert "Python 3.11 or newer is needed and this is Python 3.8" in refused.stderr
    assert "Traceback" not in refused.stderr
