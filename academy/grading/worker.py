"""What a worker does with one submission: prepare, sanitize and run it, in a folder of the run."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from academy.grading.converter import ReadGradebook, StagedAutograde, reading_from
from academy.grading.course import course_root, released_notebooks, step_folder
from academy.grading.execution import ENDED_ITSELF, ENDED_MARK
from academy.grading.gradebook import share_gradebooks
from academy.grading.reading import graded_cells, run_remarks, why_it_failed
from academy.grading.repair import prepare
from academy.grading.session import LOG_NAME, course_config, logged_to
from academy.grading.staging import Job, Result, finish, lay_out

#: What a kernel's end looks like to nbclient; the submission's code may not be to blame.
_ENDED = ("DeadKernelError",)

_open_gradebooks: dict[str, ReadGradebook] = {}


def work(job: Job) -> Result:
    """Grade one submission up to its points, which the writer gives.

    Parameters
    ----------
    job
        The submission. Its own folder and the gradebook stay as they are.
    """
    with logged_to(course_root(job.course_id) / LOG_NAME):
        return finish(job, _grade(job))


def _grade(job: Job) -> Result:
    config = _config(job.course_id)
    coursedir = CourseDirectory(config=config)
    submitted = step_folder(job.course_id, "submitted", job.entry.learner, job.assignment_id)
    released = released_notebooks(job.course_id, job.assignment_id)
    prepared = prepare(submitted, released, limit_kilobytes=coursedir.max_file_size)
    if not prepared.gradable:
        sentence = " ".join(
            [*prepared.sentences, f"Not graded; the submission is kept in {submitted}."]
        )
        return Result(replace(job.entry, sentence=sentence))
    notebooks = {
        name: nbformat.writes(notebook)  # type: ignore[no-untyped-call]
        for name, notebook in prepared.notebooks.items()
        if notebook is not None
    }
    lay_out(job, submitted, notebooks)
    failure = _run(job, coursedir, config)
    if failure is not None:
        return _failed(job, failure, submitted, prepared.sentences)
    cells = graded_cells(job.graded)
    remarks = (*prepared.sentences, *run_remarks(cells, config.Execute.timeout))
    has_ended = any(cell["metadata"].get(ENDED_MARK) == ENDED_ITSELF for _, cell in cells)
    return Result(replace(job.entry, is_graded=True), remarks, ended_kernel=has_ended)


def _run(job: Job, coursedir: CourseDirectory, config: Any) -> BaseException | None:
    """Sanitize and run the notebooks; return what went wrong."""
    share_gradebooks()
    with _open(coursedir.db_url, job.course_id) as gradebook, reading_from(gradebook):
        converter = StagedAutograde(job, coursedir=coursedir, config=config)
        try:
            converter.start()
        except NbGraderException as error:
            return converter.failure or error
    return None


def _failed(
    job: Job, failure: BaseException, submitted: Path, sentences: tuple[str, ...]
) -> Result:
    told = "".join(traceback.format_exception(failure))
    why = why_it_failed({"error": told})
    sentence = " ".join([f"Not graded: {why} It is kept in {submitted}.", *sentences])
    has_ended = any(name in told for name in _ENDED)
    is_final = isinstance(failure, Exception) and _is_of_submission(told)
    entry = replace(job.entry, sentence=sentence)
    return Result(entry, ended_kernel=has_ended, is_final=is_final)


def _is_of_submission(told: str) -> bool:
    """Return whether a failure comes from the submission, so that another try is in vain."""
    return any(name in told for name in (*_ENDED, "CellTimeoutError"))


@lru_cache(maxsize=1)
def _config(course_id: str) -> Any:
    """Return the course's settings; they are read once in a worker's life."""
    config = course_config(course_id)
    # A look at each notebook's format at the end instead of one after each of twelve steps.
    config.Exporter.optimistic_validation = True
    return config


@contextmanager
def _open(url: str, course_id: str) -> Iterator[ReadGradebook]:
    """Have the gradebook open for reading; a process opens it once."""
    gradebook = _open_gradebooks.get(url) or ReadGradebook(url, course_id)
    _open_gradebooks[url] = gradebook
    try:
        yield gradebook
    finally:
        gradebook.close()


def forget() -> None:
    """Close and forget what is kept between submissions, where the process lives on."""
    _config.cache_clear()
    while _open_gradebooks:
        _open_gradebooks.popitem()[1].leave()
