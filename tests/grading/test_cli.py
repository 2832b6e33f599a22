from __future__ import annotations

import json
import shutil

import pytest
from typer.testing import CliRunner

from academy.cli.main import app
from academy.errors import AcademyError
from tests.grading.classroom import ASSIGNMENT, COURSE, Classroom

pytestmark = pytest.mark.integration


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["course", *arguments])
    if isinstance(result.exception, AcademyError):
        raise result.exception
    return result.exit_code, result.output


def test_grade_prints_a_line_a_learner_and_exits_3_when_some_need_a_look(
    own_classroom: Classroom,
) -> None:
    for learner in ("quitter", "stubborn"):
        shutil.rmtree(own_classroom.root / "submitted" / learner)

    code, output = run("grade", COURSE, ASSIGNMENT)

    lines = output.splitlines()
    assert code == 3
    assert "amira: Graded before and not handed in again since." in lines
    assert any(line.startswith("listed: 'counting.ipynb' is not a notebook") for line in lines)
    assert lines[-1].startswith("Graded 'counting': ")


def test_collect_exits_0_when_all_is_fine(own_classroom: Classroom) -> None:
    code, output = run("collect", COURSE, ASSIGNMENT)

    assert code == 0
    assert output.splitlines()[-1] == (
        f"{len(own_classroom.learners)} learners handed in 'counting'."
    )


def test_json_has_every_outcome(own_classroom: Classroom) -> None:
    code, output = run("return", COURSE, ASSIGNMENT, "--json")

    result = json.loads(output)
    scores = {o["learner"]: (o["score"], o["ok"]) for o in result["outcomes"]}
    assert code == 3
    assert (result["step"], result["course_id"]) == ("return", COURSE)
    assert scores["amira"] == (9, True)
    assert scores["bruno"] == (0, False)


def test_release_says_what_learners_get(own_classroom: Classroom) -> None:
    code, output = run("release", COURSE, ASSIGNMENT)

    assert code == 0
    assert "'counting' is released ('counting.ipynb')" in output


def test_an_unknown_course_is_a_sentence(own_classroom: Classroom) -> None:
    with pytest.raises(AcademyError, match="no live course 'nowhere'"):
        run("grade", "nowhere", ASSIGNMENT)
