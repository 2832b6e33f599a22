"""Lay the published version of a lesson beside the learner's own when both sides changed it.

nbgitpuller keeps a learner's file and says nothing. A published version that never stood in the
learner's own line of history is one that the learner has not had: it is laid beside theirs as
``01-load-and-count.new-version.ipynb``, and the caller can say so in words.

Call it after each pull, as the learner: the clone is the learner's, and so is its git
configuration.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy.courses.git import Git
from academy.courses.lesson import same_but_for_outputs
from academy.paths import write_atomically

PUBLISHED = "refs/remotes/origin/main"
_RECORD = "academy-new-versions.json"


@dataclass(frozen=True)
class NewVersion:
    """A newer published version that lies beside a learner's file.

    Parameters
    ----------
    learner_file
        The learner's notebook, which stays as it is.
    new_file
        The published version beside it.
    is_fresh
        Whether it was laid there by this call; else it has lain there since an earlier one.
    """

    learner_file: Path
    new_file: Path
    is_fresh: bool


def lay_new_versions(repo_dir: Path) -> list[NewVersion]:
    """Lay new versions beside the notebooks that both the learner and the Academy changed.

    An older laid version that the learner did not touch is replaced; one that they edited stays
    and the new one gets a number. One that they deleted does not come back.

    Parameters
    ----------
    repo_dir
        The learner's clone of a course's lessons, as nbgitpuller left it.

    Returns
    -------
    list of NewVersion
        Every new version that lies beside a learner's file now, sorted by name.

    Raises
    ------
    AcademyError
        When the clone can't be read. Nothing of the learner's is changed then.
    """
    git = Git(repo_dir / ".git", work_tree=repo_dir)
    if not git.find(PUBLISHED):
        return []
    record = _read_record(git)
    lying = []
    for path, blob in _published_notebooks(git).items():
        found = _lay(git, repo_dir, path, blob, record)
        if found is not None:
            lying.append(found)
    _write_record(git, record)
    return lying


def _published_notebooks(git: Git) -> dict[str, str]:
    """Notebooks whose published version never stood in the learner's own history."""
    entries = [entry.split("\t", 1) for entry in git.paths("ls-tree", "-r", "-z", PUBLISHED)]
    notebooks = {path: about.split()[2] for about, path in entries if path.endswith(".ipynb")}
    # The first parent of nbgitpuller's merge is the learner's side, and a version that git took
    # over for the learner shows there as the merge's own change.
    log = git.paths(
        *("log", "--first-parent", "-m", "--raw", "--no-abbrev", "-z", "--root", "--format="),
        *("HEAD", "--"),
    )
    had = {_new_blob(log[index], log[index + 1]) for index in range(0, len(log) - 1, 2)}
    return {path: blob for path, blob in sorted(notebooks.items()) if (path, blob) not in had}


def _new_blob(change: str, path: str) -> tuple[str, str]:
    return path, change.split()[3]


def _lay(
    git: Git, repo_dir: Path, path: str, blob: str, record: dict[str, Any]
) -> NewVersion | None:
    learner_file = repo_dir / path
    content = git.run("cat-file", "blob", blob)
    if not learner_file.is_file() or same_but_for_outputs(learner_file.read_bytes(), content):
        return None
    laid = record.get(path, {})
    if laid.get("blob") == blob:
        lies = repo_dir / str(laid.get("file", ""))
        return NewVersion(learner_file, lies, is_fresh=False) if lies.is_file() else None
    new_file = _free_name(learner_file, repo_dir, laid)
    write_atomically(new_file, content)
    record[path] = {
        "blob": blob,
        "file": new_file.relative_to(repo_dir).as_posix(),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    return NewVersion(learner_file, new_file, is_fresh=True)


def _free_name(learner_file: Path, repo_dir: Path, laid: dict[str, Any]) -> Path:
    """The name for a new version: never that of a file which the learner may have edited."""
    number = 1
    while True:
        ending = "new-version" if number == 1 else f"new-version-{number}"
        candidate = learner_file.with_name(f"{learner_file.stem}.{ending}.ipynb")
        if not candidate.exists() or _is_untouched(candidate, repo_dir, laid):
            return candidate
        number += 1


def _is_untouched(candidate: Path, repo_dir: Path, laid: dict[str, Any]) -> bool:
    if candidate.relative_to(repo_dir).as_posix() != laid.get("file"):
        return False
    return hashlib.sha256(candidate.read_bytes()).hexdigest() == laid.get("sha256")


def _read_record(git: Git) -> dict[str, Any]:
    """What was laid before; without a readable record every file counts as the learner's."""
    try:
        record = json.loads((git.git_dir / _RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    is_sound = isinstance(record, dict) and all(isinstance(one, dict) for one in record.values())
    return record if is_sound else {}


def _write_record(git: Git, record: dict[str, Any]) -> None:
    if record != _read_record(git):
        write_atomically(git.git_dir / _RECORD, json.dumps(record, indent=1))
