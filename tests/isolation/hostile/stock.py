"""The same attempts on a plain nbgrader exchange: real system users, nothing of the Academy.

The exchange is as nbgrader's manual wants it: one folder that everybody may write. The people are
system users that this machine has anyway, because nbgrader looks their names up.
"""

from __future__ import annotations

import json
import os
import pwd
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from io import StringIO
from logging import StreamHandler
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.apps import NbGrader
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from nbgrader.exchange.default import (
    ExchangeCollect,
    ExchangeFetchAssignment,
    ExchangeReleaseAssignment,
    ExchangeSubmit,
)
from traitlets.config import Config

from .catalogue import Attempt, Facts, Outcome
from .run import outcome_of

COURSE, OTHER_COURSE, ASSIGNMENT = "start-here", "evening-class", "load-and-count"


@dataclass(frozen=True)
class Person:
    """A system user."""

    name: str
    uid: int


def people() -> list[Person]:
    """Return system users of this machine that are not root."""
    return [Person(one.pw_name, one.pw_uid) for one in pwd.getpwall() if one.pw_uid > 0]


def as_person(person: Person, step: Callable[[], Any]) -> Any:
    """Do something as a system user, in a child process, and return what it returns.

    Raises
    ------
    AssertionError
        When it failed; with what it said.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        told: dict[str, Any] = {"failed": "it ended early"}
        try:
            os.setgroups([])
            os.setresgid(person.uid, person.uid, person.uid)
            os.setresuid(person.uid, person.uid, person.uid)
            os.umask(0o022)
            told = {"done": step()}
        except BaseException:  # noqa: BLE001 - told to the parent
            told = {"failed": traceback.format_exc()}
        finally:
            os.write(writing, json.dumps(told).encode()[-60_000:])
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told_by_child:
        answer = json.loads(told_by_child.read())
    os.waitpid(child, 0)
    assert "failed" not in answer, answer["failed"]
    return answer["done"]


@dataclass
class StockExchange:
    """A course on a plain exchange, with an instructor, a victim and an attacker.

    Parameters
    ----------
    folder
        A folder that everybody may enter.
    """

    folder: Path
    instructor: Person = field(default_factory=lambda: people()[0])
    victim: Person = field(default_factory=lambda: people()[1])
    attacker: Person = field(default_factory=lambda: people()[2])
    latecomer: Person = field(default_factory=lambda: people()[3])

    @property
    def exchange(self) -> Path:
        """The exchange."""
        return self.folder / "exchange"

    def home(self, person: Person) -> Path:
        """Return a person's home."""
        return self.folder / "homes" / person.name

    def make(self) -> StockExchange:
        """Set it up as the manual says, release an assignment, let two people hand in."""
        self.folder.chmod(0o755)
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        for one in (self.instructor, self.victim, self.attacker):
            home = self.home(one)
            home.mkdir(parents=True)
            os.chown(home, one.uid, one.uid)
        as_person(self.instructor, self._release)
        self._make_gradebook()
        self.hand_in(self.victim, "written by the victim")
        self.hand_in(self.attacker, "written by the attacker, in time")
        return self

    def _release(self) -> None:
        for course in (COURSE, OTHER_COURSE):
            release = self.home(self.instructor) / course / "release" / ASSIGNMENT
            release.mkdir(parents=True)
            _write(release, "the assignment")
            self._do(ExchangeReleaseAssignment, self.instructor, course)

    def _make_gradebook(self) -> None:
        """Make it for the instructor: nbgrader starts a program of our environment for that."""
        file = self.home(self.instructor) / COURSE / "gradebook.db"
        code = f"import nbgrader.api as api; api.Gradebook('sqlite:///{file}', '{COURSE}').close()"
        programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = dict(os.environ, PATH=programs)
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
        os.chown(file, self.instructor.uid, self.instructor.uid)

    def hand_in(self, person: Person, words: str) -> None:
        """Fetch, write and submit as a person."""

        def step() -> None:
            work = self.home(person)
            os.chdir(work)
            if not (work / ASSIGNMENT).exists():
                self._do(ExchangeFetchAssignment, person)
            _write(work / ASSIGNMENT, words)
            self._do(ExchangeSubmit, person)

        as_person(person, step)

    def collect(self) -> str:
        """Collect as the instructor; return what nbgrader logged."""
        said: str = as_person(self.instructor, lambda: self._do(ExchangeCollect, self.instructor))
        return said

    def collected(self, learner: str) -> tuple[str, str]:
        """Return the words and the time that were collected for a learner."""
        root = self.home(self.instructor) / COURSE
        folder = root / "submitted" / learner / ASSIGNMENT
        words = nbformat.read(folder / f"{ASSIGNMENT}.ipynb", as_version=4).cells[0].source
        return words, (folder / "timestamp.txt").read_text()

    def forge(self, by: Person, learner: str, time: str, words: str) -> None:
        """Lay a submission with a name and a time of one's choice into the exchange."""

        def step() -> None:
            name = f"{learner}+{ASSIGNMENT}+{time}+forged"
            folder = self.exchange / COURSE / "inbound" / name
            folder.mkdir()
            _write(folder, words)
            (folder / "timestamp.txt").write_text(time)

        as_person(by, step)

    def _do(self, step: type, person: Person, course: str = COURSE) -> str:
        """Run one of nbgrader's own exchange classes and return what it logged."""
        home = self.home(person)
        config = Config()
        config.Exchange.root = str(self.exchange)
        config.Exchange.assignment_dir = str(home)
        config.Exchange.cache = str(home / ".cache")
        config.CourseDirectory.course_id = course
        config.CourseDirectory.assignment_id = ASSIGNMENT
        config.CourseDirectory.root = str(home / course)
        app = NbGrader(config=config)
        said = StringIO()
        app.log.addHandler(StreamHandler(said))
        step(
            coursedir=CourseDirectory(parent=app),
            authenticator=Authenticator(parent=app),
            parent=app,
        ).start()
        return said.getvalue()

    def attempt(self, one: Attempt) -> Outcome:
        """Run an attempt of the catalogue as the attacker."""
        facts = self.facts()
        return Outcome(**as_person(self.attacker, lambda: asdict(outcome_of(one, facts))))

    def facts(self) -> Facts:
        """Return what the attacker knows; of the machine nothing is needed here."""
        return Facts(
            me=self.attacker.name, victim=self.victim.name, course=COURSE,
            other_course=OTHER_COURSE, assignment=ASSIGNMENT, state=str(self.folder), checkout="/",
            settings="", trap="", secret_hashes=[], victim_uid=self.victim.uid, processes={},
            ports={}, kernel_sockets=[], abstract_names=[], shared_memory_keys=[],
            pid_namespace="", memory_bytes=0, most_processes=0, file_bytes=0, tmp_bytes=0,
        )  # fmt: skip


def _write(folder: Path, words: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(words)])
    nbformat.write(notebook, folder / f"{ASSIGNMENT}.ipynb")


def open_folder() -> Path:
    """Return a new folder that everybody may enter, with a short way to it."""
    return Path(tempfile.mkdtemp(prefix="stock-", dir="/tmp"))
