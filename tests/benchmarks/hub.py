"""Starting the hub, one learner's lab, and ten learners who press start together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from academy import paths
from benchmarks.row import Row
from running import RunningAcademy, free_port

CLASS = 10
PASSWORD = "red beans and rice"
STOCK_CONFIG = """
c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{port}/"
c.JupyterHub.hub_port = {hub_port}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = [{proxy!r}]
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = {homes!r} + "/{{username}}"
c.Spawner.cmd = [{python!r}, "-m", "jupyterhub.singleuser"]
c.Spawner.args = {arguments!r}
c.Spawner.default_url = "/lab"
c.Spawner.http_timeout = c.Spawner.start_timeout = 600
c.JupyterHub.concurrent_spawn_limit = 1000
"""


@dataclass
class Hub:
    """A hub that runs, and how to come into it."""

    url: str
    form: str
    seconds_to_ready: float
    #: The process below which everything runs.
    pid: int
    #: Where the learners' homes are.
    homes: Path


def measure(folder: Path) -> list[Row]:
    """Measure the stock hub first, then the Academy, each in a fresh state."""
    (folder / "stock").mkdir()
    with stock_hub(folder / "stock") as stock:
        stock_one, stock_ten = _one_and_ten(stock)
    with academy_hub(folder) as academy:
        one, ten = _one_and_ten(academy)
    how = "JupyterHub with SimpleLocalProcessSpawner"
    return [
        Row("hub start to ready", academy.seconds_to_ready, stock.seconds_to_ready, how=how),
        Row("one learner, log-in to lab answered", one, stock_one, how=how),
        Row(f"{CLASS} learners at once, last lab answered", ten, stock_ten, how=how),
    ]


@contextlib.contextmanager
def academy_hub(
    folder: Path, settings: str = "", before: Callable[[str], None] | None = None
) -> Iterator[Hub]:
    """The Academy: a first start makes the state, the second is measured.

    Parameters
    ----------
    folder
        Where its state lies.
    settings
        What stands in hub.yaml; the shipped file when empty.
    before
        What is done in the first of the two, given the address.
    """
    academy = RunningAcademy(folder / "state")
    if settings:
        academy.settings = folder / "hub.yaml"
        academy.settings.write_text(settings)
    academy.start()
    if before:
        before(academy.url)
    academy.stop()
    start = time.monotonic()
    academy.start()
    try:
        assert academy.process is not None
        ready = time.monotonic() - start
        yield Hub(academy.url, "signup", ready, academy.process.pid, academy.state / "homes")
    finally:
        academy.stop(timeout=180)


@contextlib.contextmanager
def stock_hub(folder: Path) -> Iterator[Hub]:
    """JupyterHub as it comes, with a spawner that needs no system accounts."""
    port = free_port()
    config = folder / "jupyterhub_config.py"
    arguments = ["--allow-root"] if os.geteuid() == 0 else []
    values = {
        "port": port,
        "hub_port": free_port(),
        "proxy_port": free_port(),
        "proxy": str(paths.checkout() / ".venv" / "bin" / "configurable-http-proxy"),
        "homes": str(folder),
        "python": sys.executable,
        "arguments": arguments,
    }
    config.write_text(STOCK_CONFIG.format(**values))
    url = f"http://127.0.0.1:{port}/"
    start = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterhub", "-f", str(config)],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=(folder / "log").open("wb"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        _wait(f"{url}hub/health", 60)
        yield Hub(url, "login", time.monotonic() - start, process.pid, folder)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(180)


def _one_and_ten(hub: Hub) -> tuple[float, float]:
    time.sleep(10)  # let services come up: a class does not begin in the hub's first second
    one = _log_in_to_lab(hub, "learner-0")
    with ThreadPoolExecutor(CLASS) as pool:
        start = time.monotonic()
        list(pool.map(lambda n: _log_in_to_lab(hub, f"learner-{n}"), range(1, CLASS + 1)))
        return one, time.monotonic() - start


def _log_in_to_lab(hub: Hub, name: str) -> float:
    """Return the seconds from sending the form to the lab's page."""
    with httpx.Client(base_url=hub.url, follow_redirects=True, timeout=180) as client:
        client.get(f"hub/{hub.form}")
        form = {"username": name, "password": PASSWORD, "password_again": PASSWORD}
        start = time.monotonic()
        client.post(f"hub/{hub.form}", data={**form, "_xsrf": client.cookies["_xsrf"]})
        while time.monotonic() - start < 180:
            answer = client.get(f"user/{name}/lab")
            if answer.status_code == 200 and "jupyter-config-data" in answer.text:
                return time.monotonic() - start
            time.sleep(0.1)
    raise AssertionError(f"{name} got no lab at {hub.url}")


def _wait(url: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url).status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"{url} did not answer in {seconds} seconds")
