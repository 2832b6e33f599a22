"""Start the hub, say when it is open, restart it on demand, and end everything."""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from academy import paths
from academy.errors import AcademyError
from academy.forkserver.making import VARIABLE
from academy.hub import ports, processes
from academy.hub.access import SUPERVISOR_VARIABLE
from academy.hub.arrivals import Arrivals
from academy.hub.log_file import last_words, open_log
from academy.hub.prepare import course_ids
from academy.hub.sandboxes import Sandboxes
from academy.hub.settings import (
    SETTINGS_VARIABLE,
    HubSettings,
    address,
    load_settings,
    public_address,
    settings_file,
)

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
RELOAD = signal.SIGUSR1
STOP_SECONDS = 25
LEFTOVER_SECONDS = 5
#: A hub that ends by itself more often than so many times in so many seconds is given up.
MOST_DEATHS = 3
DEATHS_SECONDS = 300
_CONFIG = str(paths.checkout() / "jupyterhub_config.py")
_HUB = [sys.executable, "-m", "academy.hub.app", "-f", _CONFIG]
_READ_CONFIG = (
    "import sys; from traitlets.config.loader import PyFileConfigLoader as Loader; "
    "Loader(sys.argv[1]).load_config()"
)
# A proxy in the environment is for the world outside, not for our own loopback addresses.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Supervisor:
    """The parent of the hub.

    The hub runs in a session of its own, so a Ctrl-C in the terminal reaches only this process,
    which ends the hub, its proxy, all servers and whatever they started, in that order.

    Parameters
    ----------
    url
        The Academy's address, with the base path, e.g. ``http://127.0.0.1:8000/``.
    port
        The port of that address.
    public_url
        The address by which people reach it; the same by default.
    """

    def __init__(self, url: str, port: int, public_url: str = "") -> None:
        self.url = url
        self.public_url = public_url or url
        self.token = secrets.token_hex(32)
        # The hub works in another folder, so what names a file must be a full path.
        self.environment = {
            **os.environ,
            paths.STATE_VARIABLE: str(paths.state()),
            SETTINGS_VARIABLE: str(settings_file()),
            SUPERVISOR_VARIABLE: self.token,
            ports.PUBLIC_PORT_VARIABLE: str(port),
        }
        self.hub: subprocess.Popen[bytes] | None = None
        self.sandboxes = Sandboxes()
        self.arrivals = Arrivals()
        self._deaths: list[float] = []
        self.told_to_stop = processes.watch_make()
        self._wake, self._wakened = os.pipe()

    def start(self) -> None:
        """Take over signals and start the hub."""
        processes.adopt_orphans()
        os.set_blocking(self._wakened, False)
        signal.set_wakeup_fd(self._wakened)
        for number in (*ENDING, RELOAD, signal.SIGCHLD):
            # A real handler, so that a signal that was inherited as ignored is ours again.
            signal.signal(number, lambda *_: None)
        courses = course_ids()
        self._open_for(load_settings(course_ids=courses), courses)
        self._start_hub()

    def _open_for(self, settings: HubSettings, courses: list[str]) -> None:
        """Have what the grading of these courses needs."""
        self.sandboxes.open_for(settings, courses)
        sandbox = self.sandboxes.variables().get(VARIABLE, "")
        self.arrivals.open_for(settings, courses, sandbox, self.sandboxes.reason)

    def _start_hub(self) -> None:
        log = open_log()
        self.hub = subprocess.Popen(
            _HUB,
            cwd=paths.hub_state(),
            env={**self.environment, **self.sandboxes.variables()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.end_with_parent,  # safe: this process has one thread
        )
        log.close()

    def wait_until_open(self, seconds: float) -> bool:
        """Wait until the hub answers through its proxy; False when it was told to stop meanwhile.

        Raises
        ------
        AcademyError
            When the hub ended, or did not answer in time.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._answers():
                return True
            if self._next_signal(0.1) in ENDING:
                return False
            self._check_hub()
        raise AcademyError(
            f"The hub did not answer within {seconds:.0f} seconds. It last said: {last_words()}",
            kept="Everything was stopped; all work is kept.",
            next_step="Look into the log, then try again.",
        )

    def _answers(self) -> bool:
        """Ask the hub itself first: a proxy without a hub logs each question as an error."""
        remembered = ports.internal_ports(["hub"])["hub"]
        direct = f"http://127.0.0.1:{remembered}{urlsplit(self.url).path}"
        try:
            for base in (direct, self.url):
                with _DIRECT.open(f"{base}hub/health", timeout=2):
                    pass
        except OSError:
            return False
        return True

    def run(self) -> None:
        """Stay until a signal ends the Academy; restart the hub when asked."""
        while True:
            self.arrivals.turn()
            timeouts = [1.0 if self.told_to_stop else None, self.arrivals.seconds()]
            timeout = min((one for one in timeouts if one is not None), default=None)
            number = self._next_signal(timeout, self.arrivals.fileno())
            self.sandboxes.mend()
            if number in ENDING or (self.told_to_stop and self.told_to_stop()):
                return
            if number == RELOAD and not self._reload():
                return
            if not self._keep_hub():
                return

    def _keep_hub(self) -> bool:
        """Start the hub again where it ended, also where it ends while starting again.

        Returns
        -------
        bool
            False when a signal to end came meanwhile.
        """
        while True:
            try:
                self._check_hub()
            except AcademyError as error:
                self._count_death(error)
            else:
                return True
            with suppress(AcademyError):
                return self._start_again()

    def _count_death(self, error: AcademyError) -> None:
        """Count a hub that ended by itself; one that ends again and again is given up."""
        now = time.monotonic()
        self._deaths = [moment for moment in self._deaths if now - moment < DEATHS_SECONDS]
        self._deaths.append(now)
        if len(self._deaths) > MOST_DEATHS:
            raise error

    def _start_again(self) -> bool:
        """Start a hub that ended once more, while learners' servers live on.

        Returns
        -------
        bool
            False when a signal to end came meanwhile.

        Raises
        ------
        AcademyError
            When it ended while it started, or does not answer.
        """
        code = self.hub.returncode if self.hub else None
        print(
            f"The hub ended by itself (exit {code}). It is started again; learners' servers live "
            "on, and why it ended may stand in state/hub/hub.log.",
            flush=True,
        )
        processes.end_services(LEFTOVER_SECONDS)
        self._start_hub()
        return self.wait_until_open(60)

    def _check_hub(self) -> None:
        assert self.hub is not None
        self._reap()
        if self.hub.returncode is not None:
            raise AcademyError(
                f"The hub ended by itself (exit {self.hub.returncode}). "
                f"It last said: {last_words()}",
                kept="Everything was stopped; all work is kept.",
                next_step="Mend what it says, then start again.",
            )

    def _reload(self) -> bool:
        """Restart the hub while servers live on; False when told to stop meanwhile.

        Whatever can be wrong is looked for before the old hub is asked to leave.
        """
        try:
            self._try_new_configuration()
            self._ask_hub_to_leave()
        except Exception as error:  # noqa: BLE001 - told; servers must not fall with a reload
            self._say_reloaded(f"Not reloaded. {error}")
            return True
        if not self._wait_for_hub(STOP_SECONDS):
            return False
        self._start_hub()
        if not self.wait_until_open(60):
            return False
        self._say_reloaded("The hub was reloaded.")
        return True

    def _try_new_configuration(self) -> None:
        """Prepare the state and let JupyterHub read the configuration in a process of its own."""
        from academy.hub.prepare import prepare_state

        courses = course_ids()
        settings = load_settings(course_ids=courses)
        self._require_same_address(settings)
        for finding in prepare_state(settings):
            print(f"  note: {finding}", flush=True)
        done = subprocess.run(
            [sys.executable, "-c", _READ_CONFIG, _CONFIG],
            cwd=paths.hub_state(),
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise AcademyError(
                f"JupyterHub can't read the new configuration: {done.stderr.strip()[-600:]}",
                kept="The hub goes on with the old one.",
                next_step="Mend it, then reload again.",
            )
        self._open_for(settings, courses)

    def _say_reloaded(self, sentence: str) -> None:
        """Tell the terminal, and the command that asked."""
        print(sentence, flush=True)
        paths.write_atomically(reload_answer(), sentence)

    def _require_same_address(self, settings: HubSettings) -> None:
        """Refuse a reload that would move the Academy away from under its learners."""
        port = urlsplit(self.url).port or 0
        opened = (self.url, self.public_url)
        wanted = (address(settings, port), public_address(settings, port))
        if wanted != opened:
            raise AcademyError(
                f"The settings now say {' and '.join(dict.fromkeys(wanted))}, and the Academy is "
                f"open at {' and '.join(dict.fromkeys(opened))}.",
                kept="Nothing was changed.",
                next_step="Stop the Academy and start it again to move it.",
            )

    def _ask_hub_to_leave(self) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own hub
            f"{self.url}hub/api/shutdown",
            data=json.dumps({"servers": False, "proxy": False}).encode(),
            headers={"Authorization": f"token {self.token}"},
            method="POST",
        )
        with _DIRECT.open(request, timeout=10):
            pass

    def stop(self) -> None:
        """End the hub and everything below this process, and wait until it is gone."""
        self.arrivals.close()
        known = processes.descendants()
        if self.hub is not None and self.hub.returncode is None:
            self.hub.terminate()
            self._wait_for_hub(STOP_SECONDS)
        self.sandboxes.close()
        processes.end_all(known, LEFTOVER_SECONDS)
        processes.reap()

    def _wait_for_hub(self, seconds: float) -> bool:
        """Wait for the hub to end; a second signal, or the end of patience, kills it.

        Returns
        -------
        bool
            False when a signal to end came meanwhile.
        """
        assert self.hub is not None
        deadline = time.monotonic() + seconds
        undisturbed = True
        while self.hub.returncode is None:
            left = deadline - time.monotonic()
            if self._next_signal(max(0.0, min(left, 1.0))) in ENDING:
                undisturbed = False
            if left <= 0 or not undisturbed:
                self.hub.kill()
            self._reap()
        return undisturbed

    def _reap(self) -> None:
        """Take note of every process that ended."""
        assert self.hub is not None
        ended = processes.reap()
        self.arrivals.ended(ended)
        if self.hub.pid in ended:
            self.hub.returncode = ended[self.hub.pid]

    def _next_signal(self, timeout: float | None, other: int = -1) -> int | None:
        """Return the next signal, or None when the time is over or only a child ended.

        Something to read at another descriptor ends the waiting too.
        """
        watched = [self._wake, *([other] if other >= 0 else [])]
        ready, _, _ = select.select(watched, [], [], timeout)
        if self._wake not in ready:
            return None
        number = os.read(self._wake, 1)[0]
        return None if number == signal.SIGCHLD else number


def reload_answer() -> Path:
    """Return the file in which a reload says how it went."""
    return paths.hub_state() / "reload.txt"
