"""Courses: ``course.yaml`` as typed settings, checked against the files beside it."""

from __future__ import annotations

import re
from pathlib import Path

from academy.courses.files import course_findings
from academy.courses.settings import COURSE_ID, Assignment, CourseSettings, Lesson
from academy.errors import AcademyError, Finding, FindingsError
from academy.yamlfile import load_yaml

__all__ = ["Assignment", "Course", "CourseSettings", "Lesson", "load_course", "load_courses"]

SETTINGS_FILE = "course.yaml"

# Names that already mean something: in the hub's addresses, in a learner's home, on the
# machine, or to the command line.
RESERVED_IDS = frozenset(
    {"academy", "admin", "administrator", "all", "api", "data", "exchange", "formgrader", "hub"}
    | {"idle-culler", "instructor", "lessons", "new", "nobody", "proxy", "public", "root"}
    | {"service", "services", "shared", "static", "supervisor", "user", "users", "work"}
)


class Course(CourseSettings):
    """A course: its settings, its id and the folder that holds it."""

    id: str
    folder: Path

    @property
    def lessons_folder(self) -> Path:
        """The folder of the lessons."""
        return self.folder / "lessons"

    @property
    def paper_folder(self) -> Path:
        """The folder of pages to be printed; most courses have none."""
        return self.folder / "paper"

    def source_folder(self, assignment_id: str) -> Path:
        """Return the folder of an assignment's instructor version."""
        return self.folder / "source" / assignment_id

    def answers_file(self, assignment_id: str) -> Path:
        """Return the file of an assignment's other right and known wrong answers."""
        return self.folder / "answers" / f"{assignment_id}.yaml"

    def facts_file(self, stem: str) -> Path:
        """Return the file that says where the numbers of a notebook's prose come from."""
        return self.folder / "facts" / f"{stem}.yaml"

    def assignment(self, assignment_id: str) -> Assignment:
        """Return one assignment by its id.

        Raises
        ------
        AcademyError
            When the course has no such assignment.
        """
        for assignment in self.assignments:
            if assignment.id == assignment_id:
                return assignment
        known = ", ".join(one.id for one in self.assignments) or "none"
        raise AcademyError(
            f"The course {self.id} has no assignment '{assignment_id}' (it has: {known}).",
            where=f"{self.id}/{SETTINGS_FILE}",
            kept="Nothing was changed.",
        )


def load_course(folder: Path) -> Course:
    """Load a course and check it against its files.

    Parameters
    ----------
    folder
        The course's folder; its name is the course's id.

    Raises
    ------
    FindingsError
        With everything that is wrong at once: the id, ``course.yaml``, a lesson that is
        missing or not JSON, an assignment without a notebook or without points.
    """
    shown = f"{folder.name}/{SETTINGS_FILE}"
    findings = list(id_findings(folder.name))
    settings = None
    try:
        settings = load_yaml(folder / SETTINGS_FILE, CourseSettings, shown_as=shown)
    except AcademyError as error:
        findings += error.findings
    findings += course_findings(folder, shown)
    if settings is None or findings:
        headline = f"The course in {folder} can't be used; nothing was changed. What to mend:"
        raise FindingsError(headline, findings)
    return Course(**dict(settings), id=folder.name, folder=folder)


def id_findings(course_id: str) -> list[Finding]:
    """Return what is wrong with a course's id; nothing for a good one."""
    if not re.fullmatch(COURSE_ID, course_id):
        problem = (
            f"'{course_id}' can't be a course's id: 3 to 32 small letters, digits and hyphens, "
            "beginning with a letter and not ending with a hyphen."
        )
    elif course_id in RESERVED_IDS:
        problem = f"'{course_id}' can't be a course's id: the Academy uses this name itself."
    else:
        return []
    return [Finding(problem, course_id, "Choose another name for the course's folder.")]


def course_folders(root: Path) -> list[Path]:
    """Return the course folders in a folder, sorted by id; hidden folders are not courses."""
    if not root.is_dir():
        return []
    return sorted(
        entry
        for entry in root.iterdir()
        if entry.is_dir() and not entry.name.startswith((".", "_"))
    )


def load_courses(root: Path) -> list[Course]:
    """Load every course in a folder, sorted by id.

    Raises
    ------
    FindingsError
        When any course is broken: one error with the findings of all of them.
    """
    courses, findings = load_readable_courses(root)
    findings += prerequisite_findings(courses) if not findings else []
    if findings:
        headline = f"Courses in {root} can't be used; nothing was changed. What to mend:"
        raise FindingsError(headline, findings)
    return courses


def load_readable_courses(root: Path) -> tuple[list[Course], list[Finding]]:
    """Load the courses that can be loaded, and say what is wrong with the others."""
    courses: list[Course] = []
    findings: list[Finding] = []
    for folder in course_folders(root):
        try:
            courses.append(load_course(folder))
        except AcademyError as error:
            findings += error.findings
        except (OSError, ValueError, TypeError, RecursionError) as error:
            # Whatever an instructor wrote there, the other courses are served.
            problem = f"The course can't be read ({type(error).__name__}: {error})."
            findings.append(Finding(problem[:400], f"{folder.name}/{SETTINGS_FILE}"))
    return courses, findings


def prerequisite_findings(courses: list[Course]) -> list[Finding]:
    """Return a finding for each prerequisite that is not among the courses."""
    known = {course.id for course in courses}
    return [
        Finding(
            f"The prerequisite '{wanted}' is not a course of the Academy.",
            f"{course.id}/{SETTINGS_FILE}",
            "Correct its id, or take it out.",
        )
        for course in courses
        for wanted in course.prerequisites
        if wanted not in known or wanted == course.id
    ]
