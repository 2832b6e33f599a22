"""What learners get back, fetched as they fetch it."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_output

from academy.grading import steps
from academy.grading.guard.seal import PLACEHOLDER
from academy.grading.plain import LEFT_OUT, Plainer
from tests.grading.classroom import (
    ASSIGNMENT,
    COURSE,
    EDITS,
    SECRET,
    TOP_SECRET,
    Classroom,
    course_yaml,
    source_notebook,
)

pytestmark = pytest.mark.integration

OPEN = "    reveal: after_close\n    due: 2099-01-01T00:00:00-06:00\n"
CLOSED = "    reveal: after_close\n    due: 2020-01-01T00:00:00-06:00\n"


def page(classroom: Classroom, learner: str) -> str:
    return classroom.learners[learner].fetch_feedback()


def told(html: str) -> str:
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def returned_files(classroom: Classroom) -> list[Path]:
    every = sorted((classroom.state / "exchange" / COURSE / "feedback").glob("*/*"))
    # What marks a page as partial is empty, and is handed out to nobody.
    return [path for path in every if path.name != ".partial" or path.stat().st_size]


def test_the_hidden_tests_were_run(classroom: Classroom) -> None:
    """Else nothing below would prove anything: the grader's own copy has source and traceback."""
    for secret in (SECRET, TOP_SECRET):
        for learner in ("bruno", "spy"):
            graded = classroom.root / "autograded" / learner / ASSIGNMENT / "counting.ipynb"
            assert secret in graded.read_text()


def test_no_byte_of_a_hidden_test_is_returned_to_anybody(classroom: Classroom) -> None:
    files = returned_files(classroom)
    graded = [o for o in classroom.results["return"].outcomes if o.score is not None]

    assert {path.suffix for path in files} == {".html"}
    assert len(files) == len(graded) > 10
    for path in files:
        for secret in (b"marker_of", b"HIDDEN", b"Traceback", b"AssertionError"):
            assert secret not in path.read_bytes(), (path, secret)


def test_the_top_says_how_many_points(classroom: Classroom) -> None:
    soup = BeautifulSoup(page(classroom, "amira"), "html.parser")

    assert soup.h1.get_text() == "You got 9 of 10 points"
    assert soup.title.get_text() == "Your result: Count to two"
    assert "2 of 2 checks passed. Well done." in told(str(soup.header))


def test_the_table_has_points_and_a_plain_message_for_each_check(classroom: Classroom) -> None:
    soup = BeautifulSoup(page(classroom, "bruno"), "html.parser")

    rows = [told(str(row)) for row in soup.table.tbody.find_all("tr")]
    assert rows == [
        "Add two numbers 0 of 4 Not passed yet add does not hold for larger numbers",
        "Double it 0 of 3 Not passed yet "
        "One of the things that this check looks at was not as expected.",
        "Say why 0 of 3 Waiting for your instructor",
    ]


def test_a_visible_checks_message_is_shown(classroom: Classroom) -> None:
    assert "add(1, 1) should be 2" in told(page(classroom, "chloe"))


def test_a_comment_is_shown_beside_the_answer_and_in_a_list(classroom: Classroom) -> None:
    soup = BeautifulSoup(page(classroom, "amira"), "html.parser")

    assert "Good, and short ." in told(str(soup.find(id="why")))
    assert "Good, and short ." in told(str(soup.find("h2", string="Comments").find_next("ul")))


def test_a_blank_answer_is_no_comment_of_the_instructor(classroom: Classroom) -> None:
    html = page(classroom, "deleted-answer")

    assert "There is no answer here yet." in told(html)
    assert "No response" not in html
    assert "Comment from" not in html


def test_an_answer_that_nobody_marked_yet_is_told_to_both(classroom: Classroom) -> None:
    html = page(classroom, "bruno")

    assert "You have 0 of 10 points so far" in told(html)
    assert "This score is partial: one answer is waiting for your instructor" in told(html)
    assert "Still to be marked by hand: 'why'." in classroom.outcome("return", "bruno").sentence


def test_a_spy_sees_nothing_of_a_hidden_test_while_it_runs(classroom: Classroom) -> None:
    """What it showed stands on the page as it is, for nothing had to be left out."""
    words = told(page(classroom, "spy"))

    assert LEFT_OUT not in words
    assert PLACEHOLDER in words


