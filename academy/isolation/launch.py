"""Put a command behind the wall and hold its doors: ``python -m academy.isolation.launch``.

Three processes: the *launcher* (root, outside) holds the doors and waits; the *first process* of
the private process space (the user) takes in orphans and ends everything when the command ends;
the *command*. Whichever of them is killed, nothing of the view lives on.

The plan comes in the environment variable `VARIABLE`, which the command does not inherit; no
secret is in it or in the command line.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from academy.isolation import cgroups, syscalls
from academy.isolation.become import become
from academy.isolation.doors import Doors, Way, listening_inside
from academy.isolation.limits import Limits
from academy.isolation.view import Bind, View, enter_view

VARIABLE = "ACADEMY_LAUNCH"
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
COULD_NOT_BUILD = 70


@dataclass(frozen=True)
class Plan:
    """Everything that the launcher must know.

    Parameters
    ----------
    command
        The program and its arguments.
    uid
        The user id, which is also the group id.
    groups
        Further group ids.
    folder
        The working directory inside.
    umask
        Permission bits that new files don't get.
    view, limits
        What the command sees, and how much it may use.
    ways_out
        Addresses outside that it may reach, each under the same port inside.
    listens_on
        Port on which it will listen on loopback inside; 0 if it does not.
    door
        Descriptor of the socket, listening outside, that leads to that port; without one
        (-1) the launcher opens the same port of loopback outside.
    ends_with_parent
        Whether it ends when the process that started the launcher dies.
    speaks_for_itself
        Whether the command writes to the launcher's own output and error output, which must then
        be pipes; otherwise the launcher copies a bounded part of both to its error output.
    """

    command: list[str]
    uid: int
    folder: str
    view: View
    groups: list[int] = field(default_factory=list)
    umask: int = 0o077
    limits: Limits = field(default_factory=Limits)
    ways_out: list[Way] = field(default_factory=list)
    listens_on: int = 0
    door: int = -1
    ends_with_parent: bool = False
    speaks_for_itself: bool = False

    def to_environment(self) -> dict[str, str]:
        """Return the variable that carries the plan."""
        return {VARIABLE: self.to_text()}

    def to_text(self) -> str:
        """Return the plan as a line of text."""
        return json.dumps(asdict(self))


def command() -> list[str]:
    """Return the launcher's own command.

    It runs as root, so it takes no module from the folder that it starts in, from a home or from
    a variable.
    """
    return [sys.executable, "-I", "-m", "academy.isolation.launch"]


def read_plan(text: str) -> Plan:
    """Read the plan from what `Plan.to_text` wrote."""
    raw: dict[str, Any] = json.loads(text)
    view = raw["view"]
    raw["view"] = View(
        binds=tuple(Bind(**bind) for bind in view["binds"]),
        files=view["files"],
        private=tuple(view["private"]),
        tmp_bytes=view["tmp_bytes"],
    )
    raw["limits"] = Limits(**raw["limits"])
    raw["ways_out"] = [Way(**way) for way in raw["ways_out"]]
    return Plan(**raw)


#: Starts the command behind the wall, as the user; returns its process id.
Start = Callable[[Plan], int]


def main() -> NoReturn:
    """Launch what the environment says and end as it ends."""
    plan = read_plan(os.environ[VARIABLE])
    del os.environ[VARIABLE]
    sys.exit(launch(plan, _start_command))


def launch(plan: Plan, start: Start, keep: Collection[int] = ()) -> int:
    """Build the wall, start what belongs behind it, hold the doors; return how it ended.

    Parameters
    ----------
    plan
        The plan.
    start
        Starts the command.
    keep
        Descriptors that `start` needs; all others are closed behind the wall.
    """
    if plan.ends_with_parent:
        syscalls.end_with_parent(signal.SIGTERM)
    # Whatever the starter's shell has: folders on the way to what is seen must be open inside.
    os.umask(0o022)
    _use_all_descriptors()
    # From here on signals wait until somebody can pass them on.
    signal.pthread_sigmask(signal.SIG_BLOCK, FORWARDED)
    group = cgroups.Group(f"{plan.uid}-{os.getpid()}", cgroups.usable())
    group.make(plan.limits)
    try:
        return _launch(plan, group, start, frozenset(keep))
    finally:
        group.remove()


def _launch(plan: Plan, group: cgroups.Group, start: Start, keep: frozenset[int]) -> int:
    outside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    syscalls.unshare(syscalls.CLONE_NEWNET)
    syscalls.bring_up_loopback()
    inside = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    ways = [(way, listening_inside(way.port)) for way in plan.ways_out]
    syscalls.setns(outside, syscalls.CLONE_NEWNET)
    words, said = os.pipe()
    door = _door(plan)
    syscalls.unshare(syscalls.CLONE_NEWPID)
    child = os.fork()
    if child == 0:
        _first_process(plan, group, (inside, said), start, keep)
    os.close(said)
    for number in keep:
        os.close(number)
    doors = Doors(inside, outside, door=door, listens_on=plan.listens_on, ways=ways, words=words)
    return doors.hold(child, FORWARDED)


def _use_all_descriptors() -> None:
    """Raise the soft limit of open files to the hard one: a launcher holds many connections."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _door(plan: Plan) -> socket.socket | None:
    """Return the socket outside through which others come in."""
    if plan.door >= 0:
        return socket.socket(fileno=plan.door)
    return socket.create_server(("127.0.0.1", plan.listens_on)) if plan.listens_on else None


