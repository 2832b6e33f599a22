from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from academy.errors import AcademyError
from academy.grading.gradebook import (
    ensure_student,
    gradebook_path,
    open_gradebook,
    set_due_date,
)


@pytest.fixture
def gradebook(course: Path) -> Path:
    return gradebook_path(course.name)


def test_a_student_is_added_once(gradebook: Path) -> None:
    for _ in range(2):
        ensure_student("tiny", "amira")

    with open_gradebook("tiny") as opened:
        assert [student.id for student in opened.students] == ["amira"]


def test_a_student_who_is_there_keeps_their_name(gradebook: Path) -> None:
    with open_gradebook("tiny") as opened:
        opened.add_student("amira", first_name="Amira")

    ensure_student("tiny", "amira")

    with open_gradebook("tiny") as opened:
        assert opened.find_student("amira").first_name == "Amira"


def test_students_who_enrol_at_the_same_moment_are_all_there(gradebook: Path) -> None:
    names = [f"learner-{number}" for number in range(8)] + ["learner-0", "learner-1"]

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda name: ensure_student("tiny", name), names))

    with open_gradebook("tiny") as opened:
        assert {student.id for student in opened.students} == set(names)


def test_the_layout_that_is_noted_is_what_nbgrader_itself_would_note(gradebook: Path) -> None:
    with sqlite3.connect(gradebook) as connection:
        (noted,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    code = "from nbgrader.api import get_alembic_version; print(get_alembic_version())"
    programs = f"{Path(sys.executable).parent}:/usr/bin:/bin"

    itself = subprocess.run(
        [sys.executable, "-c", code], env={"PATH": programs}, stdout=subprocess.PIPE, check=True
    )

    assert noted == itself.stdout.decode().strip()


def test_the_gradebook_writes_ahead_and_waits_for_locks(gradebook: Path) -> None:
    with sqlite3.connect(gradebook) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    with open_gradebook("tiny") as opened:
        from sqlalchemy import text

        assert opened.db.execute(text("PRAGMA busy_timeout")).scalar() == 30_000


def test_a_course_that_is_not_there_is_named(state: Path) -> None:
    with pytest.raises(AcademyError, match="no live course 'nowhere'") as caught:
        ensure_student("nowhere", "amira")

    assert "Nothing was changed" in str(caught.value)
    assert not (state / "courses" / "nowhere").exists()


def test_a_due_date_is_kept_in_utc(gradebook: Path) -> None:
    set_due_date("tiny", "counting", datetime.fromisoformat("2026-12-01T18:00:00-06:00"))

    with open_gradebook("tiny") as opened:
        assert opened.find_assignment("counting").duedate == datetime(2026, 12, 2)
