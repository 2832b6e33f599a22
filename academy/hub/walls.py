"""What each process of the Academy sees and may use, where the machine can wall them off.

Every view is an allow-list. No learner sees the checkout's ``courses/`` or its history, which
hold solutions; nobody but the hub sees its database, secrets and settings.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from academy import paths
from academy.errors import AcademyError
from academy.hub import ports
from academy.hub.settings import HubSettings, IsolationSettings
from academy.isolation import support
from academy.isolation.doors import Way
from academy.isolation.identity import Identities, Identity
from academy.isolation.launch import Plan
from academy.isolation.limits import MIB, Limits
from academy.isolation.view import Bind, View, account_files

#: Tells every process of the Academy whether there are walls: ``on`` or ``off``.
ISOLATION_VARIABLE = "ACADEMY_ISOLATION"
EXCHANGE_UID_VARIABLE = "ACADEMY_EXCHANGE_UID"
EXCHANGE = "exchange"
# Instructors of one course share its files, and nobody else has their groups.
SHARED_UMASK = 0o007
# The service hands each file on to the course's own group.
EXCHANGE_UMASK = 0o027


@dataclass(frozen=True)
class Standing:
    """Whether learners are walled off from each other, and if not, why.

    Parameters
    ----------
    is_on
        Whether they are.
    reasons
        Why not; empty when they are.
    """

    is_on: bool
    reasons: tuple[str, ...] = ()


def standing(settings: HubSettings) -> Standing:
    """Return how this Academy stands: what the operator wants and what the machine can do.

    Raises
    ------
    AcademyError
        When the operator requires walls that the machine can't give, or wants to listen to the
        world without them.
    """
    mode = settings.isolation.mode
    reasons = ("hub.yaml says so",) if mode == "off" else support.why_not()
    if reasons and (mode == "required" or not settings.network.is_loopback):
        wants = "'isolation: mode' is required" if mode == "required" else "the address is public"
        raise AcademyError(
            f"Learners can't be walled off from each other here ({'; '.join(reasons)}), and "
            f"{wants} in the settings.",
            kept="Nothing was started.",
            next_step="Start the Academy as root on Linux, or set 'isolation: mode' to auto and "
            "'network: address' to 127.0.0.1.",
        )
    return Standing(not reasons, reasons)


def environment(settings: HubSettings) -> dict[str, str]:
    """Return the variables that tell the Academy's processes how it stands."""
    if not standing(settings).is_on:
        return {ISOLATION_VARIABLE: "off"}
    owner = identities().of("service", EXCHANGE).uid
    return {ISOLATION_VARIABLE: "on", EXCHANGE_UID_VARIABLE: str(owner)}


def identities() -> Identities:
    """Return the register of identities."""
    return _identities(paths.hub_state() / "identities.sqlite")


@functools.cache
def _identities(file: Path) -> Identities:
    return Identities(file)


def runtime_folder(identity: Identity) -> str:
    """Return the private, short run-time directory inside a view; sockets lie there."""
    return f"/run/academy/{identity.uid}"


def learner_plan(
    name: str,
    command: Sequence[str],
    *,
    home: Path,
    courses: Sequence[str],
    taught: Sequence[str],
    door: int,
    port: int,
    settings: IsolationSettings,
) -> Plan:
    """Return how a learner's server is walled off.

    Parameters
    ----------
    name
        The learner.
    command
        The server's command.
    home
        The learner's home.
    courses, taught
        Ids of the courses that they take, and that they teach.
    door
        Descriptor of the socket that listens for the server outside.
    port
        The port on which the server will listen inside.
    settings
        How much it may use.
    """
    register = identities()
    who = register.of("learner", name)
    teaches = [register.of("course", course) for course in taught]
    binds = [*_everybody(), Bind(str(home), writable=True)]
    for course in {*courses, *taught}:
        binds += [
            Bind(str(paths.published_lessons() / f"{course}.git")),
            Bind(str(paths.exchange() / course / "outbound")),
        ]
    for course in taught:
        binds += _live_course(course)
    people = [(who, str(home)), *((one, "/") for one in teaches)]
    return Plan(
        command=list(command),
        uid=who.uid,
        groups=[one.gid for one in teaches],
        folder=str(home),
        umask=SHARED_UMASK if taught else 0o077,
        view=_view(binds, people, who, settings),
        limits=limits(settings),
        ways_out=[*_hub_and_exchange(), *_services(taught)],
        listens_on=port,
        door=door,
    )


