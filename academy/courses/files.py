"""What ``course.yaml`` names, compared with the files that are there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from academy.courses.lesson import read_notebook
from academy.errors import AcademyError, Finding
from academy.paths import read_plain


def course_findings(folder: Path, shown: str) -> list[Finding]:
    """Return what is wrong between a course's settings and its files.

    It reads the raw YAML, so that missing files are told together with wrong keys.

    Parameters
    ----------
    folder
        The course's folder.
    shown
        How messages name its ``course.yaml``.
    """
    try:
        text = read_plain(folder / "course.yaml").decode("utf-8")
        data = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []  # Reading the settings themselves has told of it.
    findings: list[Finding] = []
    for name in _values(data, "lessons", "file"):
        findings += _lesson_findings(folder, name, _line(text, "file", name, shown))
    for name in _values(data, "assignments", "id"):
        findings += _assignment_findings(folder, name, _line(text, "id", name, shown))
    return findings


def _values(data: Any, part: str, key: str) -> list[str]:
    """Names that may be joined to a folder; the settings' own check reports the others."""
    entries = data.get(part) if isinstance(data, dict) else None
    names = [
        entry[key]
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and isinstance(entry.get(key), str)
    ]
    return [name for name in dict.fromkeys(names) if re.fullmatch(r"[\w][\w.-]*", name)]


def _line(text: str, key: str, value: str, shown: str) -> str:
    pattern = re.compile(rf"[\s{{,-]*{key}:\s*['\"]?{re.escape(value)}(?![\w.-])")
    for number, line in enumerate(text.splitlines(), start=1):
        if pattern.search(line):
            return f"{shown}, line {number}"
    return shown


def _lesson_findings(folder: Path, name: str, where: str) -> list[Finding]:
    path = folder / "lessons" / name
    if not path.is_file():
        return [
            Finding(
                f"The lesson lessons/{name} is listed and is not there.",
                where,
                "Add the notebook, or take the lesson out of the list.",
            )
        ]
    try:
        read_notebook(path, shown_as=f"{folder.name}/lessons/{name}")
    except AcademyError as error:
        return list(error.findings)
    return []


def _assignment_findings(folder: Path, name: str, where: str) -> list[Finding]:
    notebooks = source_notebooks(folder, name)
    if not notebooks:
        return [
            Finding(
                f"The assignment {name} is listed and source/{name}/ holds no notebook.",
                where,
                "Add the instructor's version there, or take the assignment out of the list.",
            )
        ]
    try:
        shown = f"{folder.name}/source/{name}"
        read = [read_notebook(path, shown_as=f"{shown}/{path.name}") for path in notebooks]
    except AcademyError as error:
        return list(error.findings)
    if sum(notebook.points for notebook in read) > 0:
        return []
    return [
        Finding(
            f"The assignment {name} gives no points: no cell of source/{name}/ is graded.",
            where,
            "In JupyterLab, open the notebook's nbgrader side bar (Create Assignment), mark "
            "the test cells as autograder tests and give them points.",
        )
    ]


def source_notebooks(folder: Path, assignment_id: str) -> list[Path]:
    """Return the notebooks of an assignment's instructor version, sorted by name."""
    source = folder / "source" / assignment_id
    return sorted(path for path in source.glob("*.ipynb") if path.is_file())
