"""Upkeep of one live course, by the course itself: ``python -m academy.courses.tend ID``.

It works in a folder that instructors edit, so it runs with the course's rights and no others.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

from academy import paths
from academy.courses.course import load_course
from academy.courses.git import Git
from academy.courses.live import seed_course
from academy.courses.release import published_folder
from academy.courses.repository import live_folder, live_git
from academy.errors import AcademyError, Finding

#: What the course's own processes write and instructors reach by the formgrader only.
PRIVATE_FOLDERS = ("release", "submitted", "autograded", "feedback")
_SHARED = stat.S_IRGRP | stat.S_IWGRP
_ENTER = {"group": stat.S_IXGRP | stat.S_ISGID, "all": stat.S_IXGRP | stat.S_IXOTH}
_NOT_SHARED = (".git", *PRIVATE_FOLDERS, "gradebook.db", "gradebook.db-wal", "gradebook.db-shm")


def tend(course_id: str) -> list[Finding]:
    """Take up a newer shipped version, see to the gradebook and to who may read what.

    Parameters
    ----------
    course_id
        A live course.

    Returns
    -------
    list of Finding
        What a person should know. Never a reason not to start.
    """
    from academy.grading.gradebook import ensure_gradebook, gradebook_path

    findings: list[Finding] = []
    shipped = paths.shipped_courses() / course_id
    try:
        if shipped.is_dir():
            findings = seed_course(load_course(shipped))
        if not gradebook_path(course_id).exists():
            ensure_gradebook(course_id)
    except AcademyError as error:
        findings = [*findings, *error.findings]
    for file in live_folder(course_id).glob("gradebook.db*"):
        if file.lstat().st_uid == os.geteuid():
            file.chmod(0o600)
    share_repositories(course_id)
    share_material(live_folder(course_id))
    return findings


def share_repositories(course_id: str) -> None:
    """Let instructors write the live repository, and learners read the published one.

    Repositories that were made before there were walls say nothing of it.

    Parameters
    ----------
    course_id
        A live course.
    """
    bits = {"group": _SHARED, "all": _SHARED | stat.S_IROTH}
    repositories = {"group": live_git(course_id), "all": Git(published_folder(course_id))}
    for shared, git in repositories.items():
        if git.text("config", "--default", "", "--get", "core.sharedRepository") == shared:
            continue
        for root, folders, files in os.walk(git.git_dir):
            for name in folders:
                _add_mode(Path(root, name), bits[shared] | _ENTER[shared])
            for name in files:
                _add_mode(Path(root, name), bits[shared])
        git.run("config", "core.sharedRepository", shared)


def share_material(folder: Path) -> None:
    """Let a course's instructors write its material, and nobody but the course the rest.

    Parameters
    ----------
    folder
        The live course. What belongs to somebody else is left as it is.
    """
    for name in PRIVATE_FOLDERS:
        (folder / name).mkdir(mode=0o700, exist_ok=True)
        (folder / name).chmod(0o700)
    for root, folders, files in os.walk(folder):
        if Path(root) == folder:
            folders[:] = [name for name in folders if name not in _NOT_SHARED]
        for name in folders:
            _add_mode(Path(root, name), _SHARED | stat.S_IXGRP | stat.S_ISGID)
        for name in files:
            if name not in _NOT_SHARED and not name.startswith(".nbgrader.log"):
                _add_mode(Path(root, name), _SHARED)


def _add_mode(path: Path, bits: int) -> None:
    found = path.lstat()
    is_plain = stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)
    if is_plain and found.st_uid == os.geteuid() and found.st_mode & bits != bits:
        path.chmod(stat.S_IMODE(found.st_mode) | bits)


def main() -> None:
    """Tend the course that is named on the command line; print what a person should know."""
    findings = tend(sys.argv[1])
    print(json.dumps([finding.as_dict() for finding in findings]))


if __name__ == "__main__":
    main()
