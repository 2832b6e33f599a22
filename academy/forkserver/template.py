"""The template: ``python -m academy.forkserver.template SOCKET``, started by the hub.

It imports everything that servers and kernels use, then waits for the hub to ask for servers. It
has one thread, runs nothing of a learner's, and knows no token: what a server must know travels
past it, unread. It ends with the hub; what it forked lives on.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import NoReturn

from academy.forkserver import fresh, warm
from academy.forkserver.parent import Forked, Parent
from academy.forkserver.server import KIND, become_launcher
from academy.isolation import syscalls

EVERYTHING = (*warm.FOR_LESSONS, *warm.FOR_KERNELS, *warm.FOR_SERVERS)


def main() -> NoReturn:
    """Import everything, then serve the hub that started it."""
    syscalls.end_with_parent(signal.SIGTERM)
    syscalls.set_name("academy-fork")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the hub's Ctrl-C; the hub ends us in its time
    hub = int(sys.argv[2])
    if os.getppid() != hub:  # it died before it could be watched
        sys.exit(1)
    del sys.path[0]  # where it was started
    door = socket.socket(fileno=int(sys.argv[1]))
    warm.import_all(EVERYTHING)
    _serve(door, hub)


def _serve(door: socket.socket, hub: int) -> NoReturn:
    try:
        Parent(door, {KIND}, lambda process, user: (process, user) == (hub, os.geteuid())).serve()
    except Forked as forked:
        descriptors = forked.descriptors
    else:
        os._exit(0)
    fresh.run_and_end(lambda: sys.exit(become_launcher(descriptors)))


if __name__ == "__main__":
    main()
