"""Run a command as the course that it is about, where that is an identity of its own.

Grading runs code that learners wrote, on files that learners and instructors wrote. Where a live
course belongs to an identity of its own, an administrator's command therefore starts again
behind the course's wall, and an instructor's command asks the course's own service.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

import typer

from academy import paths
from academy.errors import AcademyError

COURSE_VARIABLE = "ACADEMY_COURSE"
#: Steps that run code which learners wrote.
_RUNS_SUBMISSIONS = frozenset({"grade"})


def as_course(course_id: str, *arguments: str) -> None:
    """Run ``academy ARGUMENTS`` as the course, show what it says and exit as it exits.

    Returns at once where this process may itself do the work.

    Parameters
    ----------
    course_id
        The course.
    arguments
        The command, e.g. ``"course", "grade", "start-here", "load-and-count"``.
    """
    if not is_another(course_id):
        return
    if os.geteuid() == 0:
        with _sandbox(course_id, arguments) as sandbox:
            raise typer.Exit(_show(_start(course_id, arguments, sandbox)))
    from academy.hub.course_client import run_step

    raise typer.Exit(run_step(course_id, arguments))


def is_another(course_id: str) -> bool:
    """Tell whether a live course belongs to another identity than this process has."""
    folder = paths.live_courses() / course_id
    if os.environ.get(COURSE_VARIABLE) == course_id or not folder.is_dir():
        return False
    return folder.stat().st_uid != os.geteuid()


def output_as_course(course_id: str, *arguments: str) -> str:
    """Run ``academy ARGUMENTS`` as the course and return what it prints.

    Raises
    ------
    AcademyError
        When it says anything on its error output and nothing else.
    """
    process = _start(course_id, arguments)
    said, wrong = process.communicate()
    if not said:
        raise AcademyError(wrong.strip() or f"It ended with {process.returncode} without a word.")
    return said


@contextmanager
def _sandbox(course_id: str, arguments: tuple[str, ...]) -> Iterator[str]:
    """Have a maker of sandboxes where the command runs what learners handed in.

    Behind its wall the course can make none itself. Where there can be none at all, the command
    says so, and what can be done.
    """
    if _RUNS_SUBMISSIONS.isdisjoint(arguments[1:2]):
        yield ""
        return
    from academy.forkserver.making import NoSandboxError, maker_at_hand
    from academy.grading.limits import sandbox_limits
    from academy.hub.walls import identities

    with ExitStack() as stack:
        sandbox = ""
        with suppress(NoSandboxError):
            uid = identities().of("course", course_id).uid
            sandbox = stack.enter_context(maker_at_hand(sandbox_limits(), [uid]))
        yield sandbox


def _start(course_id: str, arguments: tuple[str, ...], sandbox: str = "") -> subprocess.Popen[str]:
    from academy.hub import course_process, walls
    from academy.hub.settings import load_settings

    settings = load_settings()
    if not walls.standing(settings).is_on:
        raise AcademyError(
            f"The course '{course_id}' belongs to an identity of its own, and isolation is off.",
            where=str(paths.live_courses() / course_id),
            kept="Nothing was changed.",
            next_step="Set 'isolation: mode' in hub.yaml back to auto, and start the Academy as "
            "root.",
        )
    command = course_process.academy_command(*arguments)
    line, variables = course_process.walled(course_id, command, settings, sandbox)
    return subprocess.Popen(
        line,
        env={**course_process.plain(os.environ), **variables},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _show(process: subprocess.Popen[str]) -> int:
    """Show what a process says while it runs; return its exit code."""
    assert process.stdout is not None
    assert process.stderr is not None
    other = threading.Thread(target=_copy, args=(process.stderr, True))
    other.start()
    _copy(process.stdout, False)
    other.join()
    return process.wait()


def _copy(source: IO[str], err: bool) -> None:
    for text in source:
        typer.echo(text, nl=False, err=err)
        (sys.stderr if err else sys.stdout).flush()
