"""Check a course: everything that an instructor should mend before learners see it."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from academy.courses import remembered
from academy.courses.checking import Check, assignment_checks, lesson_check
from academy.courses.course import Course, load_course
from academy.courses.material import published_files
from academy.courses.rules_data import shelf_findings
from academy.courses.rules_glossary import glossary_findings
from academy.courses.rules_grading import unlisted_findings
from academy.errors import AcademyError, Finding

Progress = Callable[[str], None]


def check_folder(
    folder: Path, *, run: bool = True, again: bool = False, progress: Progress = lambda _: None
) -> list[Finding]:
    """Check a course's folder.

    Parameters
    ----------
    folder
        The course's folder, shipped or live.
    run
        Whether to run lessons, instructor versions, answers and wrong answers as well.
    again
        Whether to run also what was well when it was last run, and has not changed since.
    progress
        Called with the name of each notebook before it is read, and before it is run.

    Returns
    -------
    list of Finding
        What is to mend, each in a sentence with file and cell; empty when all is well. When
        ``course.yaml`` itself is broken only that is told.
    """
    try:
        course = load_course(folder)
    except AcademyError as error:
        return list(error.findings)
    return check_course(course, run=run, again=again, progress=progress)


def check_course(
    course: Course,
    *,
    run: bool = True,
    again: bool = False,
    progress: Progress = lambda _: None,
) -> list[Finding]:
    """Check a course that could be loaded; see `check_folder`."""
    findings = [
        *_enrolment(course),
        *unlisted_findings(course),
        *_unpublishable(course),
        *shelf_findings(course),
        *glossary_findings(course),
    ]
    checks: list[Check] = []
    for index, lesson in enumerate(course.lessons):
        progress(f"{course.id}/lessons/{lesson.file}")
        checks.append(lesson_check(course, index))
    for assignment in course.assignments:
        progress(f"{course.id}/source/{assignment.id}")
        checks += assignment_checks(course, assignment.id)
    ran = _run_all(checks, again=again, progress=progress) if run else [[] for _ in checks]
    for check, more in zip(checks, ran, strict=True):
        findings += check.findings + more
    return findings


def _run_all(checks: list[Check], *, again: bool, progress: Progress) -> list[list[Finding]]:
    """Run the notebooks, each in a process of its own, as many at once as there are cores."""
    shelf = remembered.surroundings()

    def run(check: Check) -> list[Finding]:
        key = remembered.key_of(check.shown, check.files, shelf)
        if not again and remembered.was_well(key):
            return []
        progress(check.shown)
        found = check.run()
        if not found:
            remembered.remember(key, check.shown)
        return found

    with ThreadPoolExecutor(_cores()) as pool:
        return list(pool.map(run, checks))


def _cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _enrolment(course: Course) -> list[Finding]:
    if course.enrol != "code":
        return []
    problem = "'enrol: code' lets nobody in: there is no page yet on which a code can be typed."
    next_step = "Write 'enrol: open' or 'enrol: roster', and take out enrol_code."
    return [Finding(problem, f"{course.id}/course.yaml", next_step)]


def _unpublishable(course: Course) -> list[Finding]:
    try:
        published_files(course)
    except AcademyError as error:
        return list(error.findings)
    return []
