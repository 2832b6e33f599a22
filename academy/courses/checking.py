"""What is to be told of one notebook: by reading it at once, by running it later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from academy.courses.answers import Answers
from academy.courses.course import Course
from academy.courses.facts import Facts, load_facts
from academy.courses.files import source_notebooks
from academy.courses.lesson import Notebook, read_notebook
from academy.courses.material import published_files
from academy.courses.rules_colours import colour_findings
from academy.courses.rules_data import dated_findings, listed_findings
from academy.courses.rules_exercises import hint_findings, length_findings, points_findings
from academy.courses.rules_facts import number_findings, told_elsewhere
from academy.courses.rules_glossary import term_findings
from academy.courses.rules_grading import answers_findings, grading_findings
from academy.courses.rules_lesson import lesson_findings, reading_findings
from academy.courses.rules_links import link_findings
from academy.courses.rules_notebook import notebook_findings
from academy.courses.rules_pace import pace_findings, time_findings
from academy.courses.rules_running import assignment_run_findings, lesson_run_findings
from academy.courses.rules_stable import stable_findings
from academy.errors import AcademyError, Finding


@dataclass(frozen=True)
class Check:
    """One notebook under check.

    Parameters
    ----------
    shown
        How messages name it.
    findings
        What reading it tells.
    run
        Runs it in all its versions and returns what that tells.
    files
        What the run depends on, besides the tables and the Academy itself.
    """

    shown: str
    findings: list[Finding]
    run: Callable[[], list[Finding]]
    files: tuple[Path, ...]


def lesson_check(course: Course, index: int) -> Check:
    """Read a lesson."""
    lesson = course.lessons[index]
    shown = f"{course.id}/lessons/{lesson.file}"
    notebook = read_notebook(course.lessons_folder / lesson.file, shown_as=shown)
    findings = _read(course, notebook, shown)
    minutes = [lesson.minutes]
    if lesson.assignment:
        minutes.append(course.assignment(lesson.assignment).minutes)
    facts, wrong = _numbers(course, notebook, minutes, shown)
    findings += wrong
    if in_english(course):
        findings += lesson_findings(notebook, lesson, shown)
        findings += dated_findings(notebook, shown)
        findings += time_findings(notebook, lesson.minutes, shown)
        findings += pace_findings(notebook, shown)
        findings += term_findings(notebook, shown)
    findings += link_findings(notebook, "lessons", _published(course), shown)
    beside = sorted(one for one in course.lessons_folder.rglob("*") if one.suffix != ".ipynb")
    files = (notebook.path, course.facts_file(notebook.path.stem), *filter(Path.is_file, beside))
    return Check(shown, findings, lambda: lesson_run_findings(notebook, facts, shown), files)


def assignment_checks(course: Course, assignment_id: str) -> list[Check]:
    """Read the notebooks of an assignment; what is told of its answers stands with the first."""
    notebooks = [
        read_notebook(path, shown_as=_shown(course, path))
        for path in source_notebooks(course.folder, assignment_id)
    ]
    answers, findings = answers_findings(course, assignment_id, notebooks)
    checks = [_assignment_check(course, assignment_id, one, answers) for one in notebooks]
    checks[0].findings[:0] = findings
    return checks


def _assignment_check(
    course: Course, assignment_id: str, notebook: Notebook, answers: Answers | None
) -> Check:
    shown = _shown(course, notebook.path)
    findings = _read(course, notebook, shown) + grading_findings(notebook, shown)
    findings += stable_findings(course, assignment_id, notebook, shown)
    minutes = course.assignment(assignment_id).minutes
    facts, wrong = _numbers(course, notebook, [minutes], shown)
    findings += wrong + _exercises(course, minutes, notebook, answers)
    files = (
        notebook.path.parent,
        course.answers_file(assignment_id),
        course.facts_file(notebook.path.stem),
    )
    return Check(
        shown, findings, lambda: assignment_run_findings(notebook, answers, facts, shown), files
    )


def in_english(course: Course) -> bool:
    """Whether a course is in English, of which so much is known here; en-US is English too."""
    return course.language.partition("-")[0] == "en"


def _numbers(
    course: Course, notebook: Notebook, minutes: list[int], shown: str
) -> tuple[Facts | None, list[Finding]]:
    """Read a notebook's facts file and compare it with the prose."""
    file = course.facts_file(notebook.path.stem)
    try:
        facts = load_facts(file, shown_as=f"{course.id}/facts/{file.name}")
    except AcademyError as error:
        return None, list(error.findings)
    return facts, number_findings(notebook, facts, told_elsewhere(notebook, minutes), shown)


def _exercises(
    course: Course, minutes: int, notebook: Notebook, answers: Answers | None
) -> list[Finding]:
    """What an assignment tells a learner of its exercises, and what its links lead to."""
    shown, folder = _shown(course, notebook.path), notebook.path.parent
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    findings = link_findings(notebook, "", files, shown) + points_findings(notebook, shown)
    if course.track == "resident":
        findings += hint_findings(notebook, answers, shown)
    if in_english(course):
        findings += length_findings(notebook, shown) + time_findings(notebook, minutes, shown)
    return findings


def _published(course: Course) -> list[str]:
    """What learners get, as paths; what is unfit for them is told elsewhere."""
    try:
        return list(published_files(course))
    except AcademyError:
        folder = course.folder
        return [path.relative_to(folder).as_posix() for path in course.lessons_folder.rglob("*")]


def _shown(course: Course, path: Path) -> str:
    return f"{course.id}/{path.relative_to(course.folder).as_posix()}"


def _read(course: Course, notebook: Notebook, shown: str) -> list[Finding]:
    findings = notebook_findings(notebook, shown)
    findings += listed_findings(course, notebook, shown)
    findings += colour_findings(notebook, shown)
    if in_english(course):
        prose = tuple(cell for cell in notebook.prose_cells if not cell.is_solution)
        findings += reading_findings(prose, shown)
    return findings
