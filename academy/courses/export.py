"""Bring what was changed in a live course back to the checkout, as patches for ``git am``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from academy.courses.git import Git, commit_tree
from academy.courses.lesson import clean_bytes, dump, same_but_for_outputs
from academy.courses.repository import (
    LIVE_BRANCH,
    SHIPPED_BRANCH,
    commit_edits,
    course_lock,
    has_repository,
    live_git,
    require_live_branch,
)
from academy.errors import AcademyError


def export_course(course_id: str, output: Path) -> list[Path]:
    """Write what differs between a live course and the shipped one as patches.

    The edits in the live course are committed first. Notebooks go into the patch without
    outputs, and one that was only run does not go in at all.

    Parameters
    ----------
    course_id
        The course.
    output
        The folder for the patches; it is made when it is not there.

    Returns
    -------
    list of Path
        The patches, to be applied in order by ``git am`` in the checkout's top folder; empty
        when nothing differs.

    Raises
    ------
    AcademyError
        When there is no such live course.
    """
    if not has_repository(course_id):
        raise AcademyError(
            f"There is no live course '{course_id}' to export.",
            kept="Nothing was changed.",
            next_step="`academy course list` names the courses.",
        )
    with course_lock(course_id):
        git = live_git(course_id)
        require_live_branch(git)
        commit_edits(git)
        return _write_patches(git, course_id, output)


def _write_patches(git: Git, course_id: str, output: Path) -> list[Path]:
    tree = _tree_without_outputs(git)
    changed = git.paths("diff-tree", "-r", "-z", "--name-only", SHIPPED_BRANCH, tree)
    if not changed:
        return []
    output.mkdir(parents=True, exist_ok=True)
    listed = "\n".join(f"- {name}" for name in changed)
    message = f"Take up the changes made in the live course {course_id}\n\n{listed}"
    commit = commit_tree(git, tree, (git.find(SHIPPED_BRANCH),), message)
    folder = f"courses/{course_id}"
    written = git.text(
        *("format-patch", "-1", "--no-stat", "--no-signature", "--binary", "--full-index"),
        *(f"--src-prefix=a/{folder}/", f"--dst-prefix=b/{folder}/"),
        *("--output-directory", str(output.absolute()), commit),
    )
    return [Path(line) for line in written.splitlines()]


def _tree_without_outputs(git: Git) -> str:
    """The live course's tree, its changed notebooks as they should be stored."""
    with tempfile.TemporaryDirectory() as name:
        staged = Git(git.git_dir, index=Path(name) / "index")
        staged.run("read-tree", LIVE_BRANCH)
        for path in git.paths("diff-tree", "-r", "-z", "--name-only", SHIPPED_BRANCH, LIVE_BRANCH):
            live = git.blob(LIVE_BRANCH, path)
            if live is None or not path.endswith(".ipynb"):
                continue
            content = _stored(live, git.blob(SHIPPED_BRANCH, path))
            blob = git.run("hash-object", "-w", "--stdin", data=content).decode().strip()
            staged.run("update-index", "--cacheinfo", f"100644,{blob},{path}")
        return staged.text("write-tree")


def _stored(live: bytes, shipped: bytes | None) -> bytes:
    """A notebook without outputs, and with the kernel's names as they were shipped."""
    if shipped is None:
        return clean_bytes(live)
    if same_but_for_outputs(live, shipped):
        return shipped
    try:
        clean, before = json.loads(clean_bytes(live)), json.loads(shipped)["metadata"]
        for key in ("kernelspec", "language_info"):
            clean["metadata"].pop(key, None)
            clean["metadata"] |= {key: before[key]} if key in before else {}
    except (ValueError, KeyError, TypeError):
        return live  # Not a notebook: it goes out as it is, and the checks complain about it.
    return dump(clean)
