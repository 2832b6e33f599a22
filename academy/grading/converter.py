"""nbgrader's Autograde in two halves: a worker runs the notebooks, one writer keeps the points.

The lists of preprocessors stay nbgrader's own and the course's: what stands before the first one
that writes the gradebook runs in the worker, that one and all after it run in the writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from nbclient import NotebookClient
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde, BaseConverter
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades
from sqlalchemy import text
from traitlets import Unicode

from academy.grading.staging import Job

_WRITERS = (SaveAutoGrades, AssignLatePenalties)
#: Where nbgrader's own steps open the gradebook: to read, and to write.
_READ_IN = (
    "nbgrader.converters.autograde",
    "nbgrader.preprocessors.overwritecells",
    "nbgrader.preprocessors.overwritekernelspec",
)
_WRITTEN_IN = (
    "nbgrader.preprocessors.saveautogrades",
    "nbgrader.preprocessors.latesubmissions",
)


def halves(preprocessors: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Return what a worker does and what the writer does, in the order of the list."""
    for place, one in enumerate(preprocessors):
        if isinstance(one, type) and issubclass(one, _WRITERS):
            return list(preprocessors[:place]), list(preprocessors[place:])
    return list(preprocessors), []


class StagedAutograde(Autograde):
    """Autograde that reads and writes the folders of a run, and leaves the points to others.

    Parameters
    ----------
    job
        The submission.
    """

    prepared_step = Unicode(help="The folder of the prepared submission, as a step.")
    graded_step = Unicode(help="The folder of the graded submission, as a step.")

    def __init__(self, job: Job, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        from academy.grading.course import course_root

        root = course_root(job.course_id)
        self.prepared_step = job.step("prepared", root)
        self.graded_step = job.step("graded", root)
        self.coursedir.student_id = job.entry.learner
        self.coursedir.assignment_id = job.assignment_id
        every: list[Any] = getattr(self, "autograde_preprocessors")  # noqa: B009 - a trait
        self.autograde_preprocessors = halves(every)[0]
        self.failure: Exception | None = None

    @property
    def _input_directory(self) -> str:
        return self.prepared_step if self._sanitizing else self.graded_step

    @property
    def _output_directory(self) -> str:
        return self.graded_step

    def _init_preprocessors(self) -> None:
        super()._init_preprocessors()
        for one in self.exporter._preprocessors:
            if isinstance(one, NotebookClient):
                # nbgrader's constructor sets a kernel manager over the one of the settings; ours
                # mends that, a course's own list may have nbgrader's.
                one._load_config(one.config)

    def start(self) -> None:
        """Work in the run's own folder; the engine has the turn at the assignment."""
        BaseConverter.start(self)

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy what belongs to the submission; remember why when that fails."""
        with self._remembered():
            super().init_assignment(assignment_id, student_id)

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """Sanitize and run one notebook; remember why when that fails."""
        with self._remembered():
            super().convert_single_notebook(notebook_filename)

    @contextmanager
    def _remembered(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.failure = error
            raise


class _KeptGradebook(Gradebook):
    """A gradebook that nbgrader's steps open and close, and that stays open all the same."""

    def close(self) -> None:
        """See everything anew the next time."""
        self.db.rollback()

    def leave(self) -> None:
        """Close it."""
        super().close()


class ReadGradebook(_KeptGradebook):
    """The gradebook in a worker: what nbgrader's steps would write is left to the writer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.db.execute(text("PRAGMA query_only = ON"))

    def update_or_create_student(self, *_: Any, **__: Any) -> Any:
        """Leave that to the writer."""

    def update_or_create_submission(self, *_: Any, **__: Any) -> Any:
        """Leave that to the writer; nobody is late here."""
        return SimpleNamespace(total_seconds_late=0)

    def find_submission_notebook(self, *_: Any, **__: Any) -> Any:
        """Say that there are no grades yet, so that none is set to 0 here."""
        return SimpleNamespace(grades=())


class WriteGradebook(_KeptGradebook):
    """The gradebook in the writer: nbgrader's many commits become one at the end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.db.commit = self._not_yet

    def _not_yet(self) -> None:
        self.db.flush()
        self.db.expire_all()

    def close(self) -> None:
        """Stay open: a submission is written by several steps."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Write all that is written here, or nothing of it."""
        session = self.db()
        try:
            # Taken at once: a lock that is asked for later would not be waited for.
            session.execute(text("BEGIN IMMEDIATE"))
            yield
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.expire_all()


@contextmanager
def reading_from(gradebook: ReadGradebook) -> Iterator[None]:
    """Have nbgrader's steps read from an open gradebook."""
    with _opened_as(gradebook, _READ_IN):
        yield


@contextmanager
def writing_to(gradebook: WriteGradebook) -> Iterator[None]:
    """Have nbgrader's steps write to an open gradebook."""
    with _opened_as(gradebook, _WRITTEN_IN):
        yield


@contextmanager
def _opened_as(gradebook: Gradebook, modules: Sequence[str]) -> Iterator[None]:
    """Have steps get a gradebook that is open, where they would open it anew each time."""
    places: list[Any] = [import_module(module) for module in modules]
    for place in places:
        place.Gradebook = lambda *_, **__: gradebook
    try:
        yield
    finally:
        for place in places:
            place.Gradebook = Gradebook
