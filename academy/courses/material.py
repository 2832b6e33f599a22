"""What learners may see of a course, and the refusal of everything that they must not see."""

from __future__ import annotations

import re
from pathlib import Path

from academy.courses.course import Course
from academy.courses.glossary import (
    GLOSSARY_FILE,
    glossary,
    glossary_page,
    known_by,
    with_links,
)
from academy.courses.lesson import clean_bytes, read_notebook
from academy.courses.page import PAGE_FILE, course_page
from academy.errors import Finding, FindingsError

SECRET_MARKS = ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*")
# A learner's version of a notebook is never merged line by line with ours.
_ATTRIBUTES = b"*.ipynb -merge\n"


def published_files(course: Course) -> dict[str, bytes]:
    """Return what learners may see of a course: path to content, without outputs.

    The listed lessons, what lies beside them in ``lessons/`` (pictures, small files; no other
    notebook, so that a draft stays a draft), the pages to be printed, the course page, and the page
    of the words that the lessons explain. In the lessons these words are links to it.

    Raises
    ------
    FindingsError
        When a file there holds a solution, is a link, or has a name that a learner's machine
        may not bear.
    """
    terms = glossary(course)
    files = {".gitattributes": _ATTRIBUTES, PAGE_FILE: course_page(course, terms).encode()}
    if terms:
        files[GLOSSARY_FILE] = glossary_page(terms).encode()
    listed = {lesson.file for lesson in course.lessons}
    findings: list[Finding] = []
    for path in sorted([*course.lessons_folder.rglob("*"), *course.paper_folder.rglob("*")]):
        name = path.relative_to(course.folder).as_posix()
        if path.name in listed and path.parent == course.lessons_folder:
            findings += _secrets(path, f"{course.id}/{name}")
            files[name] = with_links(clean_bytes(path.read_bytes()), known_by(terms, path.name))
        elif path.suffix != ".ipynb" and not _is_hidden(name) and not _is_folder(path):
            findings += _unfit(path, name, course)
            files[name] = b"" if findings else path.read_bytes()
    if findings:
        headline = f"The lessons of {course.id} were not published. What to mend:"
        raise FindingsError(headline, findings, kept="Learners keep what they have.")
    return files


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__pycache__")) for part in name.split("/"))


def _unfit(path: Path, name: str, course: Course) -> list[Finding]:
    where = f"{course.id}/{name}"
    # The folder by its own name, so that it can't be a link to another one.
    folder = course.folder.resolve() / name.split("/")[0]
    inside = path.resolve().is_relative_to(folder)
    if path.is_symlink() or not inside or not path.is_file():
        return _not_plain(where)
    if not _PLAIN_PATH.fullmatch(name):
        next_step = "Rename it with letters, digits, dots, hyphens and underscores only."
        return [Finding("This file's name has odd characters.", where, next_step)]
    found = [mark for mark in SECRET_MARKS if mark.encode() in path.read_bytes()]
    return [_secret(found[0], where)] if found else []


def _secrets(path: Path, where: str) -> list[Finding]:
    """What learners must not see: nbgrader's marks, and cells made for grading."""
    if path.is_symlink():
        return _not_plain(where)
    findings = []
    for cell in read_notebook(path, shown_as=where).cells:
        marks = [mark for mark in SECRET_MARKS if mark in cell.source]
        if cell.is_graded or cell.is_solution:
            marks.append("an nbgrader cell")
        if marks:
            findings.append(_secret(marks[0], f"{where}, cell {cell.number}"))
    return findings


def _not_plain(where: str) -> list[Finding]:
    next_step = "Put a copy of the file there instead."
    return [Finding("Only plain files can be published, and this is a link.", where, next_step)]


def _secret(mark: str, where: str) -> Finding:
    return Finding(
        f"A lesson is shown to learners as it is, and this one holds {mark}.",
        where,
        "Move graded work to an assignment under source/.",
    )
