"""Loading courses: what is read, and each mistake in a sentence with file and line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from academy.courses.course import load_course, load_courses
from academy.errors import AcademyError, FindingsError
from tests.courses.conftest import (
    graded,
    make_course,
    notebook,
    settings,
    write_notebook,
    write_settings,
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_course(tmp_path / "courses" / "tiny-course")


def told(folder: Path) -> list[str]:
    with pytest.raises(FindingsError) as raised:
        load_course(folder)
    return [str(finding) for finding in raised.value.findings]


def line_of(folder: Path, text: str, *, last: bool = True) -> int:
    lines = (folder / "course.yaml").read_text().splitlines()
    found = [number for number, line in enumerate(lines, start=1) if text in line]
    return found[-1 if last else 0]


def test_a_good_course_is_read(folder: Path) -> None:
    course = load_course(folder)
    assert (course.id, course.title, course.track) == ("tiny-course", "Tiny course", "resident")
    assert (course.language, course.enrol, course.datasets) == ("en", "open", ())
    assert [lesson.minutes for lesson in course.lessons] == [4, 4]
    assert course.assignment("six-times-seven").reveal == "never"
    assert course.source_folder("six-times-seven").is_dir()
    with pytest.raises(AcademyError, match="has no assignment 'other'"):
        course.assignment("other")


def test_a_due_date_keeps_its_zone(folder: Path) -> None:
    text = (folder / "course.yaml").read_text()
    (folder / "course.yaml").write_text(
        text.replace("minutes: 5", "minutes: 5\n  due: 2027-03-01T18:00:00-06:00")
    )
    due = load_course(folder).assignment("six-times-seven").due
    assert due is not None
    assert due.utcoffset() == timedelta(hours=-6)


@pytest.mark.parametrize("due", ["2027-03-01", "2027-03-01T18:00:00", "soon", "7"])
def test_a_due_date_without_a_zone_is_refused(due: str, folder: Path) -> None:
    text = (folder / "course.yaml").read_text()
    (folder / "course.yaml").write_text(text.replace("minutes: 5", f"minutes: 5\n  due: {due}"))
    (problem,) = told(folder)
    assert f"line {line_of(folder, 'due')}" in problem
    assert "a day, a time and a zone" in problem


def _missing_lesson(content: dict[str, Any]) -> None:
    content["lessons"][1]["file"] = "03-gone.ipynb"


def _traversal(content: dict[str, Any]) -> None:
    content["lessons"][1]["file"] = "../02-rest.ipynb"


def _odd_name(content: dict[str, Any]) -> None:
    content["lessons"][1]["file"] = "02-Rést of it.ipynb"


def _twice(content: dict[str, Any]) -> None:
    content["lessons"][1]["file"] = content["lessons"][0]["file"]


def _same_assignment(content: dict[str, Any]) -> None:
    content["assignments"].append(content["assignments"][0] | {"title": "Again"})


def _wrong_key(content: dict[str, Any]) -> None:
    content["lessons"][1]["minuts"] = 15


def _unknown_assignment(content: dict[str, Any]) -> None:
    content["lessons"][1]["assignment"] = "nothing"


def _code_without_code(content: dict[str, Any]) -> None:
    content["enrol"] = "code"


def _unused_code(content: dict[str, Any]) -> None:
    content["enrol_code"] = "open sesame"


def _impossible_prerequisite(content: dict[str, Any]) -> None:
    content["prerequisites"] = ["ends-"]


def _never_closes(content: dict[str, Any]) -> None:
    content["assignments"][0]["reveal"] = "after_close"


def _no_source(content: dict[str, Any]) -> None:
    content["assignments"].append({"id": "empty", "title": "Empty", "minutes": 5})


def _bad_minutes(content: dict[str, Any]) -> None:
    content["lessons"][1]["minutes"] = "long"


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        (_missing_lesson, "03-gone", "lessons/03-gone.ipynb is listed and is not there"),
        (_traversal, "../02", "not a name that can be used"),
        (_odd_name, "of it", "not a name that can be used"),
        (_twice, "01-count", "stands here a second time"),
        (_same_assignment, "id: six", "stands here a second time"),
        (_wrong_key, "minuts", "There is no setting 'lessons.1.minuts'"),
        (_unknown_assignment, "assignment: nothing", "no assignment 'nothing' is listed"),
        (_code_without_code, "enrol:", "needs an enrol_code"),
        (_unused_code, "enrol_code", "only with enrol: code"),
        (_impossible_prerequisite, "ends-", "not a name that can be used"),
        (_never_closes, "reveal", "needs a due date"),
        (_no_source, "id: empty", "source/empty/ holds no notebook"),
        (_bad_minutes, "long", "should be a valid integer"),
    ],
)
def test_each_mistake_is_one_sentence_with_its_line(
    change: Callable[[dict[str, Any]], None], line: str, words: str, folder: Path
) -> None:
    content = settings()
    change(content)
    (folder / "course.yaml").write_bytes(_as_yaml(content))
    (problem,) = told(folder)
    assert f"tiny-course/course.yaml, line {line_of(folder, line)}:" in problem
    assert words in problem


def _as_yaml(content: dict[str, Any]) -> bytes:
    import yaml

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: Any) -> bool:
            return True

    return yaml.dump(content, Dumper=Plain, sort_keys=False, allow_unicode=True).encode()


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    content = settings()
    for change in (_missing_lesson, _wrong_key, _bad_minutes, _no_source):
        change(content)
    write_settings(folder, content)
    (folder / "lessons" / "01-count-the-days.ipynb").write_text('{\n "cells": [')
    assert len(told(folder)) == 5


def test_a_lesson_that_is_not_json_names_the_line(folder: Path) -> None:
    (folder / "lessons" / "01-count-the-days.ipynb").write_text('{\n "cells": [')
    (problem,) = told(folder)
    assert problem.startswith("tiny-course/lessons/01-count-the-days.ipynb, line 2: ")
    assert "not valid JSON" in problem


@pytest.mark.parametrize("content", ["[]", '{"cells": 3}', '{"worksheets": []}'])
def test_json_that_is_no_notebook_is_told(content: str, folder: Path) -> None:
    (folder / "lessons" / "01-count-the-days.ipynb").write_text(content)
    (problem,) = told(folder)
    assert "no list of cells" in problem


def test_an_assignment_without_points_is_told(folder: Path) -> None:
    exercise = folder / "source" / "six-times-seven" / "exercise.ipynb"
    write_notebook(exercise, notebook(graded("x = 1", "x", is_solution=True)))
    (problem,) = told(folder)
    assert f"course.yaml, line {line_of(folder, 'id: six')}" in problem
    assert "gives no points" in problem


@pytest.mark.parametrize(
    "name",
    [
        *("hub", "lessons", "proxy", "supervisor", "idle-culler"),
        *("Big", "a", "a" * 33, "1st", "under_score", "ends-", "a--"),
    ],
)
def test_an_id_that_is_reserved_or_invalid_is_told(name: str, folder: Path) -> None:
    other = folder.with_name(name)
    folder.rename(other)
    (problem,) = told(other)
    assert problem.startswith(f"{name}: '{name}' can't be a course's id")


@pytest.mark.parametrize("name", ["abc", "a-b", "a23", "a" * 32])
def test_an_id_of_any_length_that_is_allowed_is_read(name: str, folder: Path) -> None:
    assert load_course(folder.rename(folder.with_name(name))).id == name


@pytest.mark.parametrize("content", ["", "just words", "- a\n- b", "title: [", "a: *b"])
def test_a_file_that_is_no_settings_is_told_and_never_a_traceback(
    content: str, folder: Path
) -> None:
    (folder / "course.yaml").write_text(content)
    assert told(folder)[0].startswith("tiny-course/course.yaml")


def test_no_course_yaml_is_told(folder: Path) -> None:
    (folder / "course.yaml").unlink()
    assert "expected and is not there" in told(folder)[0]


def test_courses_come_sorted_and_all_broken_ones_are_told_together(folder: Path) -> None:
    root = folder.parent
    make_course(root / "another-course")
    (root / "LICENSE").write_text("text")
    (root / ".hidden").mkdir()
    assert [course.id for course in load_courses(root)] == ["another-course", "tiny-course"]
    for name in ("another-course", "tiny-course"):
        (root / name / "course.yaml").write_text("title: [")
    with pytest.raises(FindingsError) as raised:
        load_courses(root)
    assert len(raised.value.findings) == 2


def test_an_unknown_prerequisite_is_told(folder: Path) -> None:
    write_settings(folder, settings() | {"prerequisites": ["not-there"]})
    with pytest.raises(FindingsError, match="'not-there' is not a course"):
        load_courses(folder.parent)


def test_no_courses_folder_means_no_courses(tmp_path: Path) -> None:
    assert load_courses(tmp_path / "none") == []
