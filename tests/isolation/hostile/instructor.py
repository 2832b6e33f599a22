"""What a hostile instructor of another course tries: their own live course as a way in.

An instructor may change every file of the course that they teach, and the Academy works with
those files: it publishes, merges, grades. Nothing of it may run or reach further than the course.
"""

from __future__ import annotations

from pathlib import Path

from .catalogue import Facts, Outcome, attempt, can_change, can_read, can_write, planted
from .files import git
from .links import lay, proof
from .network import can_connect

OTHER = "A hostile instructor of another course"
AS_ROOT = "Without walls everything runs as the hub's user."


def own_course(facts: Facts) -> Path:
    """Return the live course that the attacker teaches."""
    return Path(facts.state, "courses", facts.other_course)


@attempt(OTHER, who="instructor")
def instructor_reads_a_gradebook(facts: Facts) -> Outcome:
    """As instructor of one course, read the gradebook of another."""
    return can_read(facts.live_course / "gradebook.db")


@attempt(OTHER, who="instructor")
def instructor_reads_solutions(facts: Facts) -> Outcome:
    """As instructor of one course, read the solutions of another."""
    folder = facts.live_course / "source" / facts.assignment
    return can_read(next(folder.glob("*.ipynb")) if folder.is_dir() else folder)


@attempt(OTHER, who="instructor")
def instructor_writes_a_course(facts: Facts) -> Outcome:
    """As instructor of one course, change the lessons of another."""
    return can_write(facts.live_course)


@attempt(OTHER, who="instructor")
def instructor_reads_submissions(facts: Facts) -> Outcome:
    """As instructor of one course, read what was handed in to another."""
    names = sorted((facts.exchange / "inbound").iterdir())
    return can_read(next(names[0].glob("*.ipynb")))


@attempt(OTHER, who="instructor")
def instructor_reads_a_record(facts: Facts) -> Outcome:
    """As instructor of one course, read the record of submissions of another."""
    return can_read(Path(facts.state, "receipts", f"{facts.course}.jsonl"))


@attempt(OTHER, who="instructor")
def instructor_releases_elsewhere(facts: Facts) -> Outcome:
    """As instructor of one course, lay an assignment out in another."""
    return can_write(facts.exchange / "outbound")


@attempt(OTHER, who="instructor")
def instructor_reads_a_home(facts: Facts) -> Outcome:
    """As instructor of one course, read the home of a learner."""
    return can_read(facts.victim_home / "Secret.ipynb")


@attempt(OTHER, who="instructor")
def instructor_connects_to_a_formgrader(facts: Facts) -> Outcome:
    """As instructor of one course, connect to the formgrader of another."""
    return can_connect(facts.ports["formgrader"])


@attempt(OTHER, who="instructor")
def instructor_changes_own_record(facts: Facts) -> Outcome:
    """As instructor, change the record of submissions of the own course, who was first and when."""
    return can_change(Path(facts.state, "receipts", f"{facts.other_course}.jsonl"))


@attempt(OTHER, who="instructor", open="held", note="The Academy's git runs no hooks.")
def instructor_sets_git_hooks(facts: Facts) -> Outcome:
    """Lay hooks and git settings into the own live course, for git to run at publishing."""
    program = own_course(facts) / "git-proof.sh"
    lay(program, proof(facts, "course-git", shell=True), 0o755)
    repository = own_course(facts) / ".git"
    for hook in ("pre-commit", "post-commit", "post-checkout", "reference-transaction"):
        lay(repository / "hooks" / hook, program.read_text(), 0o755)
    config = repository / "config"
    config.write_text(f"{config.read_text()}[core]\n\tfsmonitor = {program}\n")
    return planted(git("-C", str(own_course(facts)), "config", "core.fsmonitor"))


@attempt(OTHER, who="instructor", open="held", note="The Academy starts nothing with them.")
def instructor_lays_modules(facts: Facts) -> Outcome:
    """Lay Python modules into the own live course, where the Academy's commands are started."""
    code = proof(facts, "course-python")
    real = Path(facts.checkout, "academy")
    stand_in = f"{(real / '__init__.py').read_text()}\n{code}\n__path__ = [{str(real)!r}]\n"
    lay(own_course(facts) / "academy" / "__init__.py", stand_in)
    for name in ("sitecustomize.py", "usercustomize.py"):
        lay(own_course(facts) / name, code)
    # Everybody who signs up from now on is put into this course, by a process that starts here.
    settings = own_course(facts) / "course.yaml"
    settings.write_text(settings.read_text().replace("enrol: roster", "enrol: open"))
    return planted("academy, sitecustomize and usercustomize in the live course")


@attempt(OTHER, who="instructor", note=AS_ROOT)
def instructor_configures_nbgrader(facts: Facts) -> Outcome:
    """Lay nbgrader configuration with code into the own live course."""
    lay(own_course(facts) / "nbgrader_config.py", proof(facts, "course-nbgrader"))
    return planted("nbgrader_config.py")


@attempt(OTHER, who="instructor", open="held", note="No link is published.")
def instructor_links_out_of_the_course(facts: Facts) -> Outcome:
    """Let a lesson of the own course be a link to a learner's notebook, and have it published."""
    lesson = min((own_course(facts) / "lessons").glob("*.ipynb"))
    lesson.unlink()
    lesson.symlink_to(facts.victim_home / "Secret.ipynb")
    return planted(f"{lesson.name} leads to a notebook of {facts.victim}")
