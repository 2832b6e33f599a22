from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from academy.cli.main import app
from academy.errors import AcademyError
from academy.grading.export import COLUMNS, plots_notebook, scores_csv
from tests.grading.classroom import ASSIGNMENT, COURSE, Classroom
from tests.grading.marked import Marked, at

ALL = {"add-test": 4.0, "double-test": 3.0, "why": 3.0}


@pytest.fixture
def marked(course: Path) -> Marked:
    return Marked(course)


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["grade", *arguments])
    if isinstance(result.exception, AcademyError):
        raise result.exception
    return result.exit_code, result.output


def test_a_row_for_each_learner_and_assignment(marked: Marked) -> None:
    marked.student("zoe", first_name="Zoë", last_name="Núñez")
    receipt = marked.submit("amira")
    marked.due(receipt.submitted_at)
    marked.grade(receipt, ALL | {"add-test": 0.0, "why": 1.5})
    marked.penalty("amira", 0.5)

    amira, zoe = read(scores_csv(COURSE))

    assert list(amira) == list(COLUMNS)
    assert amira == {
        "course": COURSE,
        "assignment": ASSIGNMENT,
        "learner": "amira",
        "name": "",
        "submitted_at": receipt.timestamp[:19],
        "state": "graded",
        "late_minutes": "0",
        "points": "4.5",
        "penalty": "0.5",
        "score": "4.0",
        "max_score": "10.0",
        "share": "0.4",
        "passed": "no",
        "note": "",
    }
    assert (zoe["name"], zoe["state"], zoe["score"]) == ("Zoë Núñez", "not_handed_in", "")


def test_lateness_is_told_in_minutes(marked: Marked) -> None:
    receipt = marked.submit("amira")
    marked.due(at("2026-01-01"))
    marked.grade(receipt, ALL)

    (row,) = read(scores_csv(COURSE))

    late = receipt.submitted_at - at("2026-01-01")
    assert int(row["late_minutes"]) == round(late.total_seconds() / 60)


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "@SUM(1)", "+1+1|cmd", "-2+3", "\tx"])
def test_a_name_that_is_a_formula_is_harmless(marked: Marked, name: str) -> None:
    marked.student("amira", last_name=name)

    (row,) = read(scores_csv(COURSE))

    assert row["name"] == f"'{name}"


def test_commas_quotes_and_lines_stay_in_their_cell(marked: Marked) -> None:
    marked.student("amira", last_name='Doe, "A"\nB')

    (row,) = read(scores_csv(COURSE))

    assert row["name"] == 'Doe, "A"\nB'


def test_a_file_begins_with_a_mark_for_spreadsheets_and_is_private(
    marked: Marked, tmp_path: Path
) -> None:
    marked.student("zoe", first_name="Zoë")
    file = tmp_path / "scores.csv"

    code, output = run("export", COURSE, ASSIGNMENT, "--out", str(file))

    assert (code, output) == (0, f"1 row, now in {file}\n")
    assert file.read_bytes().startswith(b"\xef\xbb\xbfcourse,assignment,")
    assert "Zoë" in file.read_text("utf-8-sig")
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_screen_gets_plain_csv(marked: Marked) -> None:
    marked.student("amira")

    assert run("export", COURSE) == (0, scores_csv(COURSE))


def test_a_file_that_cannot_be_written_is_a_sentence(marked: Marked, tmp_path: Path) -> None:
    with pytest.raises(AcademyError, match="can't be written"):
        run("export", COURSE, "--out", str(tmp_path / "nowhere" / "scores.csv"))


def test_the_notebook_names_its_course_and_is_never_written_over(
    marked: Marked, tmp_path: Path
) -> None:
    file = tmp_path / "scores.ipynb"

    assert run("notebook", COURSE, "--out", str(file))[0] == 0

    assert 'course = "tiny"' in "".join(json.loads(file.read_text())["cells"][1]["source"])
    with pytest.raises(AcademyError, match="a file of this name already"):
        run("notebook", COURSE, "--out", str(file))


def executed(folder: Path) -> str:
    """Run the notebook in a folder as an instructor does; return all that it puts out."""
    notebook = nbformat.reads(plots_notebook(COURSE), as_version=4)
    nbformat.validate(notebook)
    file = folder / "scores.ipynb"
    nbformat.write(notebook, file)
    command = [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", str(file)]
    environment = dict(os.environ, HOME=str(folder))
    done = subprocess.run(
        [*command, "--inplace"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return file.read_text()


@pytest.mark.integration
def test_the_notebook_plots_a_real_class(classroom: Classroom, tmp_path: Path) -> None:
    shown = executed(tmp_path)

    assert "counting: " in shown
    assert " learners with a score, the median is " in shown
    assert shown.count('"image/png"') == 1


@pytest.mark.integration
def test_the_notebook_runs_where_nothing_is_graded(marked: Marked, tmp_path: Path) -> None:
    marked.student("amira")

    assert "nothing is graded yet" in executed(tmp_path)
