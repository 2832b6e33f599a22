"""What an attempt is, what it is told, and the list of all attempts.

Everything in this folder but `judges`, `browser`, `stock` and `table` runs inside a learner's lab:
the standard library alone, and nothing of the Academy.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Result = Literal["held", "succeeded", "planted", "not run", "broken"]
Who = Literal["learner", "instructor", "browser"]
#: The groups in the order in which they are tried and shown, whichever module is imported first.
HEADINGS = (
    "Another's home",
    "Others' processes",
    "Shared memory, local sockets, keys",
    "The network",
    "The hub's own files",
    "The hub's API, with our own server's token",
    "With the own session in a browser",
    "Courses, solutions, gradebook",
    "The exchange's files",
    "Handing in, with lies",
    "What everybody runs",
    "Doors of the system",
    "More than a fair share",
    "Living on after the server was stopped",
    "Traps laid out in the home for the hub",
    "A hostile instructor of another course",
)
SECRET_PATTERN = re.compile(rb"secret-[0-9a-f]{32}")


@dataclass(frozen=True)
class Process:
    """A process of somebody else, as the machine itself numbers it."""

    pid: int
    started: int  # clock ticks since the machine started, the same in every view


@dataclass(frozen=True)
class Facts:
    """What the attacker knows: where everything is and what it is called, but no secret.

    A wall that holds only while nobody knows what is behind it is none, so a good deal is told.
    """

    me: str
    victim: str
    course: str
    other_course: str
    assignment: str
    state: str
    checkout: str
    settings: str
    trap: str
    secret_hashes: list[str]
    victim_uid: int
    processes: dict[str, Process]  # hub, supervisor, server, kernel, program
    ports: dict[str, int]  # proxy_api, server, formgrader, canary, victim, squat
    kernel_sockets: list[str]
    abstract_names: list[str]
    shared_memory_keys: list[int]
    pid_namespace: str
    memory_bytes: int
    most_processes: int
    file_bytes: int
    tmp_bytes: int

    @property
    def home(self) -> Path:
        """The attacker's home."""
        return Path(self.state, "homes", self.me)

    @property
    def victim_home(self) -> Path:
        """The victim's home."""
        return Path(self.state, "homes", self.victim)

    @property
    def hub(self) -> Path:
        """The hub's folder."""
        return Path(self.state, "hub")

    @property
    def live_course(self) -> Path:
        """The live course that the attacker takes."""
        return Path(self.state, "courses", self.course)

    @property
    def exchange(self) -> Path:
        """The exchange of the course that the attacker takes."""
        return Path(self.state, "exchange", self.course)

    def is_secret(self, content: bytes) -> bool:
        """Whether something holds one of the victim's secrets."""
        return any(
            hashlib.sha256(found).hexdigest() in self.secret_hashes
            for found in SECRET_PATTERN.findall(content)
        )


@dataclass(frozen=True)
class Outcome:
    """How an attempt went, and how one sees it."""

    result: Result
    evidence: str


def held(evidence: str) -> Outcome:
    """The wall held."""
    return Outcome("held", evidence)


def succeeded(evidence: str) -> Outcome:
    """The attacker got what they wanted."""
    return Outcome("succeeded", evidence)


def planted(evidence: str) -> Outcome:
    """Something was laid out; whether it worked is judged from outside, later."""
    return Outcome("planted", evidence)


def too_dangerous(evidence: str) -> Outcome:
    """There is no wall here that could hold, and to prove it would harm the machine."""
    return Outcome("not run", evidence)


@dataclass(frozen=True)
class Attempt:
    """One thing that a hostile learner tries.

    Parameters
    ----------
    name
        Its name in tests and in the table.
    group
        The heading in the table.
    run
        The attempt; its docstring says what is tried.
    behind, open, stock
        What is expected behind the walls, on one system user without walls, and for those that
        are about the exchange's files, on a plain nbgrader exchange with several system users.
    note
        Where something succeeds behind the walls: what closes it. Where it fails without: why.
    who
        Whose lab it runs in.
    last
        It harms the attacker's own lab, so it comes last.
    """

    name: str
    group: str
    run: Callable[..., Outcome]
    behind: Result = "held"
    open: Result = "succeeded"
    stock: Result | None = None
    note: str = ""
    who: Who = "learner"
    last: bool = False
    killed: bool = False

    @property
    def tries(self) -> str:
        """What is tried, in a sentence."""
        return (self.run.__doc__ or "").strip().splitlines()[0]


@dataclass
class Catalogue:
    """All attempts by name."""

    taken: dict[str, Attempt] = field(default_factory=dict)

    @property
    def attempts(self) -> dict[str, Attempt]:
        """The attempts in the order of the headings."""
        every = sorted(self.taken.values(), key=lambda one: HEADINGS.index(one.group))
        return {one.name: one for one in every}

    def __call__(self, group: str, **more: object) -> Callable[..., Callable[..., Outcome]]:
        """Return a decorator that takes a function into the catalogue."""

        def take(function: Callable[..., Outcome]) -> Callable[..., Outcome]:
            name = function.__name__.replace("_", "-")
            assert name not in self.taken, name
            assert group in HEADINGS, group
            assert function.__doc__, name
            self.taken[name] = Attempt(name, group, function, **more)  # type: ignore[arg-type]
            return function

        return take

    def of(self, who: Who, *, last: bool = False) -> list[Attempt]:
        """Return the attempts of somebody, either the harmful ones or the others."""
        return [one for one in self.attempts.values() if (one.who, one.last) == (who, last)]


attempt = Catalogue()


def read(path: Path | str, most: int = 1 << 20) -> bytes:
    """Return the beginning of a file."""
    with Path(path).open("rb") as file:
        return file.read(most)


def can_read(path: Path | str) -> Outcome:
    """Succeed when a file can be read."""
    return succeeded(f"read {len(read(path))} bytes of {path}")


def can_write(folder: Path | str) -> Outcome:
    """Succeed when a file can be made in a folder; it is taken away again."""
    file = Path(folder, "hostile-was-here")
    file.write_text("")
    file.unlink()
    return succeeded(f"made a file in {folder}")


def can_change(path: Path | str) -> Outcome:
    """Succeed when an existing file can be opened to be written; nothing is written."""
    with Path(path).open("r+b"):
        return succeeded(f"opened {path} to write")


def can_open_below(folder: int, name: str) -> Outcome:
    """Succeed when a file below an open folder can be read."""
    file = os.open(name, os.O_RDONLY, dir_fd=folder)
    return succeeded(f"read {len(os.read(file, 1000))} bytes of {name}")


def search(facts: Facts, paths: Iterable[Path]) -> Outcome:
    """Succeed when one of many files holds a secret of the victim's."""
    seen = 0
    for path in paths:
        try:
            content = read(path)
        except OSError:
            continue
        seen += 1
        if facts.is_secret(content):
            return succeeded(f"the victim's secret stands in {path}")
    return held(f"{seen} files could be read, none holds a secret of the victim's")
