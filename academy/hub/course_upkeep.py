"""Make live courses ready before the hub starts, where each course has an identity of its own.

Root makes what is new, gives it to the course, and never works in a folder that others write;
the rest is done by the course itself (`academy.courses.tend`).
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from academy import __version__, paths
from academy.courses.course import course_folders, load_course
from academy.courses.git import init
from academy.courses.release import published_folder
from academy.courses.repository import create_repository, has_repository, live_folder
from academy.errors import AcademyError, Finding
from academy.hub import course_process, walls
from academy.hub.settings import HubSettings
from academy.isolation.identity import Identity
from academy.isolation.ownership import give_folder


def ready_courses(settings: HubSettings) -> list[Finding]:
    """Make every shipped course live, give each course what is its own, and let each tend itself.

    Returns
    -------
    list of Finding
        What the administrator should know.
    """
    _hand_all_over()
    findings = _make_new_courses()
    for folder in course_folders(paths.live_courses()):
        try:
            findings += ready_course(folder.name, settings)
        except AcademyError as error:
            findings += error.findings
    return findings


def _hand_all_over() -> None:
    """Give homes and submissions of a time without walls to their owners, once."""
    mark = paths.hub_state() / "walls-stood-last-time"
    if mark.exists():
        return
    register = walls.identities()
    for home in (path for path in paths.homes().iterdir() if path.is_dir()):
        give_folder(home, register.of("learner", home.name), everything=True)
    for course in course_folders(paths.live_courses()):
        who = register.of("course", course.name)
        give_folder(course, who, everything=True)
        exchange = paths.exchange() / course.name
        for name, owner in (
            ("inbound", register.of("service", walls.EXCHANGE)),
            ("outbound", who),
            ("feedback", who),
        ):
            if (exchange / name).is_dir():
                give_folder(exchange / name, owner, group=who, everything=True)
    mark.touch()


def _make_new_courses() -> list[Finding]:
    findings: list[Finding] = []
    for shipped in course_folders(paths.shipped_courses()):
        try:
            if not live_folder(shipped.name).exists():
                create_repository(load_course(shipped).id, shipped)
        except AcademyError as error:
            findings += error.findings
    return findings


def ready_course(course: str, settings: HubSettings) -> list[Finding]:
    """Give a course its folders; tend it when something is new since the last time.

    Parameters
    ----------
    course
        A live course.
    settings
        The operator's settings.
    """
    if not has_repository(course):
        raise AcademyError(
            "A live course must be a git repository, and this folder is none.",
            where=str(live_folder(course)),
            kept="Nothing in it was changed.",
            next_step="Move it aside and start again: the course is made anew, and its files "
            "can be copied back.",
        )
    give_folders(course)
    mark = _fingerprint(course)
    tended = _read_tended()
    if tended.get(course) == mark:
        return []
    findings = _tend(course, settings)
    paths.write_atomically(_tended_file(), json.dumps(_read_tended() | {course: mark}))
    return findings


def give_folders(course: str) -> None:
    """Make a course's folders and give them to the course's identity."""
    from academy.grading.exchange_store import ensure_exchange

    register = walls.identities()
    who, exchange = register.of("course", course), register.of("service", walls.EXCHANGE)
    # Sticky: an instructor may not put something else in the gradebook's place.
    give_folder(live_folder(course), who)
    live_folder(course).chmod(0o3770)
    walls.lock_file(course).touch()
    _hand_over(walls.lock_file(course), who, who, 0o660)
    if not published_folder(course).exists():
        init(published_folder(course), is_bare=True)
    give_folder(published_folder(course), who, mode=0o755)
    walls.service_home(course).mkdir(mode=0o700, parents=True, exist_ok=True)
    give_folder(walls.service_home(course), who)
    ensure_exchange(course)
    root = paths.exchange() / course
    for folder, owner, mode in (
        (root, exchange, 0o2755),
        (root / "inbound", exchange, 0o2750),
        (root / "outbound", who, 0o755),
        (root / "feedback", who, 0o2750),
    ):
        _hand_over(folder, owner, who, mode)
    record = paths.state() / "receipts" / f"{course}.jsonl"
    record.touch()
    _hand_over(record.parent, exchange, exchange, 0o750)
    _hand_over(record, exchange, who, 0o640)


def _hand_over(path: Path, owner: Identity, group: Identity, mode: int) -> None:
    if path.is_symlink():
        raise AcademyError(
            "A file or folder was expected here, and it is a link.",
            where=str(path),
            kept="Nothing was changed.",
            next_step="Find out who made it, remove it, and start again.",
        )
    os.chown(path, owner.uid, group.gid, follow_symlinks=False)
    path.chmod(mode)


def _tend(course: str, settings: HubSettings) -> list[Finding]:
    command = [sys.executable, "-m", "academy.courses.tend", course]
    try:
        done = course_process.run(course, command, settings)
    except subprocess.TimeoutExpired:
        raise AcademyError(
            f"The upkeep of the course '{course}' took longer than "
            f"{course_process.LONGEST_SECONDS} seconds and was stopped.",
            where=str(live_folder(course)),
            kept="The course is served as it was.",
            next_step="See what holds its files, then reload.",
        ) from None
    try:
        told = [Finding(**one) for one in json.loads(done.stdout.splitlines()[-1])]
    except (ValueError, IndexError, TypeError):
        raise AcademyError(
            f"The upkeep of the course '{course}' did not end: {done.stdout.strip()[-400:]}",
            where=str(live_folder(course)),
            kept="The course is served as it was.",
            next_step="Mend what it says, then start again.",
        ) from None
    return told


def _fingerprint(course: str) -> str:
    """Return what tells whether a course must be tended: the shipped files as they are now."""
    shipped = paths.shipped_courses() / course
    found = sorted(
        (str(path.relative_to(shipped)), path.stat().st_size, path.stat().st_mtime_ns)
        for path in shipped.rglob("*")
        if path.is_file()
    )
    told = json.dumps([__version__, found])
    return hashlib.sha256(told.encode()).hexdigest()


def _tended_file() -> Path:
    return paths.hub_state() / "tended.json"


def _read_tended() -> dict[str, str]:
    try:
        told: dict[str, str] = json.loads(_tended_file().read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return told
