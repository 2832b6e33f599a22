"""Bring a newer shipped course into a live one; what an instructor changed always wins.

Git's own merge is not used because it decides line by line, and because a kill in the midst of
it leaves a work tree that the next commit would take for the instructor's wish. Here files are
compared whole, written one by one and atomically, and the merge commit comes last: a kill at
any moment leaves either old or new files, and the next start finishes the work.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from academy.courses.course import SETTINGS_FILE
from academy.courses.git import Git, commit_tree, move_branch
from academy.courses.lesson import same_but_for_outputs
from academy.courses.repository import LIVE_BRANCH, SHIPPED_BRANCH, commit_edits
from academy.courses.settings import CourseSettings
from academy.errors import AcademyError, Finding
from academy.paths import write_atomically
from academy.yamlfile import load_yaml

_LINE_BY_LINE = {".md", ".py", ".txt", ".yaml", ".yml"}


@dataclass(frozen=True)
class Versions:
    """One file in its three versions; None where a version does not have it."""

    path: str
    base: bytes | None
    live: bytes | None
    shipped: bytes | None


def merge_shipped(git: Git, course_id: str) -> list[Finding]:
    """Merge branch ``shipped`` into the live course.

    Edits that are not committed are committed first, so that nothing can be lost.

    Returns
    -------
    list of Finding
        One for each file that both sides changed, saying what was kept.
    """
    commit_edits(git)
    live, shipped = git.find(LIVE_BRANCH), git.find(SHIPPED_BRANCH)
    base = git.find(f"{git.text('merge-base', live, shipped)}^{{tree}}")
    findings: list[Finding] = []
    for path in git.paths("diff-tree", "-r", "-z", "--name-only", base, shipped):
        versions = Versions(
            path, git.blob(base, path), git.blob(live, path), git.blob(shipped, path)
        )
        findings += _take(git, versions, course_id)
    _commit_merge(git, live, shipped)
    return findings


def _commit_merge(git: Git, live: str, shipped: str) -> None:
    git.run("add", "--all", "--", ".")
    merged = commit_tree(
        git, git.text("write-tree"), (live, shipped), "Take up the newer shipped course"
    )
    move_branch(git, LIVE_BRANCH, merged, live)


def _take(git: Git, versions: Versions, course_id: str) -> list[Finding]:
    """Write the shipped version of one file, unless the instructor changed it."""
    if _is_same(versions.live, versions.shipped, versions.path):
        return []
    is_untouched = _is_untouched(versions)
    wanted = versions.shipped if is_untouched else _merged(git, versions)
    has_answer = is_untouched or wanted is not None
    if has_answer and _write(git, versions, wanted):
        return []
    return [_kept(versions, course_id)]


def _is_untouched(versions: Versions) -> bool:
    return _is_same(versions.base, versions.live, versions.path)


def _is_same(one: bytes | None, other: bytes | None, path: str) -> bool:
    """Whether two versions say the same; who only runs a notebook has not changed it."""
    if one is None or other is None or one == other:
        return one == other
    return path.endswith(".ipynb") and same_but_for_outputs(one, other)


def _write(git: Git, versions: Versions, wanted: bytes | None) -> bool:
    """Write or remove a file; not when somebody saved it since the edits were committed."""
    assert git.work_tree is not None
    file = git.work_tree / versions.path
    current = file.read_bytes() if file.is_file() else None
    if current != versions.live:
        return False
    if wanted is None:
        file.unlink(missing_ok=True)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, wanted)
    return True


def _merged(git: Git, versions: Versions) -> bytes | None:
    """Merge a text file line by line; None where the two sides touch the same lines."""
    base, live, shipped = versions.base, versions.live, versions.shipped
    path = Path(versions.path)
    if base is None or live is None or shipped is None or path.suffix not in _LINE_BY_LINE:
        return None
    with tempfile.TemporaryDirectory() as name:
        files = [Path(name) / part for part in ("live", "base", "shipped")]
        for file, content in zip(files, (live, base, shipped), strict=True):
            file.write_bytes(content)
        if not git.holds("merge-file", "--quiet", *map(str, files)):
            return None
        if path.name == SETTINGS_FILE and not _is_course(files[0]):
            return None
        return files[0].read_bytes()


def _is_course(file: Path) -> bool:
    """Lines that merge well may still make settings that fit no course."""
    try:
        load_yaml(file, CourseSettings)
    except AcademyError:
        return False
    return True


def _kept(versions: Versions, course_id: str) -> Finding:
    path, where = versions.path, f"{course_id}/{versions.path}"
    compare = f"Compare with `git diff {LIVE_BRANCH} {SHIPPED_BRANCH} -- {path}`."
    if versions.live is None:
        problem = f"{path} changed in the shipped course and was deleted here; it stays deleted."
    elif versions.shipped is None:
        problem = f"{path} was taken out of the shipped course and changed here; yours was kept."
        compare = "Delete it in the live course if it is not needed any more."
    else:
        problem = f"{path} changed both in the shipped course and here; yours was kept."
    return Finding(problem, where, compare)
