"""A nursery: the process from which one learner's kernels are forked.

It is itself a fork of the template, made behind the learner's wall before anything of the
learner's ran, and has the learner's identity. Where there is no template (tests of lessons, a
grading run at a terminal) `python -m academy.forkserver.nursery` is a template and nursery in one.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from academy.forkserver import fresh, warm
from academy.forkserver.kernel import KIND, become_kernel
from academy.forkserver.parent import Forked, Parent
from academy.isolation import syscalls

#: Where the processes of one owner find their nursery.
VARIABLE = "ACADEMY_NURSERY"
SOCKET = "nursery"


def open_door(path: Path) -> socket.socket:
    """Return a socket that listens at a path, for its owner only."""
    with suppress(FileNotFoundError):
        path.unlink()
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    door.bind(str(path))
    path.chmod(0o600)
    door.listen(128)
    return door


def serve(door: socket.socket) -> NoReturn:
    """Fork kernels for whoever has this process's own user id."""
    syscalls.set_name("academy-nursery")
    fresh.restore_signals()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        Parent(door, {KIND}, lambda _process, user: user == os.geteuid()).serve()
    except Forked as forked:
        descriptors = forked.descriptors
    else:
        os._exit(0)
    fresh.run_and_end(lambda: become_kernel(descriptors))


def main() -> NoReturn:
    """Import everything, then serve at the socket that is inherited; end with the starter."""
    syscalls.end_with_parent(signal.SIGTERM)
    del sys.path[0]  # where it was started
    door = socket.socket(fileno=int(sys.argv[1]))
    warm.import_all([*warm.FOR_LESSONS, *warm.FOR_KERNELS])
    serve(door)


if __name__ == "__main__":
    main()
