"""Bring a learner's clone of the lessons up to date, by nbgitpuller, and lay new versions beside.

It runs as the learner, in the learner's home: a clone's git configuration is the learner's and
may run what the learner likes.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from academy.courses.git import Git
from academy.courses.lesson import same_but_for_outputs
from academy.courses.newversion import PUBLISHED, NewVersion, lay_new_versions
from academy.errors import AcademyError
from academy.paths import write_atomically

# nbgitpuller looks for new and deleted files in git's list of changes. Where git guesses that a
# file was renamed, it sees neither, and the pull stops at a learner's file of the same name.
_CLONE_SETTINGS = {"diff.renames": "false", "merge.renames": "false"}


def pull_lessons(url: str, repo_dir: Path) -> list[NewVersion]:
    """Clone a course's lessons into a learner's home, or bring the clone up to date.

    Nothing that the learner changed is overwritten; see `academy.courses.release` for what
    happens in each case.

    Parameters
    ----------
    url
        The address by `academy.courses.release.published_url`.
    repo_dir
        The learner's clone; its parent folder is made when it is not there.

    Returns
    -------
    list of NewVersion
        The new versions that lie beside the learner's own files now.

    Raises
    ------
    AcademyError
        When the lessons can't be brought up to date. The learner's files stay as they are.
    """
    repo_dir.parent.mkdir(parents=True, exist_ok=True)
    _require_clone(repo_dir)
    if repo_dir.exists():
        # The Academy's state directory may have moved since the clone was made.
        _configure(repo_dir, _CLONE_SETTINGS | {"remote.origin.url": url})
        if _has_the_newest(url, repo_dir):
            return lay_new_versions(repo_dir)
        _give_way_where_only_run(repo_dir)
    _pull(url, repo_dir)
    return lay_new_versions(repo_dir)


def _require_clone(repo_dir: Path) -> None:
    if not repo_dir.exists() or (repo_dir / ".git").is_dir():
        return
    if repo_dir.is_dir() and not any(repo_dir.iterdir()):
        repo_dir.rmdir()
        return
    raise AcademyError(
        "The lessons can't be put here, because something else is in the way.",
        where=str(repo_dir),
        kept="Nothing was changed.",
        next_step="Rename it, and open the course again.",
    )


def _configure(repo_dir: Path, wanted: dict[str, str]) -> None:
    git = Git(repo_dir / ".git", work_tree=repo_dir)
    for key, value in wanted.items():
        git.run("config", "--local", "--replace-all", key, value)


def _has_the_newest(url: str, repo_dir: Path) -> bool:
    """Tell whether a pull would change nothing: the usual case, at a fraction of its cost."""
    git = Git(repo_dir / ".git", work_tree=repo_dir)
    try:
        published = git.text("ls-remote", url, "refs/heads/main").split("\t")[0]
        fetched = git.find(PUBLISHED)
        return (
            published == fetched != ""
            and git.holds("merge-base", "--is-ancestor", PUBLISHED, "HEAD")
            and not git.paths("ls-files", "--deleted", "-z")
        )
    except AcademyError:
        return False  # the pull itself tells the learner what is wrong


def _give_way_where_only_run(repo_dir: Path) -> None:
    """Take back what running left in notebooks that have a newer version.

    Opening or running a notebook changes its file. A learner who did no more than that wants the
    newer version in its place, and not a second notebook beside the first.
    """
    git = Git(repo_dir / ".git", work_tree=repo_dir)
    try:
        git.run("fetch", "--quiet", "origin", "main")
        base = git.text("merge-base", "HEAD", PUBLISHED)
    except AcademyError:
        return  # the pull itself tells the learner what is wrong
    newer = git.paths("diff", "--name-only", "--no-renames", "-z", base, PUBLISHED, "--", "*.ipynb")
    for path in newer:
        file, published = repo_dir / path, git.blob(base, path)
        if published is None or not file.is_file():
            continue
        content = file.read_bytes()
        if content != published and same_but_for_outputs(content, published):
            write_atomically(file, published)


def _pull(url: str, repo_dir: Path) -> None:
    from nbgitpuller.pull import GitPuller

    said: list[str] = []
    try:
        said.extend(GitPuller(url, str(repo_dir), branch="main", depth=1).pull())
    except subprocess.CalledProcessError as error:
        raise _refused(repo_dir, f"{error} {' '.join(said[-3:])}") from None
    except Exception as error:  # noqa: BLE001  # nbgitpuller raises bare ones, each with its words
        raise _refused(repo_dir, str(error) or type(error).__name__) from None


def _refused(repo_dir: Path, said: str) -> AcademyError:
    return AcademyError(
        f"The newest lessons could not be fetched: {' '.join(said.split())[:300]}.",
        where=str(repo_dir),
        kept="Your own files are as you left them.",
        next_step="Go on with the lessons that you have, and tell your instructor.",
    )
