"""The courses that come with the Academy have nothing to mend."""

from __future__ import annotations

from pathlib import Path

import pytest

from academy import paths
from academy.courses.course import course_folders
from academy.courses.rules import check_folder

COURSES = course_folders(paths.shipped_courses())


def test_there_are_courses() -> None:
    assert "start-here" in {folder.name for folder in COURSES}


@pytest.mark.integration
@pytest.mark.parametrize("folder", COURSES, ids=[folder.name for folder in COURSES])
def test_a_shipped_course_has_nothing_to_mend(folder: Path) -> None:
    assert [str(finding) for finding in check_folder(folder)] == []
