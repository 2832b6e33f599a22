"""The starter's side of the maker of sandboxes: it is started, heard, and ended."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from academy import paths
from academy.errors import AcademyError
from academy.forkserver import nursery, order, warm
from academy.forkserver.celllimits import CellLimits

#: Where the processes of one owner find the maker of their sandboxes.
VARIABLE = "ACADEMY_SANDBOX"
SOCKET = "maker"
_PREFIX = "academy-sandboxes-"
_LOCK = "lock"


class NoSandboxError(AcademyError):
    """There can be no sandboxes on a machine, or for its user.

    Parameters
    ----------
    reason
        Why not.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"Sandboxes can't be made here: {reason}.")


class Making:
    """A maker of sandboxes, and the folder in which it is reached.

    Parameters
    ----------
    limits
        How much each sandbox may use at most.
    uids
        Who may ask for sandboxes.
    at_once
        Whether it imports what lessons use before anybody asks.
    """

    def __init__(self, limits: CellLimits, uids: Collection[int], *, at_once: bool = True) -> None:
        _sweep()
        self.limits = limits
        self.uids = tuple(uids)
        self.at_once = at_once
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
        self._lock = os.open(self.folder / _LOCK, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._process: subprocess.Popen[bytes] | None = None
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        (self.folder / order.CELLS).mkdir()
        # Others may pass to what they know the name of, and not list.
        for place in (self.folder, self.folder / order.CELLS):
            place.chmod(0o711 if set(uids) - {os.geteuid()} else 0o700)

    @property
    def address(self) -> str:
        """The path of its socket; the folder in which it lies must be in sight of who asks."""
        return str(self.folder / SOCKET)

    @property
    def runs(self) -> bool:
        """Whether there is a maker now."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Have it run; nothing happens where it does. To be called in the main thread.

        Raises
        ------
        NoSandboxError
            When it says that it can't make sandboxes.
        """
        if self.runs:
            return
        hears, report = os.pipe()
        with os.fdopen(hears, "rb") as answer:
            try:
                with nursery.open_door(Path(self.address)) as door:
                    self._begin(door.fileno(), report)
            finally:
                os.close(report)
            said = answer.read().decode(errors="replace")
        if said != order.READY:
            self._end()
            raise NoSandboxError(said or "the maker ended without a word")

    def _begin(self, door: int, report: int) -> None:
        if set(self.uids) - {os.geteuid()}:
            Path(self.address).chmod(0o666)  # the maker looks who it is that asks
        wanted = order.Order(
            folder=str(self.folder),
            door=door,
            report=report,
            uids=self.uids,
            limits=self.limits,
            starter=os.getpid(),
            state=str(paths.state()),
            at_once=self.at_once,
        )
        self._process = subprocess.Popen(
            warm.command("academy.forkserver.maker"),
            cwd="/",
            # Whatever is here, strangers can read in their own process.
            env={**warm.ENVIRONMENT, "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            pass_fds=[door, report, self._lock],
        )
        assert self._process.stdin is not None
        with self._process.stdin as told, suppress(BrokenPipeError):
            told.write(wanted.to_text().encode())

    def _end(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            process.terminate()
            process.wait()

    def stop(self) -> None:
        """End it and all that it made, and remove its folder."""
        self._end()
        os.close(self._lock)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def maker_at_hand(limits: CellLimits, uids: Collection[int] = ()) -> Iterator[str]:
    """Have a maker of sandboxes for a while; to be used in the main thread.

    Parameters
    ----------
    limits
        How much each sandbox may use at most.
    uids
        Who may ask for sandboxes; by default, who starts the maker.

    Yields
    ------
    str
        The path of its socket.

    Raises
    ------
    NoSandboxError
        When it says that it can't make sandboxes.
    """
    if not sys.platform.startswith("linux"):
        raise NoSandboxError("only Linux has the walls (namespaces) that are needed")
    making = Making(limits, uids or (os.geteuid(),))
    try:
        making.start()
        yield making.address
    finally:
        making.stop()


def _sweep() -> None:
    """Remove what makers left whose starters were killed; what is held by somebody stays."""
    for folder in Path("/tmp").glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid == os.geteuid() and _is_free(folder / _LOCK):
                shutil.rmtree(folder, ignore_errors=True)


def _is_free(lock: Path) -> bool:
    number = os.open(lock, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(number)
    return True