def course_plan(
    course: str,
    command: Sequence[str],
    *,
    port: int = 0,
    sandbox: str = "",
    settings: IsolationSettings,
) -> Plan:
    """Return how a course's own process is walled off: its formgrader, or a step of grading.

    Parameters
    ----------
    course
        The course's id.
    command
        The command. It starts in the course's own home, where instructors lay nothing.
    port
        The port on which it listens; 0 if it does not.
    sandbox
        The socket of the maker of sandboxes; empty if it runs nothing that learners handed in.
    settings
        How much it may use.
    """
    register = identities()
    who, exchange = register.of("course", course), register.of("service", EXCHANGE)
    home = service_home(course)
    binds = [
        *_everybody(),
        *_live_course(course),
        Bind(str(home), writable=True),
        Bind(str(paths.published_lessons() / f"{course}.git"), writable=True),
        Bind(str(paths.exchange() / course), writable=True),
        Bind(str(paths.state() / "receipts" / f"{course}.jsonl")),
        Bind(str(paths.shipped_courses() / course)),
        *([Bind(str(Path(sandbox).parent))] if sandbox else []),
    ]
    people = [(who, str(home)), (exchange, "/")]
    return Plan(
        command=list(command),
        uid=who.uid,
        folder=str(home),
        umask=SHARED_UMASK,
        view=_view(binds, people, who, settings),
        limits=limits(settings),
        ways_out=_hub_and_exchange() if port else [],
        listens_on=port,
        ends_with_parent=True,
        speaks_for_itself=not port,
    )


def exchange_plan(
    command: Sequence[str], courses: Iterable[str], *, port: int, settings: IsolationSettings
) -> Plan:
    """Return how the exchange service is walled off; see `course_plan`."""
    register = identities()
    who = register.of("service", EXCHANGE)
    members = [register.of("course", course) for course in courses]
    binds = [
        *_everybody(),
        Bind(str(paths.exchange()), writable=True),
        Bind(str(paths.state() / "receipts"), writable=True),
    ]
    people = [(who, "/"), *((one, "/") for one in members)]
    return Plan(
        command=list(command),
        uid=who.uid,
        groups=[one.gid for one in members],
        folder=str(paths.exchange()),
        umask=EXCHANGE_UMASK,
        view=_view(binds, people, who, settings),
        limits=limits(settings),
        ways_out=[Way("127.0.0.1", ports.internal_ports(["hub"])["hub"])],
        listens_on=port,
        ends_with_parent=True,
    )


def limits(settings: IsolationSettings) -> Limits:
    """Return the operator's limits in the units of the system."""
    return Limits(
        memory_bytes=settings.memory_mb * MIB,
        processes=settings.processes,
        cpus=settings.cpus,
        open_files=settings.open_files,
        file_bytes=settings.file_mb * MIB,
        tmp_bytes=settings.tmp_mb * MIB,
    )


def service_home(course: str) -> Path:
    """Return the home of a course's own processes."""
    return paths.hub_state() / "services" / course


def lock_file(course: str) -> Path:
    """Return the file by which processes of the Academy take turns at a live course."""
    return paths.live_courses() / f".{course}.lock"


def _everybody() -> list[Bind]:
    """What every process needs: the interpreter, the packages, the Academy, the data."""
    checkout = paths.checkout()
    names = [sys.base_prefix, sys.prefix, checkout / "academy", checkout / "datasets"]
    names += [checkout / "grading", paths.refreshed_datasets()]
    return [Bind(str(name)) for name in names]


def _live_course(course: str) -> list[Bind]:
    return [
        Bind(str(paths.live_courses() / course), writable=True),
        Bind(str(lock_file(course)), writable=True),
    ]


def _view(
    binds: Iterable[Bind],
    people: list[tuple[Identity, str]],
    who: Identity,
    settings: IsolationSettings,
) -> View:
    accounts = [(one.login, one.uid, home) for one, home in people]
    # Git asks who owns a repository. The ones in sight belong to courses that are trusted here.
    trusted = "[safe]\n\tdirectory = *\n"
    files = {**account_files(accounts), "/etc/gitconfig": trusted}
    return View(tuple(binds), files, (runtime_folder(who),), settings.tmp_mb * MIB)


def _hub_and_exchange() -> list[Way]:
    numbers = ports.internal_ports(["hub", EXCHANGE])
    return [Way("127.0.0.1", number) for number in numbers.values()]


def _services(courses: Sequence[str]) -> list[Way]:
    return [Way("127.0.0.1", number) for number in ports.internal_ports(courses).values()]