@pytest.mark.parametrize("reveal", [False, True])
def test_output_that_repeats_a_hidden_test_is_left_out(reveal: bool) -> None:
    notebook = source_notebook()
    found = new_output("stream", text=f"found: {SECRET} = 40\n")
    notebook.cells.append(new_code_cell("show_what_was_found()", outputs=[found]))

    Plainer(notebook, reveal=reveal).apply()

    (shown,) = notebook.cells[-1].outputs
    assert (LEFT_OUT in shown.text) is not reveal
    assert (SECRET in shown.text) is reveal


def test_what_was_mended_is_told_to_the_learner(classroom: Classroom) -> None:
    heading = "What was mended before grading"
    mended = BeautifulSoup(page(classroom, "deleted-check"), "html.parser")
    whole = BeautifulSoup(page(classroom, "amira"), "html.parser")

    listed = mended.find("h2", string=heading).find_next("ul")
    assert told(str(listed)) == "The check 'add-test' had been deleted; it was put back and run."
    assert whole.find("h2", string=heading) is None


def test_an_endless_cell_is_told(classroom: Classroom) -> None:
    assert "This cell ran for too long and was stopped." in told(page(classroom, "endless"))


@pytest.mark.parametrize(("rules", "shows"), [(OPEN, False), (CLOSED, True)])
def test_hidden_tests_show_after_the_close_if_the_assignment_says_so(
    own_classroom: Classroom, rules: str, shows: bool
) -> None:
    (own_classroom.root / "course.yaml").write_text(course_yaml(rules))
    _forget_all_but(own_classroom, "bruno")

    steps.return_feedback(COURSE, ASSIGNMENT)

    assert (SECRET in page(own_classroom, "bruno")) is shows


def test_rules_that_cannot_be_read_keep_hidden_tests_hidden(own_classroom: Classroom) -> None:
    from academy.grading.session import course_api

    (own_classroom.root / "course.yaml").write_text("assignments: [")
    _forget_all_but(own_classroom, "bruno")

    with course_api(COURSE) as api:
        assert api.generate_feedback(ASSIGNMENT, "bruno")["success"]

    made = own_classroom.root / "feedback" / "bruno" / ASSIGNMENT / "counting.html"
    assert SECRET not in made.read_text()
    assert "You have 0 of 10 points so far" in made.read_text()


def _forget_all_but(classroom: Classroom, learner: str) -> None:
    import shutil

    for folder in (classroom.root / "autograded").iterdir():
        if folder.name != learner:
            shutil.rmtree(folder)


def test_the_page_loads_nothing_and_runs_nothing(classroom: Classroom) -> None:
    for path in returned_files(classroom):
        soup = BeautifulSoup(path.read_text(), "html.parser")
        assert not soup.find_all(["script", "link", "iframe", "object", "embed"])
        addresses = [tag.get("src") or "" for tag in soup.find_all(src=True)]
        assert all(address.startswith("data:") for address in addresses)
        policy = soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
        assert policy.startswith("default-src 'none'")
        assert not re.search(r"url\(|@import", str(soup.style))


def test_the_page_reads_well_aloud(classroom: Classroom) -> None:
    soup = BeautifulSoup(page(classroom, "amira"), "html.parser")
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]

    assert soup.html["lang"] == "en"
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(cell.get("scope") in ("col", "row") for cell in soup.table.find_all("th"))
    assert all(image.get("alt") for image in soup.find_all("img"))
    assert soup.body["lang"] == "en", "JupyterLab's viewer drops the html tag"
    assert not soup.find_all("a", href=re.compile("^#")), "they would leave the page there"


def test_the_colours_have_enough_contrast() -> None:
    css = Path(steps.__file__).with_name("templates") / "returned" / "page.css"
    texts = re.findall(r"(?<![-\w])color: (#[0-9a-f]{6})", css.read_text())
    grounds = re.findall(r"background: (#[0-9a-f]{6})", css.read_text())

    assert len(texts) >= 3
    assert len(grounds) >= 3
    for text in texts:
        for ground in grounds:
            assert contrast(text, ground) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.1, relative luminance and contrast ratio."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_the_class_covers_every_edit(classroom: Classroom) -> None:
    assert set(EDITS) <= set(classroom.learners)
    assert nbformat.current_nbformat == 4
