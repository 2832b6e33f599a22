"""Enrolment: a group in the hub and a learner in the gradebook, for each course."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from logging import Logger
from typing import Any

from jupyterhub import orm


def learners_group(course_id: str) -> str:
    """Return the name of a course's group of learners; nbgrader expects this form."""
    return f"nbgrader-{course_id}"


def instructors_group(course_id: str) -> str:
    """Return the name of a course's group of instructors; nbgrader expects this form."""
    return f"formgrade-{course_id}"


def enrol(db: Any, user_name: str, course_ids: Iterable[str]) -> list[str]:
    """Put a hub user into the learners' groups of courses.

    Parameters
    ----------
    db
        The hub's database session.
    user_name
        A user that the hub knows.
    course_ids
        The courses.

    Returns
    -------
    list of str
        The courses that the user was not in before.
    """
    user = orm.User.find(db, user_name)
    if user is None:
        return []
    member_of = {group.name for group in user.groups}
    new = [course for course in course_ids if learners_group(course) not in member_of]
    for course in new:
        name = learners_group(course)
        group = orm.Group.find(db, name)
        if group is None:
            group = orm.Group(name=name)
            db.add(group)
        group.users.append(user)
    if new:
        db.commit()
    return new


def withdraw_roles(
    db: Any,
    user_name: str,
    instructors: Mapping[str, Collection[str]],
    administrators: Collection[str],
) -> None:
    """Take roles away that the settings no longer give; JupyterHub itself only ever adds them.

    Parameters
    ----------
    db
        The hub's database session.
    user_name
        A user that the hub knows.
    instructors
        Names of the instructors, by course id.
    administrators
        Names of the administrators.
    """
    user = orm.User.find(db, user_name)
    if user is None:
        return
    teaches = {instructors_group(course) for course, who in instructors.items() if user_name in who}
    for group in list(user.groups):
        if group.name.startswith(instructors_group("")) and group.name not in teaches:
            group.users.remove(user)
    if user.admin and user_name not in administrators:
        user.admin = False
    db.commit()


def register_in_gradebooks(user_name: str, course_ids: Iterable[str], log: Logger) -> None:
    """Add a learner to the gradebooks of courses; a gradebook that fails stops nobody's evening."""
    from academy.grading.gradebook import ensure_student

    for course in course_ids:
        try:
            ensure_student(course, user_name)
        except Exception:
            log.exception("%s could not be added to the gradebook of %s", user_name, course)
