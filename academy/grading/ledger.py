"""What was graded, and of what: a small file for each submission, beside the course's folders.

It lies in ``.grading/<assignment>/graded/<learner>.json`` of the live course. Where it is missing
nothing is lost: the submission is looked at again.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from academy import paths
from academy.grading.course import course_root

_FOLDER = ".grading"
_ANEW = "anew"
#: A file: its size, when it was written, its number in the file system, and its hash.
Stamp = tuple[int, int, int, str]


@dataclass(frozen=True)
class Entry:
    """What became of one submission.

    Parameters
    ----------
    learner
        Who handed it in.
    fingerprint
        Of the submission, the release, the data and the packages; see `fingerprint`.
    is_graded
        Whether there are points; otherwise the sentence says why not.
    sentence
        What the instructor was told.
    ok
        Whether all was as expected.
    folder
        Number and time of the graded folder: another folder in its place is not ours.
    files
        The submission's files by name.
    """

    learner: str
    fingerprint: str
    is_graded: bool
    sentence: str
    ok: bool
    folder: tuple[int, int] | None = None
    files: dict[str, Stamp] = field(default_factory=dict)


def grading_folder(course_id: str, assignment_id: str) -> Path:
    """Return where an assignment's grading keeps what is its own; made where it is missing.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    top = course_root(course_id) / _FOLDER
    top.mkdir(mode=0o700, exist_ok=True)
    ignored = top / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", encoding="utf-8")
    folder = top / assignment_id
    folder.mkdir(exist_ok=True)
    return folder


def read_entries(course_id: str, assignment_id: str) -> dict[str, Entry]:
    """Return what is known of an assignment's submissions, by learner; see `Entry`."""
    folder = course_root(course_id) / _FOLDER / assignment_id / "graded"
    found = (_read(path) for path in sorted(folder.glob("*.json")))
    return {entry.learner: entry for entry in found if entry is not None}


def _read(path: Path) -> Entry | None:
    """Return an entry; ``None`` where it is no longer one, for the submission is still there."""
    try:
        stored = json.loads(path.read_bytes())
        folder = stored.pop("folder")
        files = {name: tuple(stamp) for name, stamp in stored.pop("files").items()}
        return Entry(**stored, folder=tuple(folder) if folder else None, files=files)
    except (ValueError, TypeError, KeyError, AttributeError, OSError):
        return None


def write_entry(course_id: str, assignment_id: str, entry: Entry) -> None:
    """Keep what became of a submission."""
    folder = grading_folder(course_id, assignment_id) / "graded"
    folder.mkdir(exist_ok=True)
    text = json.dumps(asdict(entry), ensure_ascii=True)
    paths.write_atomically(folder / f"{entry.learner}.json", text, mode=0o600)


def begin_anew(course_id: str, assignment_id: str) -> None:
    """Have everything graded once more: by this run, or by those that go on with it."""
    file = grading_folder(course_id, assignment_id) / _ANEW
    paths.write_atomically(file, uuid.uuid4().hex, mode=0o600)


def beginning(course_id: str, assignment_id: str) -> str:
    """Return a word that is another one each time that all is to be graded once more."""
    try:
        return (grading_folder(course_id, assignment_id) / _ANEW).read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def folder_stamp(folder: Path) -> tuple[int, int] | None:
    """Return what tells a folder from another one in its place; ``None`` where there is none."""
    try:
        found = folder.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def is_current(entry: Entry | None, fingerprint: str, graded: Path) -> bool:
    """Return whether an entry is about just this, and what was graded is still in its place."""
    if entry is None or entry.fingerprint != fingerprint:
        return False
    return not entry.is_graded or entry.folder == folder_stamp(graded)


def known_files(entries: Mapping[str, Entry], learner: str) -> Mapping[str, Stamp]:
    """Return the stamps of a learner's files at the last time, to hash only what is new."""
    entry = entries.get(learner)
    return entry.files if entry else {}
