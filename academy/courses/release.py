"""Publish a live course's lessons to the repository from which learners pull.

That repository is bare and has its own objects: nothing of ``source/`` or ``answers/`` was ever
in it, on any branch. Its history is one line, so that a clone of depth 1 can always be brought
up to date.

What nbgitpuller does with a learner's clone at each pull (`academy.courses.pull`):

=========================  ==================================================================
lesson                     what happens
=========================  ==================================================================
changed here only          the learner gets the new version
changed by learner only    stays as the learner left it
changed on both sides      the learner's file stays byte for byte (``*.ipynb -merge`` and
                           ``-X ours``); `academy.courses.newversion` lays the new one beside
deleted by the learner     comes back as published
deleted here               goes from the learner's folder, or stays if the learner changed it
new here, same name as a   the learner's is renamed to ``name__YYYYMMDDhhmmss.ipynb``, and the
file of the learner's own  new one takes the name
nothing changed            nothing happens
=========================  ==================================================================
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from academy import paths
from academy.courses.course import Course, CourseSettings, load_course
from academy.courses.git import IDENTITY, Git, init
from academy.courses.material import published_files
from academy.courses.repository import (
    LIVE_BRANCH,
    commit_edits,
    course_lock,
    has_repository,
    live_folder,
    live_git,
    require_live_branch,
)
from academy.errors import AcademyError


@dataclass(frozen=True)
class Publication:
    """What publishing a course's lessons did.

    Parameters
    ----------
    course_id
        The course.
    commit
        The commit that learners get now.
    changed
        The files that learners get new, changed or deleted; empty when nothing changed.
    edits
        The files of the live course whose edits were committed on the way.
    """

    course_id: str
    commit: str
    changed: tuple[str, ...]
    edits: tuple[str, ...]


def published_folder(course_id: str) -> Path:
    """Return the bare repository from which learners pull a course's lessons."""
    return paths.published_lessons() / f"{course_id}.git"


def published_url(course_id: str) -> str:
    """Return the address for nbgitpuller: a ``file://`` one, which alone allows depth 1."""
    return published_folder(course_id).absolute().as_uri()


def is_published(course_id: str) -> bool:
    """Tell whether learners can pull the course."""
    return _source_file(course_id).is_file() and _summary_file(course_id).is_file()


def published_course(course_id: str) -> Course:
    """Return a course as its learners have it, which is not how its instructors have it now.

    Raises
    ------
    AcademyError
        When the course was not published.
    """
    file = _summary_file(course_id)
    try:
        settings = CourseSettings.model_validate_json(file.read_bytes())
    except (FileNotFoundError, ValueError):
        raise AcademyError(
            f"The course '{course_id}' was not published, or its summary can't be read.",
            where=str(file),
            kept="Learners keep the lessons that they have.",
            next_step=f"Run: academy course publish {course_id}",
        ) from None
    return Course(**dict(settings), id=course_id, folder=published_folder(course_id))


def publish_lessons(course_id: str, *, author: str = "") -> Publication:
    """Commit the edits in a live course and publish what learners may see.

    Parameters
    ----------
    course_id
        The course.
    author
        The instructor's name, for the commit of the edits.

    Raises
    ------
    AcademyError
        When there is no such live course, it is broken, or a lesson holds a solution. What
        learners have stays as it was.
    """
    if not has_repository(course_id):
        raise AcademyError(
            f"There is no live course '{course_id}'.",
            where=str(paths.live_courses()),
            kept="Nothing was changed.",
            next_step="`academy course list` names the courses; starting the hub makes them live.",
        )
    with course_lock(course_id):
        return publish_locked(course_id, author=author)


def publish_locked(course_id: str, *, author: str = "") -> Publication:
    """Do what `publish_lessons` does, for a caller that holds the course's lock."""
    git = live_git(course_id)
    require_live_branch(git)
    edits = commit_edits(git, author=author)
    course = load_course(live_folder(course_id))
    files = published_files(course)
    if not (published_folder(course_id) / "HEAD").is_file():
        _create(course_id)
    bare = Git(published_folder(course_id))
    changed = _changed(bare, files)
    if changed:
        bare.run("fast-import", "--quiet", "--date-format=now", data=_stream(bare, files, changed))
    tree = git.find(f"{LIVE_BRANCH}^{{tree}}")
    # How to get into the course is nobody's business who is in it.
    left_out = {"id", "folder", "enrol", "enrol_code"}
    paths.write_atomically(_summary_file(course_id), course.model_dump_json(exclude=left_out))
    paths.write_atomically(_source_file(course_id), f"{tree}\n")
    return Publication(course_id, bare.find(LIVE_BRANCH), changed, edits)


def published_source(course_id: str) -> str:
    """Return the tree of the live course that was published last; empty when there is none."""
    file = _source_file(course_id)
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""


def _source_file(course_id: str) -> Path:
    return published_folder(course_id) / "academy-source"


def _summary_file(course_id: str) -> Path:
    return published_folder(course_id) / "academy-course.json"


def _create(course_id: str) -> None:
    root = paths.published_lessons()
    root.mkdir(parents=True, exist_ok=True)
    for leftover in root.glob(f".new-{course_id}.*"):
        shutil.rmtree(leftover)
    new = Path(tempfile.mkdtemp(prefix=f".new-{course_id}.", dir=root))
    new.chmod(0o755)
    init(new, is_bare=True)
    new.rename(published_folder(course_id))


def _changed(bare: Git, files: dict[str, bytes]) -> tuple[str, ...]:
    """The paths whose content differs from what is published."""
    published = {}
    if bare.find(LIVE_BRANCH):
        for entry in bare.paths("ls-tree", "-r", "-z", LIVE_BRANCH):
            description, path = entry.split("\t", 1)
            published[path] = description.split()[2]
    wanted = {path: _blob_id(content) for path, content in files.items()}
    names = published.keys() | wanted.keys()
    return tuple(sorted(name for name in names if published.get(name) != wanted.get(name)))


def _blob_id(content: bytes) -> str:
    """Git's own name for a file's content."""
    header = f"blob {len(content)}\0".encode()
    return hashlib.sha1(header + content, usedforsecurity=False).hexdigest()


def _stream(bare: Git, files: dict[str, bytes], changed: tuple[str, ...]) -> bytes:
    """A commit in git's fast-import format, on top of what is published."""
    name, address = IDENTITY
    message = ("Publish lessons\n\n" + "\n".join(f"- {path}" for path in changed)).encode()
    parts = [
        f"commit refs/heads/{LIVE_BRANCH}\ncommitter {name} <{address}> now\n".encode(),
        b"data %d\n%s\n" % (len(message), message),
    ]
    if bare.find(LIVE_BRANCH):
        parts.append(f"from refs/heads/{LIVE_BRANCH}^0\n".encode())
    parts.append(b"deleteall\n")
    for path, content in sorted(files.items()):
        parts.append(f"M 100644 inline {path}\n".encode())
        parts.append(b"data %d\n%s\n" % (len(content), content))
    return b"".join(parts)
