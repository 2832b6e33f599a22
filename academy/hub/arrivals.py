"""Start a course's grading when something was handed in; see `academy.grading.on_submit`.

The exchange writes each submission into the record of its course. The system tells when that file
is written, so nobody polls, and a course has such a process only while there is something to grade.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from academy import paths
from academy.errors import AcademyError
from academy.grading.due import NOTHING_HERE, reason_file
from academy.grading.receipts import record_file
from academy.hub import course_process, processes
from academy.hub.log_file import log_path
from academy.hub.settings import HubSettings

_CLOSE_WRITE = 0x8  # IN_CLOSE_WRITE
_POLL_SECONDS = 5.0
#: So many courses are graded at once; each grades several submissions side by side.
_AT_ONCE = 2
#: After a run that did not end well: the next one, after a pause that grows, and no more than so
#: many before something else is handed in.
_PAUSE_SECONDS = 15.0
_MOST_FAILURES = 3

#: Starts the grading of a course.
Start = Callable[[str], subprocess.Popen[bytes]]


@dataclass
class Waiting:
    """What is known of one course.

    Parameters
    ----------
    record_bytes
        How long its record was when it was looked at last.
    is_wanted
        Whether something may be waiting to be graded.
    not_before
        When it may be started, on the monotonic clock.
    failures
        How many runs did not end well, one after the other.
    nothing_here
        The state of ``course.yaml`` when it said that nothing is graded on submit.
    """

    record_bytes: int = 0
    is_wanted: bool = False
    not_before: float = 0.0
    failures: int = 0
    nothing_here: tuple[int, int] | None = None

    def see(self, record_bytes: int, settings: tuple[int, int] | None) -> None:
        """Take note of how the record and ``course.yaml`` are now."""
        if record_bytes != self.record_bytes:
            self.record_bytes = record_bytes
            self.is_wanted, self.not_before, self.failures = True, 0.0, 0
        if self.nothing_here is not None and self.nothing_here == settings:
            self.is_wanted = False

    def end(self, code: int, settings: tuple[int, int] | None, now: float) -> bool:
        """Take note of how a run ended; return whether it is given up for now."""
        self.nothing_here = settings if code == NOTHING_HERE else None
        if code in (0, NOTHING_HERE):
            self.failures = 0
            return False
        self.failures += 1
        if self.failures >= _MOST_FAILURES:
            return not self.is_wanted
        self.is_wanted = True
        self.not_before = now + _PAUSE_SECONDS * self.failures
        return False


class Arrivals:
    """Watches the records of all courses, and has each graded when something arrives."""

    def __init__(self) -> None:
        self._courses: dict[str, Waiting] = {}
        self._running: dict[str, tuple[subprocess.Popen[bytes], tuple[int, int] | None]] = {}
        self._start: Start | None = None
        self._watch = -1

    def open_for(
        self, settings: HubSettings, courses: Iterable[str], sandbox: str, reason: str
    ) -> None:
        """Begin with these courses, and with what came while the Academy was closed.

        Parameters
        ----------
        settings
            The operator's settings.
        courses
            Their ids.
        sandbox
            The socket of the maker of sandboxes.
        reason
            Why there is none, where there is none; then nothing is ever started.
        """
        paths.write_atomically(reason_file(), reason, mode=0o600)
        self._courses = {name: self._courses.get(name, Waiting()) for name in sorted(courses)}
        for course in self._courses.values():
            course.record_bytes, course.nothing_here = 0, None
        self._start = None
        if sandbox:
            self._start = lambda course: start_grading(course, settings, sandbox)
            self._watch = self._watch if self._watch >= 0 else watch(record_file("any").parent)

    def fileno(self) -> int:
        """Return what becomes readable when something arrives; -1 where nothing does."""
        return self._watch

    def seconds(self) -> float | None:
        """Return how long nothing is to be done unless something arrives; ``None`` for good."""
        if self._start is None:
            return None
        moments = [course.not_before for course in self._startable().values()]
        left = [max(0.0, min(moments) - time.monotonic())] if moments else []
        return min([*left, _POLL_SECONDS] if self._watch < 0 else left, default=None)

    def turn(self) -> None:
        """See what has arrived, and start what is to be done."""
        if self._start is None:
            return
        with suppress(OSError):
            os.read(self._watch, 65_536)
        for name, course in self._courses.items():
            course.see(_record_bytes(name), _settings_stamp(name))
        for name, course in self._startable().items():
            if len(self._running) < _AT_ONCE and course.not_before <= time.monotonic():
                self._begin(name, course)

    def _startable(self) -> dict[str, Waiting]:
        if len(self._running) >= _AT_ONCE:
            return {}
        return {
            name: one
            for name, one in self._courses.items()
            if one.is_wanted and name not in self._running
        }

    def _begin(self, name: str, course: Waiting) -> None:
        assert self._start is not None
        course.is_wanted = False
        stamp = _settings_stamp(name)
        try:
            self._running[name] = (self._start(name), stamp)
        except (AcademyError, OSError) as error:
            print(f"The grading of '{name}' could not be started: {error}", flush=True)
            course.end(1, stamp, time.monotonic())

    def ended(self, codes: dict[int, int]) -> None:
        """Take note of processes that ended.

        Parameters
        ----------
        codes
            Exit codes by process id.
        """
        for name, (process, stamp) in list(self._running.items()):
            if process.pid not in codes:
                continue
            process.returncode = codes[process.pid]
            del self._running[name]
            course = self._courses.get(name, Waiting())
            if course.end(process.returncode, stamp, time.monotonic()):
                print(
                    f"What is handed in to '{name}' is not graded by itself at the moment (exit "
                    f"{process.returncode}); the next submission starts it again. Why may stand "
                    f"in {log_path()}, and 'academy grade status {name}' says what waits.",
                    flush=True,
                )

    def close(self) -> None:
        """Stop watching; whoever ends the Academy ends what still runs."""
        self._start = None
        if self._watch >= 0:
            os.close(self._watch)
            self._watch = -1


def start_grading(course: str, settings: HubSettings, sandbox: str) -> subprocess.Popen[bytes]:
    """Start grading what arrived in a course, as the course and behind its wall.

    Parameters
    ----------
    course
        The course's id.
    settings
        The operator's settings.
    sandbox
        The socket of the maker of sandboxes.
    """
    command = [sys.executable, "-m", "academy.grading.on_submit", course]
    line, variables = course_process.walled(course, command, settings, sandbox, is_heard=False)
    with log_path().open("ab") as log:
        return subprocess.Popen(
            line,
            env={**course_process.plain(os.environ), **variables},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=processes.end_with_parent,  # safe: the supervisor has one thread
        )


def watch(folder: Path) -> int:
    """Return a descriptor that becomes readable when a file in a folder was written.

    Returns
    -------
    int
        -1 where the system has no such thing, or no more of it.
    """
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    try:
        library = ctypes.CDLL(None, use_errno=True)
        number: int = library.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    except AttributeError:
        return -1
    if number >= 0 and library.inotify_add_watch(number, os.fsencode(folder), _CLOSE_WRITE) < 0:
        os.close(number)
        return -1
    return number


def _record_bytes(course: str) -> int:
    try:
        return record_file(course).lstat().st_size
    except OSError:
        return 0


def _settings_stamp(course: str) -> tuple[int, int] | None:
    """Return what tells one state of ``course.yaml`` from another; it is not opened here."""
    try:
        found = (paths.live_courses() / course / "course.yaml").lstat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
