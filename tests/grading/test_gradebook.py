from __future__ import annotations

import os
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from academy.errors import AcademyError
from academy.grading.gradebook import (
    _programs_in_reach,
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


def test_gradebooks_that_are_open_at_the_same_time_leave_the_path_as_it_was(
    gradebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    first, second = open_gradebook("tiny"), open_gradebook("tiny")

    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)

    assert os.environ["PATH"] == "/usr/bin:/bin"


def test_threads_reach_programs_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    programs = f"{Path(sys.executable).parent}:/usr/bin:/bin"

    def path_inside(_: int) -> str:
        with _programs_in_reach():
            time.sleep(0.005)
            return os.environ["PATH"]

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(path_inside, range(12))) == {programs}
    assert os.environ["PATH"] == "/usr/bin:/bin"


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
