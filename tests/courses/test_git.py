"""Git is called the same way whatever surrounds it."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from academy.courses.git import Git, commit_tree, init, move_branch
from academy.errors import AcademyError


@pytest.fixture
def git(tmp_path: Path) -> Git:
    work = tmp_path / "a folder"
    work.mkdir()
    (work / "file.txt").write_text("x\r\n")
    init(work / ".git", is_bare=False)
    return Git(work / ".git", work_tree=work)


def test_nobodys_settings_hooks_or_variables_matter(
    git: Git, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / ".config" / "git").mkdir(parents=True)
    (home / ".config" / "git" / "ignore").write_text("*.txt\n")
    (home / ".gitconfig").write_text(
        "[commit]\n gpgsign = true\n[core]\n autocrlf = true\n hooksPath = /nowhere\n[user]\n"
        " useConfigOnly = true\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Somebody else")
    git.run("add", "--all")
    commit = commit_tree(git, git.text("write-tree"), (), "One", author="Ada Instructor")
    move_branch(git, "main", commit)
    assert git.blob("main", "file.txt") == b"x\r\n"
    assert git.blob("main", "other.txt") is None
    shown = git.text("log", "--format=%an, %cn, %ce", "main")
    assert shown == "Ada Instructor, Citizen Data Academy, academy@localhost"


def test_a_branch_that_moved_meanwhile_is_not_overwritten(git: Git) -> None:
    git.run("add", "--all")
    tree = git.text("write-tree")
    one, two = (commit_tree(git, tree, (), message) for message in ("One", "Two"))
    move_branch(git, "main", one)
    with pytest.raises(AcademyError, match=r"git update-ref .*ended with code"):
        move_branch(git, "main", two, two)
    assert git.find("main") == one


def test_a_lock_in_use_is_waited_for(git: Git) -> None:
    lock = git.git_dir / "index.lock"
    lock.touch()
    threading.Timer(0.5, lock.unlink).start()
    start = time.monotonic()
    git.run("add", "--all")
    assert time.monotonic() - start >= 0.4
    assert "file.txt" in git.text("ls-files")


def test_a_lock_of_a_dead_process_is_removed(git: Git) -> None:
    lock = git.git_dir / "index.lock"
    lock.touch()
    os.utime(lock, (time.time() - 60, time.time() - 60))
    git.run("add", "--all")
    assert not lock.exists()


def test_a_failing_command_says_what_git_said(git: Git) -> None:
    with pytest.raises(AcademyError, match="nonsense"):
        git.run("cat-file", "blob", "nonsense")
    with pytest.raises(AcademyError, match="nonsense"):
        git.holds("merge-base", "--is-ancestor", "nonsense", "nonsense")
