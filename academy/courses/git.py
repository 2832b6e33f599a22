"""Git, called so that nobody's settings, hooks or surroundings change what it does."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from academy.errors import AcademyError

IDENTITY = ("Citizen Data Academy", "academy@localhost")
# Git holds its locks for milliseconds; one as old as this belongs to a killed process.
STALE_LOCK_SECONDS = 3.0

_LOCKED = re.compile(rb"Unable to create '(.+?\.lock)': File exists")
_SETTINGS = {
    "commit.gpgsign": "false",
    "core.attributesFile": "/dev/null",
    "core.autocrlf": "false",
    "core.excludesFile": "/dev/null",
    "core.fileMode": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": "/dev/null",
    "core.quotePath": "false",
    "diff.renames": "false",
    "gc.auto": "0",
    "init.defaultBranch": "main",
    "maintenance.auto": "false",
    "safe.directory": "*",
}


@dataclass(frozen=True)
class Git:
    """A git repository and, where commands need them, its work tree and index.

    Parameters
    ----------
    git_dir
        The repository: ``.git`` of a live course, or a bare repository.
    work_tree
        The folder whose files are added and compared.
    index
        The index file; the repository's own by default.
    """

    git_dir: Path
    work_tree: Path | None = None
    index: Path | None = None

    def run(self, *arguments: str, data: bytes | None = None, author: str = "") -> bytes:
        """Run a git command and return what it prints.

        A lock that a killed git left behind is waited out and removed.

        Raises
        ------
        AcademyError
            When git is not installed or the command fails.
        """
        deadline = time.monotonic() + 3 * STALE_LOCK_SECONDS
        while True:
            done = self._start(arguments, data, author)
            if done.returncode == 0:
                return done.stdout
            lock = _LOCKED.search(done.stderr)
            if lock is None or time.monotonic() > deadline:
                raise _failed(arguments, done, self.work_tree or self.git_dir)
            _wait_for(Path(os.fsdecode(lock.group(1))))

    def text(self, *arguments: str, author: str = "") -> str:
        """Run a git command and return what it prints as text, without the last newline."""
        return self.run(*arguments, author=author).decode("utf-8", "replace").rstrip("\n")

    def paths(self, *arguments: str) -> list[str]:
        """Run a git command that prints names ended by NUL, and return them."""
        found = self.run(*arguments).decode("utf-8", "surrogateescape")
        return [name for name in found.split("\0") if name]

    def holds(self, *arguments: str) -> bool:
        """Run a git command that answers yes (0) or no (1) by its exit code."""
        done = self._start(arguments, None, "")
        if done.returncode not in (0, 1):
            raise _failed(arguments, done, self.work_tree or self.git_dir)
        return done.returncode == 0

    def find(self, revision: str) -> str:
        """Return the object that a revision names; empty when there is none."""
        done = self._start(("rev-parse", "--quiet", "--verify", revision), None, "")
        return done.stdout.decode().strip()

    def blob(self, revision: str, path: str) -> bytes | None:
        """Return a file's bytes as of a revision; None when it is not there."""
        found = self.find(f"{revision}:{path}")
        return self.run("cat-file", "blob", found) if found else None

    def _start(
        self, arguments: tuple[str, ...], data: bytes | None, author: str
    ) -> subprocess.CompletedProcess[bytes]:
        settings = [part for pair in _SETTINGS.items() for part in ("-c", "=".join(pair))]
        try:
            return subprocess.run(
                ["git", *settings, *arguments],
                env=self._environment(author),
                cwd=self.work_tree or self.git_dir.parent,
                input=data or b"",
                capture_output=True,
                check=False,
            )
        except FileNotFoundError as error:
            if error.filename != "git":
                raise
            raise AcademyError(
                "Courses are kept by git, and no git program was found on this machine.",
                kept="Nothing was changed.",
                next_step="Install git with the system's package manager, and start again.",
            ) from None

    def _environment(self, author: str) -> dict[str, str]:
        # A git hook or a CI job that runs us sets GIT_DIR and its kin; they must not leak in.
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("GIT_")
        }
        name, address = IDENTITY
        environment |= {
            "GIT_DIR": str(self.git_dir),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_SYSTEM": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": author or name,
            "GIT_AUTHOR_EMAIL": address,
            "GIT_COMMITTER_NAME": name,
            "GIT_COMMITTER_EMAIL": address,
            "LC_ALL": "C",
        }
        if self.work_tree:
            environment["GIT_WORK_TREE"] = str(self.work_tree)
        if self.index:
            environment["GIT_INDEX_FILE"] = str(self.index)
        return environment


def _wait_for(lock: Path) -> None:
    """Give the holder of a lock a moment, and remove the lock when its holder must be dead."""
    with contextlib.suppress(FileNotFoundError):
        if time.time() - lock.stat().st_mtime > STALE_LOCK_SECONDS:
            lock.unlink()
            return
    time.sleep(0.1)


def _failed(
    arguments: tuple[str, ...], done: subprocess.CompletedProcess[bytes], where: Path
) -> AcademyError:
    said = " ".join(done.stderr.decode("utf-8", "replace").split())[:400]
    command = " ".join(arguments[:2])
    return AcademyError(
        f"git {command} ended with code {done.returncode} and said: {said or 'nothing'}.",
        where=str(where),
        kept="No work was lost: files are written before git is told of them.",
        next_step="If it names a .lock file and no other git is at work, remove that file; "
        "then run the command again.",
    )


def init(git_dir: Path, *, is_bare: bool) -> None:
    """Make an empty repository on branch ``main`` with no hooks and no sample files.

    A course's instructors share its repository by their group; what is published can be read
    by all who get as far as the folder.
    """
    git_dir.parent.mkdir(parents=True, exist_ok=True)
    bare = ("--bare",) if is_bare else ()
    git = Git(git_dir)
    shared = "--shared=all" if is_bare else "--shared=group"
    git.run("init", "--quiet", "--template=", shared, *bare)
    git.run("symbolic-ref", "HEAD", "refs/heads/main")  # git before 2.28 begins on another branch


def commit_tree(
    git: Git, tree: str, parents: tuple[str, ...], message: str, *, author: str = ""
) -> str:
    """Write a commit of a tree and return its id; no branch is moved."""
    flags = [part for parent in parents for part in ("-p", parent)]
    return git.text("commit-tree", tree, *flags, "-m", message, author=author)


def move_branch(git: Git, branch: str, new: str, old: str = "") -> None:
    """Move a branch, or make it; refused when it is no longer where it was seen."""
    git.run("update-ref", f"refs/heads/{branch}", new, old or "0" * 40)
