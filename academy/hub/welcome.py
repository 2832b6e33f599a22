"""The page on which a learner's lab opens: where to begin, what is new, what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Self

from academy.courses.course import Course, Lesson


@dataclass(frozen=True)
class Notice:
    """Something that happened to the learner's files and that they should know.

    Parameters
    ----------
    sentence
        Plain words, in Markdown.
    """

    sentence: str

    @classmethod
    def new_version(cls, mine: PurePath, new: PurePath) -> Self:
        """Your instructor changed a notebook that you changed as well."""
        return cls(
            f"There is a new version of [{mine.name}]({mine}). Your own copy was not touched. "
            f"The new one lies beside it: [{new.name}]({new})."
        )

    @classmethod
    def not_set_up(cls, what: str) -> Self:
        """Something of yours is in the way, or the disk is full."""
        return cls(
            f"We could not set up {what} today. Perhaps a file of yours has the name of a folder "
            "that belongs there: rename it, then close and open your desk. Your work is safe."
        )

    @classmethod
    def not_updated(cls, course_id: str) -> Self:
        """The lessons could not be pulled."""
        return cls(
            f"The lessons of *{course_id}* could not be brought up to date today. What you have "
            "here still works, and your own work is safe. If this page says so again tomorrow, "
            "please tell your instructor."
        )


def welcome_page(
    courses: Sequence[Course], taught: Sequence[Course], notices: Sequence[Notice], base_url: str
) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    courses
        The courses that the learner takes.
    taught
        The courses that the user teaches.
    notices
        What the learner should know first.
    base_url
        The path of the learner's server, e.g. ``/user/ana/``.
    """
    parts = ["# Welcome to the Citizen Data Academy", ""]
    parts += [f"> **Please note:** {notice.sentence}\n" for notice in notices]
    for course in taught:
        parts += _taught_course(course, base_url)
    # What others build on comes first.
    for course in sorted(courses, key=lambda one: (len(one.prerequisites), one.id)):
        parts += _course(course)
    if not courses and not taught:
        parts += ["You are not in a course yet. Your instructor can add you.", ""]
    if courses:
        parts += _assignments() + _good_to_know()
    return "\n".join(parts)


def _course(course: Course) -> list[str]:
    lessons = [
        f"{number}. {_lesson(course, lesson)}" for number, lesson in enumerate(course.lessons, 1)
    ]
    return [f"## {course.title}", "", course.summary, "", *lessons, ""]


def _lesson(course: Course, lesson: Lesson) -> str:
    file = f"lessons/{course.id}/lessons/{lesson.file}"
    link = f"**[{lesson.title}]({file})** ({lesson.minutes} minutes)"
    if lesson.assignment is None:
        return link
    assignment = course.assignment(lesson.assignment)
    return f"{link}, then the assignment *{assignment.title}* ({assignment.minutes} minutes)"


def _assignments() -> list[str]:
    return [
        "## How to do an assignment",
        "",
        "1. In the menu at the top, choose **Nbgrader**, then **Assignment List**.",
        "2. Press **Fetch** beside the assignment. Click its name, then the notebook, to open it."
        " (Is there none yet? Then your instructor has not handed it out.)",
        "3. Do the exercises. **Validate** tells you how far you are, as often as you like.",
        "4. Press **Submit** in the Assignment List. You may submit again: the last one counts.",
        "5. When your work was graded, **Fetch Feedback** appears there. Press it, then **view"
        " feedback**. Your points and your instructor's words are in the page that shows up on"
        " the left: open it with two clicks.",
        "",
    ]


def _good_to_know() -> list[str]:
    return [
        "## Good to know",
        "",
        "- Press **Shift** and **Enter** together to run a cell and go on to the next.",
        "- You can't break anything. Your work is saved as you go. It is here when you come back.",
        "- The data are in the folder `data`. You may read them, and they stay as they are.",
        "",
    ]


def _taught_course(course: Course, base_url: str) -> list[str]:
    prefix = base_url.split("/user/")[0]
    assignments = ", ".join(f"`{one.id}`" for one in course.assignments) or "none yet"
    return [
        f"## You teach: {course.title}",
        "",
        f"- Lessons and assignments to edit: the folder `courses/{course.id}` on the left.",
        f'- <a href="{prefix}/services/{course.id}/formgrader" target="_blank">Open the formgrader'
        "</a> (in a tab of its own) to release, collect and grade.",
        f"- Assignments: {assignments}. In a terminal, `academy course check {course.id}` says what"
        f" is wrong, and `academy course publish {course.id}` gives learners your changes. To hand"
        " an assignment out and take it back in: `academy course release`, `collect`, `grade` and"
        f" `return`, each with `{course.id}` and the assignment's name.",
        "",
    ]
