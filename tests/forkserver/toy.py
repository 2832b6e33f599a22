"""A parent that imports next to nothing, and whose children run the code that they are given."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from academy.forkserver.child import ForkedChild, fork
from academy.forkserver.nursery import open_door
from forkserver.kernels import descriptors

KIND = "toy"
SCRIPT = """
import os, resource, socket, sys
from academy.forkserver import fresh, parent, protocol

door, user, patience, files = sys.argv[1:]
parent._PATIENCE_SECONDS = float(patience)
if int(files):
    resource.setrlimit(resource.RLIMIT_NOFILE, (int(files), int(files)))
try:
    inside = socket.socket(fileno=int(door))
    parent.Parent(inside, {"toy"}, lambda _process, uid: uid == int(user)).serve()
except parent.Forked as forked:
    descriptors = forked.descriptors
code = protocol.read_memory_file(descriptors[0])["code"]
fresh.restore_signals()
fresh.run_and_end(lambda: exec(code, {"__name__": "__main__", "descriptors": descriptors[1:]}))
"""


@dataclass(frozen=True)
class Toy:
    """A small parent."""

    process: subprocess.Popen[bytes]
    address: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def fork(self, code: str, descriptors: Sequence[int] = ()) -> ForkedChild:
        """Fork a process that runs code."""
        return fork(str(self.address), KIND, [{"code": code}], descriptors)

    def descriptors(self) -> dict[int, str]:
        """Return what it has open when it has done everything that it was asked for."""
        self.fork("").wait(60)
        with self.knock() as connection:
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(1) == b""
        return descriptors(self.pid)

    def knock(self) -> socket.socket:
        """Connect to it, and say nothing yet."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(60)
        connection.connect(str(self.address))
        return connection


@contextmanager
def toy_parent(user: int | None = None, patience: float = 5.0, files: int = 0) -> Iterator[Toy]:
    """Have a small parent for a while.

    Parameters
    ----------
    user
        Whom it serves; without one, who runs the tests.
    patience
        How long it waits for a caller that stops in the middle of a message.
    files
        How many descriptors it may have; 0 for as many as usual.
    """
    served = os.geteuid() if user is None else user
    with tempfile.TemporaryDirectory(prefix="toy-", dir="/tmp") as folder:
        address = Path(folder) / "toy"
        with open_door(address) as door:
            arguments = [str(one) for one in (door.fileno(), served, patience, files)]
            process = subprocess.Popen(
                [sys.executable, "-c", SCRIPT, *arguments], pass_fds=[door.fileno()]
            )
        try:
            yield Toy(process, address)
        finally:
            process.kill()
            process.wait()
