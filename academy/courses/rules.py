"""Check a course: everything that an instructor should mend before learners see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from academy.courses.course import Course, load_course
from academy.courses.files import source_notebooks
from academy.courses.lesson import Notebook, read_notebook
from academy.courses.material import published_files
from academy.courses.rules_grading import answers_findings, grading_findings, unlisted_findings
from academy.courses.rules_lesson import lesson_findings, reading_findings
from academy.courses.rules_notebook import at_cell, notebook_findings
from academy.courses.rules_running import assignment_run_findings, lesson_run_findings
from academy.datasets import dataset_folders
from academy.errors import AcademyError, Finding

Progress = Callable[[str], None]

_LOADED = re.compile(r"""\bload_dataset\(\s*["']([^"']+)["']""")


def check_folder(
    folder: Path, *, run: bool = True, progress: Progress = lambda _: None
) -> list[Finding]:
    """Check a course's folder.

    Parameters
    ----------
    folder
        The course's folder, shipped or live.
    run
        Whether to run lessons, instructor versions, answers and wrong answers as well.
    progress
        Called with the name of each notebook before it is checked.

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
    return check_course(course, run=run, progress=progress)


def check_course(
    course: Course, *, run: bool = True, progress: Progress = lambda _: None
) -> list[Finding]:
    """Check a course that could be loaded; see `check_folder`."""
    findings = [
        *_enrolment(course),
        *unlisted_findings(course),
        *_unpublishable(course),
        *_unknown_datasets(course),
    ]
    for index, lesson in enumerate(course.lessons):
        progress(f"{course.id}/lessons/{lesson.file}")
        findings += _check_lesson(course, index, run=run)
    for assignment in course.assignments:
        progress(f"{course.id}/source/{assignment.id}")
        findings += _check_assignment(course, assignment.id, run=run)
    return findings


def _enrolment(course: Course) -> list[Finding]:
    if course.enrol != "code":
        return []
    problem = "'enrol: code' lets nobody in: there is no page yet on which a code can be typed."
    next_step = "Write 'enrol: open' or 'enrol: roster', and take out enrol_code."
    return [Finding(problem, f"{course.id}/course.yaml", next_step)]


def _in_english(course: Course) -> bool:
    # en-US is English too.
    return course.language.partition("-")[0] == "en"


def _unpublishable(course: Course) -> list[Finding]:
    try:
        published_files(course)
    except AcademyError as error:
        return list(error.findings)
    return []


def _unknown_datasets(course: Course) -> list[Finding]:
    shelf = dataset_folders()
    return [
        Finding(
            f"There is no dataset '{name}' on the shelf.",
            f"{course.id}/course.yaml",
            f"The shelf holds: {', '.join(sorted(shelf)) or 'nothing'}.",
        )
        for name in course.datasets
        if name not in shelf
    ]


def _check_lesson(course: Course, index: int, *, run: bool) -> list[Finding]:
    lesson = course.lessons[index]
    shown = f"{course.id}/lessons/{lesson.file}"
    notebook = read_notebook(course.lessons_folder / lesson.file, shown_as=shown)
    findings = _check_notebook(course, notebook, shown)
    if _in_english(course):
        findings += lesson_findings(notebook, lesson, shown)
    if run:
        findings += lesson_run_findings(notebook, shown)
    return findings


def _check_assignment(course: Course, assignment_id: str, *, run: bool) -> list[Finding]:
    notebooks = [
        read_notebook(path, shown_as=_shown(course, path))
        for path in source_notebooks(course.folder, assignment_id)
    ]
    answers, findings = answers_findings(course, assignment_id, notebooks)
    for notebook in notebooks:
        shown = _shown(course, notebook.path)
        static = _check_notebook(course, notebook, shown) + grading_findings(notebook, shown)
        findings += static
        if run:
            findings += assignment_run_findings(notebook, answers, shown)
    return findings


def _shown(course: Course, path: Path) -> str:
    return f"{course.id}/{path.relative_to(course.folder).as_posix()}"


def _check_notebook(course: Course, notebook: Notebook, shown: str) -> list[Finding]:
    findings = notebook_findings(notebook, shown)
    findings += [
        Finding(
            f"The code loads the dataset '{name}', which course.yaml does not list.",
            at_cell(shown, cell),
            "Add it under datasets.",
        )
        for cell in notebook.code_cells
        for name in _LOADED.findall(cell.source)
        if name not in course.datasets
    ]
    if _in_english(course):
        prose = tuple(cell for cell in notebook.prose_cells if not cell.is_solution)
        findings += reading_findings(prose, shown)
    return findings
