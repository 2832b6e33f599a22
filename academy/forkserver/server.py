"""What a fork becomes when a learner's server is asked for.

The fork is the launcher of `academy.isolation.launch`, outside the wall. Behind the wall, where
otherwise the server's command would be started, the first process forks twice more: the server,
and beside it the nursery of its kernels. Neither knows more than the learner may know.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from academy.forkserver import fresh, nursery, protocol, warm
from academy.isolation import syscalls
from academy.isolation.launch import FORWARDED, Plan, launch, read_plan

KIND = "server"
#: The module by which the hub starts a server.
MODULE = "jupyterhub.singleuser"


def become_launcher(descriptors: Sequence[int]) -> int:
    """Be the launcher of a learner's server until the server ends; return its exit code.

    Parameters
    ----------
    descriptors
        The plan and the server's environment (memory files), the socket that leads in.
    """
    plan_file, environment, door = descriptors
    os.setsid()
    syscalls.set_name("academy-wall")
    # The learner's environment is not read here: only the server needs to know it.
    plan = replace(read_plan(protocol.read_memory_file(plan_file)["plan"]), door=door)
    fresh.restore_signals()
    keep = [environment, *warm.held()]
    return launch(plan, lambda inside: _start(inside, environment), keep)


def _start(plan: Plan, environment: int) -> int:
    """Fork the nursery and the server; return the server's process id."""
    address = Path(plan.view.private[0]) / nursery.SOCKET
    if os.fork() == 0:
        _become_nursery(address, environment)
    server = os.fork()
    if server == 0:
        _become_server(plan, environment, address)
    os.close(environment)
    return server


def _become_nursery(address: Path, environment: int) -> NoReturn:
    try:
        os.close(environment)
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
        nursery.serve(nursery.open_door(address))
    finally:
        os._exit(1)


def _become_server(plan: Plan, environment: int, address: Path) -> NoReturn:
    os.setsid()
    syscalls.set_name("academy-server")
    fresh.restore_signals()
    variables = {**protocol.read_memory_file(environment), nursery.VARIABLE: str(address)}
    arguments = plan.command[plan.command.index(MODULE) :]
    fresh.run_and_end(lambda: _serve(variables, plan.folder, arguments))


def _serve(variables: dict[str, str], folder: str, arguments: list[str]) -> None:
    fresh.renew(variables, folder, arguments)
    from jupyterhub.singleuser import main

    sys.argv = arguments
    main()
