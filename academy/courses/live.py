"""Live courses: seeded from the shipped ones, kept up to date with them, loaded for the hub."""

from __future__ import annotations

from academy import paths
from academy.courses.course import (
    Course,
    course_folders,
    load_course,
    load_readable_courses,
    prerequisite_findings,
)
from academy.courses.git import Git, commit_tree, move_branch
from academy.courses.merge import merge_shipped
from academy.courses.release import is_published, publish_locked, published_source
from academy.courses.repository import (
    LIVE_BRANCH,
    SHIPPED_BRANCH,
    commit_edits,
    course_lock,
    create_repository,
    has_repository,
    live_git,
    require_live_branch,
    shipped_tree,
    write_info,
)
from academy.errors import AcademyError, Finding


def seed_courses() -> list[Finding]:
    """Make a live course of every shipped one, and take up newer shipped versions.

    Safe to call at every start: when nothing changed it compares and does nothing. A first
    seeding publishes the lessons at once; so does a newer shipped version, unless instructors
    changed the live course, who then decide when to publish.

    Returns
    -------
    list of Finding
        What a person should know: files that both sides changed, courses that could not be
        seeded. Never a reason not to start.
    """
    findings: list[Finding] = []
    for folder in course_folders(paths.shipped_courses()):
        try:
            findings += seed_course(load_course(folder))
        except AcademyError as error:
            findings += error.findings
    return findings


def seed_course(shipped: Course) -> list[Finding]:
    """Make or update one live course.

    Parameters
    ----------
    shipped
        The course as it is in the checkout.
    """
    with course_lock(shipped.id):
        if not has_repository(shipped.id):
            create_repository(shipped.id, shipped.folder)
        git = live_git(shipped.id)
        write_info(git)
        # A merge that was cut short is ended first: it left files of just that version.
        findings = _merge_if_newer(git, shipped.id)
        tree = _follow_shipped(git, shipped)
        findings += _merge_if_newer(git, shipped.id)
        if not is_published(shipped.id) or _is_unpublished_shipped(git, shipped.id, tree):
            publish_locked(shipped.id)
    return list(dict.fromkeys(findings))


def _follow_shipped(git: Git, shipped: Course) -> str:
    """Bring branch ``shipped`` up to the checkout; return the tree of the shipped course."""
    tree, old = shipped_tree(git, shipped.folder), git.find(SHIPPED_BRANCH)
    if tree != git.find(f"{old}^{{tree}}"):
        new = commit_tree(git, tree, (old,), "A newer shipped course")
        move_branch(git, SHIPPED_BRANCH, new, old)
    return tree


def _merge_if_newer(git: Git, course_id: str) -> list[Finding]:
    if git.holds("merge-base", "--is-ancestor", SHIPPED_BRANCH, LIVE_BRANCH):
        return []
    require_live_branch(git)
    findings = merge_shipped(git, course_id)
    if git.holds("diff-tree", "--quiet", LIVE_BRANCH, SHIPPED_BRANCH):
        return findings
    told = Finding(
        "The shipped course has a newer version, which was merged with the changes made here. "
        "Learners still get the lessons that were published last.",
        course_id,
        f"Look the lessons over, then run `academy course publish {course_id}`.",
    )
    return [*findings, told]


def _is_unpublished_shipped(git: Git, course_id: str, tree: str) -> bool:
    """Whether the live course is the shipped one, unedited, and learners have an older one.

    Where instructors have changes of their own, they decide when learners see them.
    """
    live_tree = f"{LIVE_BRANCH}^{{tree}}"
    if git.find(live_tree) != tree or published_source(course_id) == tree:
        return False
    commit_edits(git)
    return git.find(live_tree) == tree


def load_live_courses() -> tuple[list[Course], list[Finding]]:
    """Load the live courses; one that is broken is left out with a finding that says why.

    Returns
    -------
    courses : list of Course
        Those that can be served, sorted by id.
    findings : list of Finding
        What is wrong with the others.
    """
    courses, findings = load_readable_courses(paths.live_courses())
    return courses, findings + prerequisite_findings(courses)


def live_courses() -> list[Course]:
    """Return the live courses that can be served, sorted by id."""
    return load_live_courses()[0]
