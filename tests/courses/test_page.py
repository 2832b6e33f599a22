"""The course page: links that lead somewhere, words that name what is on the screen."""

from __future__ import annotations

import re
from pathlib import Path

from academy.courses.course import load_course
from academy.courses.material import published_files
from academy.courses.page import course_page
from academy.courses.rules_lesson import plain_sentences
from tests.courses.conftest import make_course, settings, write_settings


def test_lessons_stand_in_order_with_links_and_minutes(shipped: Path) -> None:
    page = course_page(load_course(shipped))
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert links == ["lessons/01-count-the-days.ipynb", "lessons/02-rest.ipynb"]
    assert all((shipped / link).is_file() for link in links)
    assert "1. **[Count the days](lessons/01-count-the-days.ipynb)**, about 4 minutes" in page
    assert "Six times seven" in page
    for word in ("Nbgrader", "Assignment List", "Fetch", "Validate", "Submit"):
        assert f"**{word}**" in page


def test_titles_are_never_taken_for_markdown(shipped: Path) -> None:
    content = settings() | {"title": "A *fine* [course] <b>"}
    write_settings(shipped, content)
    first = course_page(load_course(shipped)).splitlines()[0]
    assert first == r"# A \*fine\* \[course\] \<b\>"


def test_a_due_date_and_what_comes_first_are_told(tmp_path: Path) -> None:
    folder = make_course(tmp_path / "tiny-course")
    content = settings() | {"prerequisites": ["start-here"]}
    content["assignments"][0]["due"] = "2027-03-02T00:05:00+00:00"
    write_settings(folder, content)
    page = course_page(load_course(folder))
    assert "it closes on Monday, March 1, 2027, 6:05 p.m." in page
    assert "It builds on **start-here**." in page


def test_a_course_without_assignments_does_not_speak_of_them(shipped: Path) -> None:
    content = settings() | {"assignments": []}
    del content["lessons"][0]["assignment"]
    write_settings(shipped, content)
    assert "Nbgrader" not in course_page(load_course(shipped))


def test_a_page_to_be_printed_is_named_and_published(shipped: Path) -> None:
    page = shipped / "paper" / "ten-rows.html"
    page.parent.mkdir()
    page.write_text("<title>Rows &amp; columns</title>", encoding="utf-8")
    files = published_files(load_course(shipped))
    assert "[Rows & columns](paper/ten-rows.html)" in files["START.md"].decode()
    assert files["paper/ten-rows.html"] == page.read_bytes()


def test_it_is_easy_to_read(shipped: Path) -> None:
    import textstat

    text = " ".join(plain_sentences(course_page(load_course(shipped))))
    assert textstat.flesch_kincaid_grade(text) <= 8