def _first_process(
    plan: Plan,
    group: cgroups.Group,
    descriptors: tuple[int, int],
    start: Start,
    keep: frozenset[int],
) -> NoReturn:
    """Become the user's first process; it never returns to the launcher's code."""
    network, said = descriptors
    status = COULD_NOT_BUILD
    try:
        syscalls.end_with_parent(signal.SIGKILL)
        group.enter()
        syscalls.setns(network, syscalls.CLONE_NEWNET)
        syscalls.unshare(syscalls.CLONE_NEWNS | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS)
        socket.sethostname("academy")
        enter_view(plan.view, plan.uid)
        _keep_only_words(plan, said, keep)
        _become(plan, group)
        status = _run(plan, start)
    except BaseException as error:  # noqa: BLE001 - it is said, and the process ends
        print(f"The wall could not be built: {error!r}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _keep_only_words(plan: Plan, said: int, keep: frozenset[int]) -> None:
    """Keep nothing to read, a pipe for what is said, and what the start needs."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if not plan.speaks_for_itself:
        os.dup2(said, 1)
        os.dup2(said, 2)
    for number in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if number > 2 and number not in keep:
            with suppress(OSError):
                os.close(number)


def _become(plan: Plan, group: cgroups.Group) -> None:
    """Take on the identity, for good."""
    become(plan.uid, plan.uid, plan.groups, plan.limits, group.holds)
    os.umask(plan.umask)
    os.chdir(plan.folder)


def _run(plan: Plan, start: Start) -> int:
    """Start the command, pass signals on, take in orphans; return how the command ended."""
    child = start(plan)
    for number in FORWARDED:
        signal.signal(number, lambda received, _frame: _pass_on(child, received))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, FORWARDED)
    while True:
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _pass_on(child: int, number: int) -> None:
    os.kill(child, number)


def _start_command(plan: Plan) -> int:
    return os.fork() or _execute(plan)


def _execute(plan: Plan) -> NoReturn:
    try:
        os.setsid()
        for number in range(1, signal.NSIG):
            if number not in (signal.SIGKILL, signal.SIGSTOP):
                with suppress(OSError, ValueError):
                    signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        os.execvpe(plan.command[0], plan.command, os.environ)
    except BaseException as error:  # noqa: BLE001 - it is said, and the process ends
        print(f"{plan.command[0]} could not be started: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(127)


if __name__ == "__main__":
    main()
