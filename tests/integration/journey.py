"""The main job from end to end: a lesson, an exercise, a grade, as people do it in a browser."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from academy import paths
from integration.people import Person, cell_index
from running import RunningAcademy

COURSE = "start-here"
ASSIGNMENT = "load-and-count"
LESSON = "lessons/01-load-and-count.ipynb"
GREETING = "Welcome to the Tuesday class."
COMMENT = "Well put: you say how many records, and of what."
SENTENCE = "Of the records in this sample, few are on my street, so I would not rank streets by it."


def solutions() -> dict[str, str]:
    """The instructor's own answers by grade id, without nbgrader's marks."""
    source = paths.shipped_courses() / COURSE / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    found = {}
    for cell in json.loads(source.read_text())["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and about.get("solution"):
            found[about["grade_id"]] = re.sub(r"(?m)^\s*### (BEGIN|END) SOLUTION\n?", "", text)
    return found


def from_sign_up_to_returned_work(academy: RunningAcademy, person: Callable[..., Person]) -> None:
    """Walk the whole way, as an instructor and as a resident."""
    teacher, ana = person("teacher"), person("ana-resident")

    # An administrator invites the instructor, who edits a lesson and releases the assignment.
    link = json.loads(academy.run("hub", "invite", "teacher", "--json").stdout)["link"]
    teacher.claim(link)
    teacher.wait_for_welcome()
    expect(teacher.lab.get_by_role("heading", name="You teach").first).to_be_visible()
    teacher.shot("instructor-welcome")
    assert "academy 0" in teacher.in_a_terminal("academy --version")
    teacher_edits_the_lesson(teacher, academy.state / "courses" / COURSE / LESSON)
    released = teacher.in_a_terminal(f"academy course release {COURSE} {ASSIGNMENT}")
    assert f"'{ASSIGNMENT}' is released" in released, released
    published = teacher.in_a_terminal(f"academy course publish {COURSE}")
    assert f"Published: {LESSON}" in published, published

    # A resident signs up, runs the lesson and does the exercise.
    ana.page.goto(ana.url)
    ana.shot("log-in")
    ana.page.get_by_role("link", name="Make a free account").click()
    ana.shot("sign-up")
    ana.sign_up()
    ana.wait_for_welcome()
    ana.shot("welcome")
    resident_runs_the_lesson(ana)
    home = academy.state / "homes" / ana.name
    resident_does_the_assignment(ana, home)
    resident_submits(ana)

    # Nobody presses anything, and the resident sees a partial score; where no sandbox can be made,
    # the instructor collects and grades.
    if academy.user:
        instructor_collects_and_grades(academy, ana.name)
    else:
        resident_sees_a_partial_score(ana, academy)

    # The instructor comments in formgrader, and returns the work.
    teacher_comments_in_formgrader(teacher, ana.name)
    returned = academy.run("course", "return", COURSE, ASSIGNMENT)
    assert returned.returncode == 0, returned.stdout + returned.stderr

    # The resident sees points and comment.
    resident_reads_the_feedback(ana)
    assert ana.outside == []
    assert teacher.outside == []


def instructor_collects_and_grades(academy: RunningAcademy, learner: str) -> None:
    """Grade where no sandbox can be made, which is said and asks for a flag by name.

    An ordinary user whom root plays is held by a wall of the tests, which lets nobody make another.
    """
    told = academy.run("grade", "status", COURSE).stdout
    assert "1 waiting to be collected" in told
    assert "no sandbox can be made here" in told
    collected = academy.run("course", "collect", COURSE, ASSIGNMENT)
    assert learner in collected.stdout, collected.stdout + collected.stderr
    refused = academy.run("course", "grade", COURSE, ASSIGNMENT)
    assert refused.returncode != 0
    assert "--unsafe" in refused.stderr
    graded = academy.run("course", "grade", COURSE, ASSIGNMENT, "--unsafe")
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert learner in graded.stdout


def resident_sees_a_partial_score(ana: Person, academy: RunningAcademy) -> None:
    """Wait for what the Academy grades and returns by itself, and read it."""
    returned = academy.state / "exchange" / COURSE / "feedback"
    deadline = time.monotonic() + 120
    while not list(returned.glob(f"{ana.name}+{ASSIGNMENT}+*/*.html")):
        assert time.monotonic() < deadline, academy.log()
        time.sleep(0.1)
    body = resident_opens_the_feedback(ana)
    expect(body).to_contain_text("You have 8 of 10 points so far")
    expect(body).to_contain_text("This score is partial: one answer is waiting for your instructor")
    ana.shot("feedback-partial")
    told = academy.run("grade", "status", COURSE).stdout
    assert "1 waiting for the instructor's marks" in told, told
    assert "graded and returned by itself" in told, told


def sources(notebook: Path) -> dict[str, str]:
    """What stands in each cell that has a grade id."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return {
        cell["metadata"]["nbgrader"]["grade_id"]: "".join(cell["source"])
        for cell in cells
        if "nbgrader" in cell["metadata"]
    }


def teacher_edits_the_lesson(teacher: Person, live_lesson: Path) -> None:
    teacher.open_file(f"courses/{COURSE}/{LESSON}")
    expect(teacher.notebook.locator(".jp-Cell").first).to_be_visible()
    first = teacher.notebook.locator(".jp-Cell").first
    first.locator(".jp-RenderedMarkdown").dblclick()
    first.locator(".cm-content").click()
    teacher.page.keyboard.press("ControlOrMeta+End")
    teacher.page.keyboard.insert_text(f"\n\n{GREETING}")
    teacher.page.keyboard.press("Shift+Enter")
    teacher.save(live_lesson, GREETING)
    teacher.shot("instructor-edits")


