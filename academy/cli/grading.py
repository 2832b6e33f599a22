"""Grading commands of ``academy course``: release, collect, grade, return."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from academy.grading.outcomes import Outcome, Progress, StepResult

Course = Annotated[str, typer.Argument(help="The course's id.", show_default=False)]
Assignment = Annotated[str, typer.Argument(help="The assignment's id.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print the outcomes as JSON.")]
Again = Annotated[
    bool, typer.Option("--again", help="Grade once more what was graded before as well.")
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with a run that was stopped; this is what is done anyway."
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        "--workers",
        min=0,
        help="How many submissions are run at once; 0 for one a processor.",
    ),
]
Unsafe = Annotated[
    bool,
    typer.Option(
        "--unsafe", help="Run submissions without a sandbox where this machine can make none."
    ),
]

#: Exit code when all was done but some submissions need a look.
NEEDS_LOOK = 3
#: Exit code when somebody stopped the command, as shells have it for Ctrl-C.
STOPPED = 130


def register(app: typer.Typer) -> None:
    """Add the grading commands to the ``academy course`` group."""
    app.command("release")(release)
    app.command("amend")(amend)
    app.command("collect")(collect)
    app.command("grade")(grade)
    app.command("return")(return_)


def release(course: Course, assignment: Assignment, as_json: Json = False) -> None:
    """Make the learners' version of an assignment and let them fetch it."""
    _as_course(course, "release", assignment, as_json)
    from academy.grading import steps

    _show(lambda _progress: steps.release(course, assignment), "Releasing", as_json)


def amend(course: Course, assignment: Assignment, as_json: Json = False) -> None:
    """Release a corrected assignment again, also when learners have handed it in already."""
    _as_course(course, "amend", assignment, as_json)
    from academy.grading.amend import amend as amend_assignment

    _show(lambda _progress: amend_assignment(course, assignment), "Amending", as_json)


def collect(course: Course, assignment: Assignment, as_json: Json = False) -> None:
    """Take in the newest submission of each learner."""
    _as_course(course, "collect", assignment, as_json)
    from academy.grading import steps

    _show(
        lambda progress: steps.collect(course, assignment, progress=progress),
        "Collecting",
        as_json,
    )


def grade(
    course: Course,
    assignment: Assignment,
    again: Again = False,
    resume: Resume = False,
    workers: Workers = 0,
    unsafe: Unsafe = False,
    as_json: Json = False,
) -> None:
    """Run and score what is new or changed; exit 3 when some submissions need a look.

    Ctrl-C stops it: what is done is saved, and the same command goes on with the rest.
    """
    if again and resume:
        raise typer.BadParameter("--resume goes on where --again would begin anew: give one.")
    flags = {"--again": again, "--unsafe": unsafe}
    given = [flag for flag, is_given in flags.items() if is_given]
    given += [f"--workers={workers}"] if workers else []
    _as_course(course, "grade", assignment, as_json, *given)
    from academy.grading import steps

    _show(
        lambda progress: steps.grade(
            course, assignment, again=again, workers=workers, unsafe=unsafe, progress=progress
        ),
        "Grading",
        as_json,
    )


def return_(course: Course, assignment: Assignment, as_json: Json = False) -> None:
    """Give each learner their points and comments; exit 3 when some need a look."""
    _as_course(course, "return", assignment, as_json)
    from academy.grading import steps

    _show(
        lambda progress: steps.return_feedback(course, assignment, progress=progress),
        "Returning",
        as_json,
    )


def _as_course(course_id: str, step: str, assignment: str, as_json: bool, *flags: str) -> None:
    """Go on as the course, with the transport and the socket directory that its kernels have."""
    from academy.cli.as_course import as_course
    from academy.hub.environment import jupyter_environment

    more = [*flags, *(["--json"] if as_json else [])]
    as_course(course_id, "course", step, course_id, assignment, *more)

    for name, value in jupyter_environment(f"course {course_id}", "course").items():
        if name.startswith("JUPYTER_"):
            os.environ.setdefault(name, value)


def _show(step: Callable[[Progress], StepResult], doing: str, as_json: bool) -> None:
    with _progress(doing, as_json) as progress:
        result = step(progress)
    if as_json:
        typer.echo(json.dumps(result.as_dict(), indent=2, ensure_ascii=False))
    else:
        typer.echo(result.sentence)
    if result.is_stopped:
        raise typer.Exit(STOPPED)
    if result.needs_look:
        raise typer.Exit(NEEDS_LOOK)


@contextmanager
def _progress(doing: str, as_json: bool) -> Iterator[Progress]:
    if as_json:
        from academy.grading.outcomes import no_progress

        yield no_progress
    elif sys.stdout.isatty():
        with _bar(doing) as bar:
            yield bar
    else:
        yield _print_line


def _print_line(_done: int, _total: int, outcome: Outcome | None) -> None:
    if outcome is not None:
        typer.echo(f"{outcome.learner}: {outcome.sentence}")


@contextmanager
def _bar(doing: str) -> Iterator[Progress]:
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns) as bar:
        task = bar.add_task(doing, total=None)

        def advance(done: int, total: int, outcome: Outcome | None) -> None:
            bar.update(task, completed=done, total=total)
            if outcome is not None and not outcome.ok:
                bar.console.print(f"{outcome.learner}: {outcome.sentence}", markup=False)

        yield advance
