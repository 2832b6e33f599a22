"""What may stand in ``course.yaml``."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError


def _matching(pattern: str, example: str) -> AfterValidator:
    def matches(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"'{value}' is not a name that can be used here; like {example}.")
        return value

    return AfterValidator(matches)


def _with_zone(value: object) -> object:
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = datetime.fromisoformat(value)
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError("expected a day, a time and a zone, like 2027-03-01T18:00:00-06:00.")
    return value


Text = Annotated[str, Field(min_length=1, max_length=500)]
Minutes = Annotated[int, Field(ge=1, le=600, strict=True)]
# The hub names a role after the course, and a role may not end with a hyphen.
COURSE_ID = r"[a-z][a-z0-9-]{1,30}[a-z0-9]"
CourseId = Annotated[str, _matching(COURSE_ID, "start-here")]
DatasetName = Annotated[str, _matching(r"[a-z][a-z0-9-]*", "service-requests")]
AssignmentId = Annotated[str, _matching(r"[a-z][a-z0-9-]{1,63}", "load-and-count")]
LessonFile = Annotated[
    str,
    _matching(
        r"[0-9]{2}-[a-z0-9]+(-[a-z0-9]+)*\.ipynb",
        "01-load-and-count.ipynb: two digits, then small letters, digits and hyphens, in lessons/",
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lesson(_Strict):
    """A lesson: one notebook in ``lessons/``, and the assignment that practises it."""

    file: LessonFile
    title: Text
    minutes: Minutes
    assignment: AssignmentId | None = None


class Assignment(_Strict):
    """An assignment: one folder in ``source/``; nbgrader grades it."""

    id: AssignmentId
    title: Text
    minutes: Minutes
    reveal: Literal["never", "after_close"] = "never"
    due: Annotated[datetime, BeforeValidator(_with_zone)] | None = None
    grading: Literal["on_submit", "manual"] = "manual"


class CourseSettings(_Strict):
    """What ``course.yaml`` says."""

    title: Text
    track: Literal["resident", "staff", "instructor"]
    language: Annotated[str, _matching(r"[a-z]{2,3}(-[A-Z]{2})?", "en")] = "en"
    summary: Text
    enrol: Literal["open", "code", "roster"] = "open"
    enrol_code: Text | None = None
    prerequisites: tuple[CourseId, ...] = ()
    lessons: Annotated[tuple[Lesson, ...], Field(min_length=1)]
    assignments: tuple[Assignment, ...] = ()
    datasets: tuple[DatasetName, ...] = ()

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [*_twice(self), *_unknown_assignments(self), *_impossible(self)]
        if problems:
            raise ValidationError.from_exception_data("course", problems)
        return self


def _problem(sentence: str, *location: int | str) -> InitErrorDetails:
    # A ready sentence must not be read as a template by pydantic.
    kind = PydanticCustomError("value_error", "{sentence}", {"sentence": sentence})
    return InitErrorDetails(type=kind, loc=location, input=None)


def _twice(course: CourseSettings) -> list[InitErrorDetails]:
    problems = []
    for part, key, names in (
        ("lessons", "file", [lesson.file for lesson in course.lessons]),
        ("assignments", "id", [assignment.id for assignment in course.assignments]),
        ("prerequisites", "", list(course.prerequisites)),
        ("datasets", "", list(course.datasets)),
    ):
        for index, name in enumerate(names):
            if name in names[:index]:
                where = (part, index, key) if key else (part, index)
                problems.append(_problem(f"'{name}' stands here a second time.", *where))
    return problems


def _unknown_assignments(course: CourseSettings) -> list[InitErrorDetails]:
    known = {assignment.id for assignment in course.assignments}
    return [
        _problem(
            f"no assignment '{lesson.assignment}' is listed under assignments.",
            *("lessons", index, "assignment"),
        )
        for index, lesson in enumerate(course.lessons)
        if lesson.assignment and lesson.assignment not in known
    ]


def _impossible(course: CourseSettings) -> list[InitErrorDetails]:
    problems = []
    if course.enrol == "code" and not course.enrol_code:
        problems.append(_problem("'code' needs an enrol_code that learners type.", "enrol"))
    if course.enrol != "code" and course.enrol_code:
        problems.append(_problem("it is used only with enrol: code.", "enrol_code"))
    for index, assignment in enumerate(course.assignments):
        if assignment.reveal == "after_close" and assignment.due is None:
            where = ("assignments", index, "reveal")
            problems.append(_problem("after_close needs a due date to close at.", *where))
    return problems