def resident_runs_the_lesson(ana: Person) -> None:
    ana.lab.get_by_role("link", name="Trash day").first.click()
    ana.wait_for_kernel()
    expect(ana.notebook.locator("p", has_text=GREETING)).to_be_visible()
    ana.shot("lesson")
    chart = run_until_a_picture_shows(ana)
    errors = ana.notebook.locator(
        "[data-mime-type='application/vnd.jupyter.stderr'], .jp-mod-error"
    )
    expect(errors).to_have_count(0)
    assert len(chart.get_attribute("alt") or "") > 40, "the chart says nothing to a screen reader"
    ana.shot("lesson-chart")


def run_until_a_picture_shows(person: Person) -> Locator:
    """Run the whole lesson, once more where the lab had no kernel yet for a part of it."""
    for _ in range(3):
        person.run_all_cells()
        picture = first_picture(person)
        if picture is not None:
            return picture
        person.shot("lesson-without-its-picture")
    raise AssertionError("the lesson shows no picture")


def first_picture(person: Person) -> Locator | None:
    """Scroll through the notebook until a picture shows; the lab draws only what is in sight."""
    cells = person.notebook.locator(".jp-CodeCell")
    for _ in range(2):
        for index in range(cells.count()):
            cells.nth(index).scroll_into_view_if_needed()
            picture = cells.nth(index).locator(".jp-OutputArea img").first
            with contextlib.suppress(AssertionError):
                expect(picture).to_be_visible(timeout=1500)
                return picture
    return None


def resident_does_the_assignment(ana: Person, home: Path) -> None:
    ana.open_assignment_list()
    ana.assignment_row("released_assignments", ASSIGNMENT).get_by_role(
        "button", name="Fetch"
    ).click()
    fetched = ana.assignment_row("fetched_assignments", ASSIGNMENT)
    expect(fetched).to_be_visible()
    ana.shot("assignment-list")
    notebook = home / "assignments" / COURSE / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    assert notebook.exists()
    ana.open_file(str(notebook.relative_to(home)))
    for grade_id, source in solutions().items():
        ana.write_cell(cell_index(notebook, grade_id), source)
    ana.write_text_cell(cell_index(notebook, "my-street-in-words"), SENTENCE)
    ana.save(notebook, SENTENCE)
    ana.shot("assignment")
    written = sources(notebook)
    assert {name: written[name] for name in solutions()} == solutions()
    ana.notebook.get_by_role("button", name="Validate").click()
    dialog = ana.page.get_by_role("dialog")
    try:
        expect(dialog).to_contain_text("Success")
    except AssertionError:
        ana.shot("validate-failed")
        raise AssertionError(dialog.inner_text()) from None
    ana.shot("validate")
    dialog.get_by_role("button").last.click()


def resident_submits(ana: Person) -> None:
    ana.open_assignment_list()
    row = ana.assignment_row("fetched_assignments", ASSIGNMENT)
    row.get_by_role("button", name="Submit").click()
    submitted = ana.assignment_row("submitted_assignments", ASSIGNMENT)
    expect(submitted).to_be_visible()
    ana.shot("submitted")


def teacher_comments_in_formgrader(teacher: Person, learner: str) -> None:
    """Mark the written answer and comment on it, in formgrader's own tab."""
    page = teacher.context.new_page()
    formgrader = f"{teacher.url}services/{COURSE}/formgrader"
    page.goto(f"{formgrader}/manage_submissions/{ASSIGNMENT}")
    expect(page.get_by_text(learner).first).to_be_visible()
    teacher.shot("formgrader-submissions", of=page)
    page.goto(f"{formgrader}/gradebook/{ASSIGNMENT}/{ASSIGNMENT}")
    page.get_by_role("link", name="Submission #1").click()
    written = page.locator(".nbgrader_cell", has_text=SENTENCE)
    saved(page, written.locator("input.score"), "2", "/api/grade/")
    comment = written.locator("textarea.comment")
    saved(page, comment, COMMENT, "/api/comment/")
    comment.scroll_into_view_if_needed()
    teacher.shot("formgrader", of=page)
    page.goto(f"{formgrader}/manage_submissions/{ASSIGNMENT}")
    expect(page.locator("tr", has_text=learner)).to_contain_text("10 / 10")


def saved(page: Page, field: Locator, value: str, path: str) -> None:
    """Type into a field of formgrader until formgrader has taken it.

    It listens to its fields only some time after they show, which a person does not notice.
    """
    for _ in range(10):
        field.fill(value)
        with contextlib.suppress(PlaywrightTimeout):
            with page.expect_response(re.compile(path), timeout=5000):
                field.press("Tab")
            return
        field.fill("")
        field.press("Tab")
        page.wait_for_timeout(500)
    raise AssertionError(f"formgrader did not save {value!r}")


def resident_opens_the_feedback(ana: Person) -> Locator:
    """Fetch the feedback and open the page; return what stands on it."""
    ana.open_file("Welcome.md")
    ana.open_assignment_list()
    row = ana.assignment_row("submitted_assignments", ASSIGNMENT)
    row.get_by_role("button", name="Fetch Feedback").click()
    row.get_by_text("(view feedback)").click()
    page = ana.page.locator(".jp-DirListing-item", has_text=".html")
    expect(page).to_be_visible()
    ana.shot("feedback-fetched")
    page.dblclick()
    return ana.lab.frame_locator("iframe").locator("body")


def resident_reads_the_feedback(ana: Person) -> None:
    """Fetch the feedback and read points and comment."""
    body = resident_opens_the_feedback(ana)
    expect(body).to_contain_text("10 of 10 points")
    expect(body).to_contain_text(COMMENT)
    ana.shot("feedback")
    assert "HIDDEN TESTS" not in body.inner_text()
