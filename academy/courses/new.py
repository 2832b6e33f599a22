"""Make a new course from a small one that passes every check."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from academy import paths
from academy.courses.course import SETTINGS_FILE, id_findings
from academy.courses.repository import course_lock, create_new_repository, live_folder
from academy.errors import AcademyError, FindingsError
from academy.paths import write_atomically

TEMPLATE = Path(__file__).parent / "template"
_TITLE_LINE = "title: A new course\n"


def new_course(course_id: str, *, title: str = "", folder: Path | None = None) -> Path:
    """Make a new course: one lesson and one assignment on real data, to be changed.

    Parameters
    ----------
    course_id
        The new course's id.
    title
        Its title; made from the id by default.
    folder
        Make it in this folder, such as the checkout's ``courses/``; as a live course by default.

    Returns
    -------
    Path
        The new course's folder.

    Raises
    ------
    AcademyError
        When the id can't be used or is taken.
    """
    findings = id_findings(course_id)
    if findings:
        headline = "The course was not made; nothing was changed. What to mend:"
        raise FindingsError(headline, findings)
    target = live_folder(course_id) if folder is None else folder.absolute() / course_id
    for taken in (target, paths.shipped_courses() / course_id):
        _require_free(taken, course_id)
    title = title or course_id.replace("-", " ").capitalize()
    with tempfile.TemporaryDirectory() as name:
        made = Path(name) / course_id
        _write_template(made, title)
        if folder is not None:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made, target)
        else:
            _make_live(course_id, made)
    return target


def _make_live(course_id: str, made: Path) -> None:
    try:
        with course_lock(course_id):
            create_new_repository(course_id, made)
    except OSError as error:
        raise AcademyError(
            f"A live course can't be made by you here ({error.strerror}).",
            where=str(paths.live_courses()),
            kept="Nothing was changed.",
            next_step="Ask the administrator to make it, or make it in a folder of yours with "
            "--folder and look at it there.",
        ) from error


def _require_free(taken: Path, course_id: str) -> None:
    if taken.exists():
        raise AcademyError(
            f"There is a course '{course_id}' already.",
            where=str(taken),
            kept="Nothing was changed.",
            next_step="Choose another id.",
        )


def _write_template(made: Path, title: str) -> None:
    ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(TEMPLATE, made, ignore=ignore)
    settings = made / SETTINGS_FILE
    text = settings.read_text(encoding="utf-8")
    # A JSON string is a YAML string, whatever characters the title has.
    line = f"title: {json.dumps(title, ensure_ascii=False)}\n"
    write_atomically(settings, text.replace(_TITLE_LINE, line, 1))
