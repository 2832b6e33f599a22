"""A learner's home: lessons kept up to date, data at hand, and a page that says where to begin."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from logging import Logger
from pathlib import Path

from academy import paths
from academy.courses.course import Course, load_course
from academy.courses.pull import pull_lessons
from academy.courses.release import is_published, published_course, published_url
from academy.datasets.catalogue import dataset_folders
from academy.errors import AcademyError
from academy.hub.layout import ensure_layout
from academy.hub.welcome import Notice, welcome_page

WELCOME_PAGE = "Welcome.md"
LESSONS = "lessons"


def open_home(
    home: Path, *, courses: Sequence[str], taught: Sequence[str], base_url: str, log: Logger
) -> None:
    """Bring a home up to date; what fails is told on the page and stops nobody's evening.

    Parameters
    ----------
    home
        The learner's home; the folder exists.
    courses
        Ids of the courses that the learner takes.
    taught
        Ids of the courses that the user teaches.
    base_url
        The path of the learner's server, e.g. ``/user/ana/``.
    log
        Where problems are written for the administrator.
    """
    notices: list[Notice] = []
    steps: dict[str, Callable[[], None]] = {
        "the data": lambda: link_data(home),
        "the live courses": lambda: link_live_courses(home, taught),
        "the folders for assignments": lambda: make_assignment_folders(home, {*courses, *taught}),
    }
    for what, step in steps.items():
        notices += _set_up(what, step, home, log)
    for course in courses:
        notices += update_lessons(home, course, log)
    notices += _set_up("the layout", lambda: _lay_out(home, taught, notices), home, log)
    page = welcome_page(
        _readable(courses, published_course, log),
        _readable(taught, lambda course: load_course(paths.live_courses() / course), log),
        notices,
        base_url,
    )
    paths.write_atomically(home / WELCOME_PAGE, page)


def _set_up(what: str, step: Callable[[], None], home: Path, log: Logger) -> list[Notice]:
    """Take one step; where it fails, return what the learner should be told."""
    try:
        step()
    except (AcademyError, OSError) as error:
        log.error("Could not set up %s in %s: %s", what, home, error)
        return [Notice.not_set_up(what)]
    return []


def _lay_out(home: Path, taught: Sequence[str], notices: Sequence[Notice]) -> None:
    ensure_layout(home, WELCOME_PAGE, folded=not taught, has_news=bool(notices))


def make_assignment_folders(home: Path, course_ids: Iterable[str]) -> None:
    """Make the folders into which nbgrader's Assignment List fetches."""
    for course in course_ids:
        (home / "assignments" / course).mkdir(parents=True, exist_ok=True)


def link_data(home: Path) -> None:
    """Show each dataset's plain files under ``~/data/<name>``."""
    folder = home / "data"
    folder.mkdir(exist_ok=True)
    wanted = dataset_folders()
    for link in folder.iterdir():
        if link.is_symlink() and link.name not in wanted:
            link.unlink()
    for name, target in wanted.items():
        _link(folder / name, target)


def link_live_courses(home: Path, course_ids: Iterable[str]) -> None:
    """Show an instructor the live courses that they teach under ``~/courses/<id>``."""
    folder = home / "courses"
    wanted = set(course_ids)
    if wanted:
        folder.mkdir(exist_ok=True)
    for link in folder.iterdir() if folder.is_dir() else ():
        if link.is_symlink() and link.name not in wanted:
            link.unlink()
    for course in wanted:
        _link(folder / course, paths.live_courses() / course)


def _link(link: Path, target: Path) -> None:
    """Make or mend a link; something else of that name is the learner's and stays."""
    if link.is_symlink() and link.readlink() == target:
        return
    if link.is_symlink():
        link.unlink()
    if not link.exists():
        link.symlink_to(target)


def update_lessons(home: Path, course_id: str, log: Logger) -> list[Notice]:
    """Pull a course's published lessons; return what the learner should be told.

    A learner's changes win: nothing of theirs is overwritten. Where the published notebook
    changed as well, it is laid beside the learner's own, and a notice says so.
    """
    if not is_published(course_id):
        return []
    try:
        new = pull_lessons(published_url(course_id), home / LESSONS / course_id)
    except (AcademyError, OSError) as error:
        log.error("The lessons of %s could not be brought up to date. %s", course_id, error)
        return [Notice.not_updated(course_id)]
    return [
        Notice.new_version(
            version.learner_file.relative_to(home), version.new_file.relative_to(home)
        )
        for version in new
    ]


def _readable(
    course_ids: Iterable[str], load: Callable[[str], Course], log: Logger
) -> list[Course]:
    courses = []
    for course_id in course_ids:
        try:
            courses.append(load(course_id))
        except AcademyError as error:
            log.warning("%s", error)
    return courses
