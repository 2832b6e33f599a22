"""The course page START.md: the first thing that a learner sees in JupyterLab."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from zoneinfo import ZoneInfo

from academy.courses.course import Assignment, Course, Lesson
from academy.courses.glossary import GLOSSARY_FILE, Term

PAGE_FILE = "START.md"
# Learners live in the parish, whatever zone an instructor wrote the closing time in.
LOCAL_ZONE = ZoneInfo("America/Chicago")

_LESSON_HELP = """\
## How a lesson works

- Click a lesson in the list above. It opens in a new tab.
- Read from the top. When you come to a gray box with code, click in it and press **Shift**
  and **Enter** together. The code runs, and its answer appears below it.
- Run the boxes in order. If something looks odd, open the **Kernel** menu, choose **Restart
  Kernel and Run All Cells**, and look again.
- Change what you like and try things out. You can't break anything. **File**, then **Save
  Notebook** keeps your changes. When we improve a lesson that you have changed, yours stays as
  it is, and the new one is put beside it with `new-version` in its name.
"""

_ASSIGNMENT_HELP = """\
## How to do an assignment

1. Open the **Nbgrader** menu at the top of the window and choose **Assignment List**.
2. Choose the course **{course_id}**. Under *Released assignments*, press **Fetch** beside the
   name of the assignment. It moves to *Downloaded assignments*.
3. Click its name there, then the notebook below it. It opens in a new tab.
4. Write your answer where it says `YOUR CODE HERE`, and run the boxes below it.
5. Save your work. Then press **Validate** in the Assignment List. It tells you in words what is
   not right yet.
6. Press **Submit**. You may submit again as often as you like until the assignment closes; the
   last one counts.

When an instructor has returned your work, press **Fetch Feedback** in the same list, under
*Submitted assignments*. Then open the feedback to see your score and the comments.
"""

_FAREWELL = """\
Take your time, and take breaks. Nobody is born knowing this. Ask the people beside you, or your
instructor, whenever you are stuck.
"""


def course_page(course: Course, terms: Sequence[Term] = ()) -> str:
    """Return the course page as Markdown.

    It names the lessons in order with links and minutes, then says how a lesson works and how
    an assignment is fetched, checked and submitted. Where the lessons explain words, it leads to
    the page of these, and where there are pages to be printed, to these.
    """
    parts = [f"# {_plain(course.title)}\n", f"{course.summary.strip()}\n", *_needed_first(course)]
    parts += ["## Your lessons\n", _lessons(course), *_other_assignments(course)]
    parts += _on_paper(course)
    if terms:
        parts.append(f"New words are explained together on one page: [Words]({GLOSSARY_FILE}).\n")
    parts.append(_LESSON_HELP)
    if course.assignments:
        parts.append(_ASSIGNMENT_HELP.format(course_id=course.id))
    return "\n".join([*parts, _FAREWELL])


def _needed_first(course: Course) -> list[str]:
    if not course.prerequisites:
        return []
    names = ", ".join(f"**{name}**" for name in course.prerequisites)
    return [f"It builds on {names}. Do that first.\n"]


def _on_paper(course: Course) -> list[str]:
    # What is no plain file is refused when the course is published.
    pages = sorted(page for page in course.paper_folder.glob("*.html") if page.is_file())
    links = [f"[{_title(page)}]({page.relative_to(course.folder).as_posix()})" for page in pages]
    if not links:
        return []
    return [f"No computer for everybody? This is to be printed: {', '.join(links)}.\n"]


def _title(page: Path) -> str:
    text = page.read_text(encoding="utf-8", errors="replace")
    found = re.search(r"<title>(.*?)</title>", text, flags=re.DOTALL | re.IGNORECASE)
    return _plain(unescape(found[1])) if found else page.stem


def _lessons(course: Course) -> str:
    lines = []
    for number, lesson in enumerate(course.lessons, start=1):
        lines.append(f"{number}. {_lesson_line(lesson)}")
        if lesson.assignment:
            lines.append(f"   - Then practise: {_assignment(course.assignment(lesson.assignment))}")
    return "\n".join(lines) + "\n"


def _lesson_line(lesson: Lesson) -> str:
    link = f"[{_plain(lesson.title)}](lessons/{lesson.file})"
    return f"**{link}**, about {lesson.minutes} minutes"


def _other_assignments(course: Course) -> list[str]:
    practised = {lesson.assignment for lesson in course.lessons}
    others = [one for one in course.assignments if one.id not in practised]
    if not others:
        return []
    lines = [f"- {_assignment(assignment)}" for assignment in others]
    return ["## More to do\n", "\n".join(lines) + "\n"]


def _assignment(assignment: Assignment) -> str:
    due = f"; it closes on {_day(assignment.due)}" if assignment.due else ""
    return (
        f"*{_plain(assignment.title)}*, about {assignment.minutes} minutes "
        f"(assignment **{assignment.id}**{due})"
    )


def _day(moment: datetime) -> str:
    here = moment.astimezone(LOCAL_ZONE)
    half = "a.m." if here.hour < 12 else "p.m."
    clock = f"{here.hour % 12 or 12}:{here:%M} {half}"
    return f"{here:%A}, {here:%B} {here.day}, {here.year}, {clock}"


def _plain(text: str) -> str:
    """Text in which no character is taken for Markdown."""
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", " ".join(text.split()))
