"""Our interface to a course says what nbgrader's own says, and asks the gradebook by indexes."""

from __future__ import annotations

import shutil

import pytest

from academy.grading.gradebook import open_gradebook
from academy.grading.session import course_api, course_config
from tests.grading.classroom import ASSIGNMENT, COURSE, Classroom

pytestmark = pytest.mark.integration


def test_it_says_of_a_learner_what_nbgrader_says(own_classroom: Classroom) -> None:
    from nbgrader.apps.api import NbGraderAPI

    root = own_classroom.root
    learners = sorted(path.name for path in (root / "submitted").iterdir())
    again, gone = learners[0], learners[1]
    timestamp = root / "submitted" / again / ASSIGNMENT / "timestamp.txt"
    timestamp.write_text("2031-01-01 12:00:00 UTC", encoding="utf-8")
    shutil.rmtree(root / "autograded" / gone)

    with course_api(COURSE) as api:
        own = NbGraderAPI(config=course_config(COURSE))
        for learner in [*learners, "a-stranger"]:
            expected = own.get_student_submissions(learner)
            assert api.get_student_submissions(learner) == expected, learner


def test_the_gradebook_is_searched_by_indexes(course: object) -> None:
    from sqlalchemy import text

    question = "EXPLAIN QUERY PLAN SELECT * FROM grade WHERE notebook_id = 'x'"
    with open_gradebook(COURSE) as gradebook:
        steps = [row[-1] for row in gradebook.db.execute(text(question))]
    assert any("USING INDEX academy_grade_notebook_id" in step for step in steps), steps
