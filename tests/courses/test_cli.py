"""``academy course``: what a person types and reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from academy.cli.course import app
from academy.courses.live import seed_courses
from academy.errors import AcademyError
from tests.courses.conftest import edit_cell, run_cell

FIRST = "lessons/01-count-the-days.ipynb"


@pytest.fixture
def course(shipped: Path) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, [*arguments])
        if isinstance(result.exception, AcademyError):
            raise result.exception
        return result

    return run


def test_list_tells_where_each_course_stands(course: Callable[..., Result], live: Path) -> None:
    assert "shipped, not live" in course("list").output
    seed_courses()
    (row,) = json.loads(course("list", "--json").output)["courses"]
    assert (row["id"], row["standing"], row["lessons"]) == ("tiny-course", "published", 2)
    (live / "course.yaml").write_text("title: [")
    assert "tiny-course/course.yaml, line 1" in course("list").output


def test_check_exits_with_1_and_a_sentence_for_each_thing(
    course: Callable[..., Result], shipped: Path
) -> None:
    good = course("check", "tiny-course", "--no-run")
    assert (good.exit_code, "nothing to mend" in good.output) == (0, True)
    run_cell(shipped / FIRST)
    bad = course("check", str(shipped), "--no-run")
    assert bad.exit_code == 1
    assert f"tiny-course/{FIRST}, cell 2: The cell is stored with its output" in bad.output
    found = json.loads(course("check", "--no-run", "--json").output)
    assert [finding["where"] for finding in found[str(shipped)]] == [f"tiny-course/{FIRST}, cell 2"]


def test_check_takes_the_live_course_where_there_is_one(
    course: Callable[..., Result], live: Path
) -> None:
    seed_courses()
    run_cell(live / FIRST)
    assert course("check", "tiny-course", "--no-run").exit_code == 1


def test_check_of_an_unknown_course_names_the_known_ones(course: Callable[..., Result]) -> None:
    with pytest.raises(AcademyError, match="The courses are: tiny-course"):
        course("check", "tinny-course")


def test_new_publish_and_export(course: Callable[..., Result], live: Path, tmp_path: Path) -> None:
    assert "Learners see nothing of it yet" in course("new", "budget-nights").output
    seed_courses()
    assert "already have the newest lessons" in course("publish", "tiny-course").output
    edit_cell(live / FIRST, "days = 8\ndays")
    done = json.loads(course("publish", "tiny-course", "--json").output)
    assert done["changed"] == done["edits"] == [FIRST]
    out = tmp_path / "out"
    assert "git am" in course("export", "tiny-course", "--output", str(out)).output
    assert len(list(out.glob("*.patch"))) == 1


def test_every_command_has_help(course: Callable[..., Result]) -> None:
    for command in ("list", "new", "check", "publish", "export"):
        result = course(command, "--help")
        assert result.exit_code == 0
        assert "Usage" in result.output
