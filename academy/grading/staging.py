"""Where a submission is graded before its result takes its place: a folder a run, on the same disk.

``.grading/<assignment>/runs/<run>/<learner>/`` holds ``prepared/`` and ``graded/``, and, when the
work on it is done, ``result.json``. That file is the promise to finish: whoever finds it after a
crash takes the last steps, which change nothing when they were taken already.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from academy import paths
from academy.grading.course import step_folder
from academy.grading.ledger import Entry, folder_stamp

_RESULT = "result.json"


@dataclass(frozen=True)
class Job:
    """One submission that is to be graded.

    Parameters
    ----------
    course_id, assignment_id
        The assignment.
    entry
        Whose it is, and of what it is made.
    run
        The folder of this run.
    """

    course_id: str
    assignment_id: str
    entry: Entry
    run: Path

    @property
    def place(self) -> Path:
        """Where it is worked on."""
        return self.run / self.entry.learner

    @property
    def prepared(self) -> Path:
        """The submission as it is graded, laid out as nbgrader's steps are."""
        return self.place / "prepared" / self.entry.learner / self.assignment_id

    @property
    def graded(self) -> Path:
        """What will take its place in ``autograded``."""
        return self.place / "graded" / self.entry.learner / self.assignment_id

    def step(self, name: str, course: Path) -> str:
        """Return ``prepared`` or ``graded`` as the name of a step for nbgrader."""
        return (self.place / name).relative_to(course).as_posix()


@dataclass(frozen=True)
class Result:
    """What the work on a submission gave.

    Parameters
    ----------
    entry
        As in the job, with the sentence where it was not graded.
    remarks
        What the instructor should know.
    ended_kernel
        Whether the kernel ended before the notebook did.
    folder
        Number of the folder that is to take its place in ``autograded``.
    is_final
        Whether doing it again would give the same.
    """

    entry: Entry
    remarks: tuple[str, ...] = ()
    ended_kernel: bool = False
    folder: int = 0
    is_final: bool = True


def new_run(folder: Path) -> Path:
    """Make the folder of a run."""
    run = folder / "runs" / uuid.uuid4().hex[:12]
    run.mkdir(parents=True)
    return run


def lay_out(job: Job, submitted: Path, notebooks: dict[str, str]) -> None:
    """Lay out what is graded: the mended notebooks, and the submission's other plain files.

    Parameters
    ----------
    job
        The submission.
    submitted
        Its folder, which stays as it is.
    notebooks
        Text of each mended notebook by its released name.
    """
    shutil.rmtree(job.place, ignore_errors=True)
    job.prepared.mkdir(parents=True)
    for place, _, names in os.walk(submitted):
        for name in names:
            path = Path(place, name)
            if path.suffix.lower() != ".ipynb" and stat.S_ISREG(path.lstat().st_mode):
                _copy(path, job.prepared / path.relative_to(submitted))
    for name, text in notebooks.items():
        (job.prepared / f"{name}.ipynb").write_text(text, encoding="utf-8")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copyfile(source, target, follow_symlinks=False)


def finish(job: Job, result: Result) -> Result:
    """Put the result of a submission down, so that it holds from now on; return it."""
    if result.entry.is_graded:
        for path in job.graded.rglob("*"):
            if path.is_file():
                _sync(path)
        _sync(job.graded)
        stamp = folder_stamp(job.graded)
        result = replace(result, folder=stamp[0] if stamp else 0)
    if result.is_final and not result.ended_kernel:
        job.place.mkdir(parents=True, exist_ok=True)
        paths.write_atomically(job.place / _RESULT, json.dumps(asdict(result)), mode=0o600)
    return result


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def left_over(folder: Path, course_id: str, assignment_id: str) -> list[tuple[Job, Result]]:
    """Return what earlier runs have worked out and could not finish; remove the rest."""
    found: list[tuple[Job, Result]] = []
    for place in sorted((folder / "runs").glob("*/*")):
        result = _read(place / _RESULT)
        job = Job(course_id, assignment_id, result.entry, place.parent) if result else None
        if job is not None and result is not None and _is_whole(job, result):
            found.append((job, result))
        else:
            shutil.rmtree(place, ignore_errors=True)
    clear(folder)
    return found


def _is_whole(job: Job, result: Result) -> bool:
    """Return whether the folder of a result is still there: where it was made, or in its place."""
    learner = result.entry.learner
    in_place = step_folder(job.course_id, "autograded", learner, job.assignment_id)
    there = [stamp[0] for stamp in map(folder_stamp, (job.graded, in_place)) if stamp]
    return not result.entry.is_graded or result.folder in there


def _read(path: Path) -> Result | None:
    try:
        stored = json.loads(path.read_bytes())
        entry = stored.pop("entry")
        files = {name: tuple(stamp) for name, stamp in entry.pop("files").items()}
        remarks = tuple(stored.pop("remarks"))
        return Result(Entry(**entry, files=files), remarks, **stored)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def discard(job: Job) -> None:
    """Remove what is left of the work on a submission; the promise goes first."""
    (job.place / _RESULT).unlink(missing_ok=True)
    shutil.rmtree(job.place, ignore_errors=True)


def clear(folder: Path) -> None:
    """Remove the folders of runs that are empty."""
    for run in (folder / "runs").glob("*"):
        with suppress(OSError):
            run.rmdir()
