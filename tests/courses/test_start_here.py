"""The course "Start here": its lesson runs and says what is true; its graded task is fair."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from academy.paths import embedded_datasets, shipped_courses

COURSE = shipped_courses() / "start-here"
LESSON = COURSE / "lessons" / "01-load-and-count.ipynb"
TASK = COURSE / "source" / "load-and-count" / "load-and-count.ipynb"
ANSWERS = yaml.safe_load((COURSE / "answers" / "load-and-count.yaml").read_text("utf-8"))["cells"]

Notebook = Any


@pytest.fixture(autouse=True)
def _pinned_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the embedded table, whatever was refreshed on this machine."""
    monkeypatch.setenv("ACADEMY_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("MPLBACKEND", "agg")


@pytest.fixture
def renewed_table(tmp_path: Path) -> None:
    """Put a later, shorter table on the shelf, as a refresh would."""
    folder = tmp_path / "state" / "datasets" / "service-requests"
    shutil.copytree(embedded_datasets() / "service-requests", folder)
    table = folder / "service-requests.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows[:1500])
    described = json.loads((folder / "datapackage.json").read_text("utf-8"))
    content = table.read_bytes()
    described["resources"][0] |= {
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "rowCount": 1499,
    }
    (folder / "datapackage.json").write_text(json.dumps(described), "utf-8")


def notebook(path: Path) -> Notebook:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def released() -> Notebook:
    """The task as learners get it."""
    nb, resources = notebook(TASK), {}
    for step in (ClearSolutions(), ClearHiddenTests()):
        nb, resources = step.preprocess(nb, resources)
    return nb


def grade_id(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def graded_tests(nb: Notebook) -> list[str]:
    return [
        grade_id(cell)
        for cell in nb.cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade")
    ]


def run(nb: Notebook) -> dict[str, Exception]:
    """Run all code cells in one name space, going on after a failure, as the grader does."""
    names: dict[str, Any] = {}
    failures: dict[str, Exception] = {}
    for cell in nb.cells:
        if cell.cell_type == "code":
            try:
                exec(compile(cell.source, cell.id, "exec"), names)
            except Exception as error:  # noqa: BLE001 - whatever a learner's answer may raise
                failures[grade_id(cell) or cell.id] = error
    return failures


def with_answer(cell_id: str, source: str) -> Notebook:
    nb = notebook(TASK)
    next(cell for cell in nb.cells if grade_id(cell) == cell_id).source = source
    return nb


def wrong_answers() -> list[Any]:
    return [
        pytest.param(cell_id, answer["code"], id=f"{cell_id}: {answer['why']}")
        for cell_id, answers in ANSWERS.items()
        for answer in answers["mutants"]
    ]


# The lesson


@pytest.fixture(scope="module")
def run_lesson(tmp_path_factory: pytest.TempPathFactory) -> Notebook:
    nb = notebook(LESSON)
    folder = tmp_path_factory.mktemp("lesson")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ACADEMY_STATE", str(folder / "state"))
        patch.delenv("MPLBACKEND", raising=False)
        client = NotebookClient(nb, timeout=60, resources={"metadata": {"path": str(folder)}})
        client.execute()
    assert [path.name for path in folder.iterdir()] == [], "the lesson leaves files behind"
    return nb


@pytest.fixture
def output_of(run_lesson: Notebook) -> Any:
    def find(cell_id: str) -> str:
        cell = next(cell for cell in run_lesson.cells if cell.id == cell_id)
        outputs = [
            output.get("text") or output.data.get("text/html") or output.data["text/plain"]
            for output in cell.outputs
        ]
        return "\n".join(outputs)

    return find


@pytest.mark.integration
def test_lesson_runs_from_top_to_bottom_and_every_box_answers(run_lesson: Notebook) -> None:
    silent = [c.id for c in run_lesson.cells if c.cell_type == "code" and not c.outputs]
    assert silent == ["how-to-draw"]


@pytest.mark.integration
def test_chart_carries_its_message_in_words_and_the_tables_hold_its_numbers(
    output_of: Any,
) -> None:
    chart = output_of("draw-two-drawers")
    words = re.search(r'<img alt="([^"]+)"', chart)
    assert words is not None
    assert "garbage 54.3 percent" in words[1]
    assert "damaged garbage cart 11.5 percent" in words[1]
    assert 'src="data:image/png;base64,' in chart
    assert "<td>54.3</td>" in output_of("percent-big-drawers")
    assert "<td>11.5</td>" in output_of("percent-small-drawers")


@pytest.mark.integration
def test_every_number_in_the_text_agrees_with_the_table(output_of: Any) -> None:
    assert re.search(r"All \d\d numbers on this page agree", output_of("numbers-checked"))


def test_a_wrong_number_in_the_text_is_noticed() -> None:
    nb = notebook(LESSON)
    box = next(cell for cell in nb.cells if cell.id == "numbers-checked")
    box.source = box.source.replace('("garbage rows", 2243', '("garbage rows", 2244')
    failures = run(nb)
    assert "garbage rows: this page says 2244, the table gives 2243" in str(
        failures["numbers-checked"]
    )


@pytest.mark.usefixtures("renewed_table")
def test_lesson_runs_on_a_renewed_table(capsys: pytest.CaptureFixture[str]) -> None:
    failures = run(notebook(LESSON))
    assert failures == {}
    assert "Your table is newer than this page" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("box", "before", "after", "expected"),
    [
        ("check-one-row", "= 0", "= 1195849 / 4134", "Yes! Each row stands for about 289"),
        ("check-one-row", "= 0", "= 4134", "Not yet"),
        ("my-street", "PERKINS RD", "NO SUCH ST", "Check the spelling"),
        ("my-street", "PERKINS RD", "CLAYTON ST", "too few to say what leads"),
        ("check-what-to-say", '"?"', '" b "', "Yes!"),
        ("check-what-to-say", '"?"', '"C"', "Careful"),
    ],
)
def test_checks_in_the_lesson_answer_the_learner(
    box: str, before: str, after: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nb = notebook(LESSON)
    cell = next(cell for cell in nb.cells if cell.id == box)
    assert before in cell.source
    cell.source = cell.source.replace(before, after)
    failures = run(nb)
    assert failures == {}
    assert expected in capsys.readouterr().out


# The graded task


@pytest.mark.usefixtures("renewed_table")
def test_instructor_version_passes_on_a_renewed_table() -> None:
    failures = run(notebook(TASK))
    assert failures == {}


def test_released_version_fails_every_test_in_plain_words() -> None:
    nb = released()
    failures = run(nb)
    for test in graded_tests(nb):
        assert isinstance(failures.get(test), AssertionError), test
        assert str(failures[test]).startswith("Exercise "), test


def test_released_version_gives_nothing_away() -> None:
    text = "\n".join(cell.source for cell in released().cells)
    for secret in ("HIDDEN", "SOLUTION", 'OLD OAK ST",', "A model answer", "leaders", "expected ="):
        assert secret not in text, secret


@pytest.mark.parametrize(("cell_id", "source"), wrong_answers())
def test_a_wrong_answer_runs_and_is_told_why(cell_id: str, source: str) -> None:
    failures = run(with_answer(cell_id, source))
    failed = failures.pop(f"check-{cell_id}", None)
    assert isinstance(failed, AssertionError), "the wrong answer passes"
    assert str(failed).startswith("Exercise ")
    assert failures == {}, "one wrong answer must not spoil another exercise"
