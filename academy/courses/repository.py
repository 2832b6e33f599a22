"""The git repository of a live course: making it, committing the edits made in it."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from academy import paths
from academy.courses.git import Git, commit_tree, init, move_branch
from academy.errors import AcademyError

LIVE_BRANCH = "main"
SHIPPED_BRANCH = "shipped"

# The live course is nbgrader's root as well. What nbgrader and editors make there is kept out
# by .git/info/exclude, not by a .gitignore, which an instructor might delete or export.
_EXCLUDED = """\
/release/
/submitted/
/autograded/
/feedback/
/gradebook.db*
/grades.csv
.nbgrader.log
.ipynb_checkpoints/
.virtual_documents/
.jupyter_ystore.db
.~*
.DS_Store
__pycache__/
"""
_ATTRIBUTES = "*.ipynb -merge\n"


def live_folder(course_id: str) -> Path:
    """Return the folder of a live course."""
    return paths.live_courses() / course_id


def live_git(course_id: str) -> Git:
    """Return git on a live course's repository and work tree."""
    folder = live_folder(course_id)
    return Git(folder / ".git", work_tree=folder)


@contextlib.contextmanager
def course_lock(course_id: str) -> Iterator[None]:
    """Keep other processes of the Academy from changing a live course meanwhile.

    The system lets go of the lock when its holder dies, however it dies.
    """
    root = paths.live_courses()
    root.mkdir(parents=True, exist_ok=True)
    with (root / f".{course_id}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def has_repository(course_id: str) -> bool:
    """Tell whether the live course is there with its repository."""
    return (live_folder(course_id) / ".git" / "HEAD").is_file()


def create_repository(course_id: str, shipped: Path) -> None:
    """Make a live course from the shipped one; killed half-way, it begins anew next time.

    Everything is made in a hidden folder beside and renamed into place. A folder that is there
    without a repository keeps its files; what the shipped course has besides is added.
    """
    new, git = _begin(course_id)
    commit = commit_tree(git, shipped_tree(git, shipped), (), "The course as it is shipped")
    _finish(new, git, course_id, shipped=commit, live=commit)


def create_new_repository(course_id: str, content: Path) -> None:
    """Make a live course that is not shipped: its branch ``shipped`` is empty as yet.

    So `academy course export` brings all of it to the checkout.
    """
    new, git = _begin(course_id)
    nothing = git.run("hash-object", "-w", "-t", "tree", "--stdin").decode().strip()
    shipped = commit_tree(git, nothing, (), "Nothing is shipped yet")
    live = commit_tree(git, shipped_tree(git, content), (shipped,), "A new course")
    _finish(new, git, course_id, shipped=shipped, live=live)


def _begin(course_id: str) -> tuple[Path, Git]:
    root = paths.live_courses()
    for leftover in root.glob(f".new-{course_id}.*"):
        shutil.rmtree(leftover)
    new = Path(tempfile.mkdtemp(prefix=f".new-{course_id}.", dir=root))
    new.chmod(0o755)
    git = Git(new / ".git", work_tree=new)
    init(git.git_dir, is_bare=False)
    write_info(git)
    return new, git


def _finish(new: Path, git: Git, course_id: str, *, shipped: str, live: str) -> None:
    move_branch(git, SHIPPED_BRANCH, shipped)
    move_branch(git, LIVE_BRANCH, live)
    git.run("reset", "--hard", "--quiet", LIVE_BRANCH)
    _put_in_place(new, live_folder(course_id))


def _put_in_place(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    # Without missing files first, their absence would later count as the instructor's wish.
    for source in sorted(new.rglob("*")):
        inside = source.relative_to(new)
        wanted = target / inside
        if inside.parts[0] == ".git" or source.is_dir() or wanted.exists():
            continue
        wanted.parent.mkdir(parents=True, exist_ok=True)
        paths.write_atomically(wanted, source.read_bytes())
    if (target / ".git").exists():
        raise AcademyError(
            "A repository was expected here, and .git is something else.",
            where=str(target),
            kept="Nothing in it was changed.",
            next_step="Move .git aside and start again; the files themselves are kept.",
        )
    (new / ".git").rename(target / ".git")
    shutil.rmtree(new)


def write_info(git: Git) -> None:
    """Write which files git leaves alone and which it never merges line by line."""
    info = git.git_dir / "info"
    info.mkdir(exist_ok=True)
    for name, content in (("exclude", _EXCLUDED), ("attributes", _ATTRIBUTES)):
        file = info / name
        if not file.is_file() or file.read_text(encoding="utf-8") != content:
            paths.write_atomically(file, content)


def shipped_tree(git: Git, shipped: Path) -> str:
    """Record the shipped folder in the live course's repository and return its tree.

    The index of its own remembers the files' times, so that an unchanged folder costs a stat
    a file.
    """
    index = git.git_dir / "academy-shipped.index"
    index.with_name(f"{index.name}.lock").unlink(missing_ok=True)  # course_lock makes it ours
    shipped_git = Git(git.git_dir, work_tree=shipped, index=index)
    shipped_git.run("add", "--all", "--", ".")
    return shipped_git.text("write-tree")


def require_live_branch(git: Git) -> None:
    """Refuse to work in a repository that somebody switched to another branch.

    Raises
    ------
    AcademyError
        When the branch is not ``main`` or a merge that somebody began is not ended.
    """
    branch = git.text("rev-parse", "--symbolic-full-name", "HEAD").removeprefix("refs/heads/")
    is_merging = (git.git_dir / "MERGE_HEAD").exists()
    if branch == LIVE_BRANCH and not is_merging:
        return
    found = "a merge is going on" if is_merging else f"it is on '{branch}'"
    raise AcademyError(
        f"The live course must be on its branch '{LIVE_BRANCH}' and {found}.",
        where=str(git.work_tree),
        kept="Nothing in it was changed.",
        next_step="In a terminal there, end what was begun (git merge --abort, "
        f"git switch {LIVE_BRANCH}), and try again.",
    )


def commit_edits(git: Git, *, author: str = "") -> tuple[str, ...]:
    """Commit everything that was edited in a live course since the last commit.

    Returns
    -------
    tuple of str
        The files that were edited; empty when there was nothing to commit.
    """
    git.run("add", "--all", "--", ".")
    head, tree = git.find(LIVE_BRANCH), git.text("write-tree")
    edited = git.paths("diff-tree", "-r", "-z", "--name-only", head, tree)
    if edited:
        listed = "\n".join(f"- {name}" for name in edited)
        message = f"Edits made in the live course\n\n{listed}"
        move_branch(git, LIVE_BRANCH, commit_tree(git, tree, (head,), message, author=author), head)
    return tuple(edited)
