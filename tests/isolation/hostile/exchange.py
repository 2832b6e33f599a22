"""The exchange: others' submissions, who and when, released assignments, the record, feedback."""

# ruff: noqa: PTH208 (it speaks as attackers do, in the words of the system)
from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from .catalogue import (
    Facts,
    Outcome,
    attempt,
    can_change,
    can_read,
    can_write,
    succeeded,
)

FILES = "The exchange's files"


def _time(year: int) -> str:
    return datetime(year, 1, 2, 3, 4, 5, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S.%f UTC")


def _inbound(facts: Facts) -> Path:
    return facts.exchange / "inbound"


def _submissions_of(facts: Facts, learner: str) -> list[Path]:
    found = [Path(one) for one in os.scandir(_inbound(facts)) if one.name.startswith(f"{learner}+")]
    if not found:
        raise FileNotFoundError(f"no submission of {learner} is in sight")
    return sorted(found)


def _lay_submission(facts: Facts, learner: str, year: int) -> Outcome:
    """Make a folder that looks like a submission, and take it away again."""
    folder = _inbound(facts) / f"{learner}+{facts.assignment}+{_time(year)}+aaaa"
    folder.mkdir()
    (folder / "timestamp.txt").write_text(_time(year))
    (folder / "timestamp.txt").unlink()
    folder.rmdir()
    return succeeded(f"made {folder.name}")


@attempt(FILES, stock="held")
def read_submissions(facts: Facts) -> Outcome:
    """Read what another learner handed in."""
    folder = _submissions_of(facts, facts.victim)[0]
    return can_read(next(folder.glob("*.ipynb")))


@attempt(FILES, stock="held")
def list_submissions(facts: Facts) -> Outcome:
    """List who has handed in, and when."""
    return succeeded(f"{len(os.listdir(_inbound(facts)))} submissions")


@attempt(FILES, stock="succeeded")
def submit_under_another_name(facts: Facts) -> Outcome:
    """Lay a folder with another's name among the submissions."""
    return _lay_submission(facts, facts.victim, 2026)


@attempt(FILES, stock="succeeded")
def submit_after_everybody(facts: Facts) -> Outcome:
    """Lay a folder with another's name and a time to come, so that it is the newest."""
    return _lay_submission(facts, facts.victim, 2096)


@attempt(FILES, stock="succeeded")
def submit_in_the_past(facts: Facts) -> Outcome:
    """Lay a folder with our name and a time before the deadline."""
    return _lay_submission(facts, facts.me, 2001)


@attempt(FILES, stock="held")
def change_a_submission(facts: Facts) -> Outcome:
    """Change what another learner handed in."""
    folder = _submissions_of(facts, facts.victim)[0]
    return can_change(next(folder.glob("*.ipynb")))


@attempt(FILES, stock="held")
def change_own_submission(facts: Facts) -> Outcome:
    """Change, after the deadline, what we handed in before it."""
    folder = _submissions_of(facts, facts.me)[0]
    return can_change(next(folder.glob("*.ipynb")))


@attempt(FILES, stock="held")
def remove_a_submission(facts: Facts) -> Outcome:
    """Take another's submission out of the exchange."""
    folder = _submissions_of(facts, facts.victim)[0]
    aside = folder.with_name("taken-away")
    folder.rename(aside)
    aside.rename(folder)
    return succeeded(f"took {folder.name} away, and put it back")


@attempt(FILES, stock="succeeded")
def rename_the_course(facts: Facts) -> Outcome:
    """Rename the course's whole exchange, so that nobody can fetch or submit."""
    aside = facts.exchange.with_name("gone")
    facts.exchange.rename(aside)
    aside.rename(facts.exchange)
    return succeeded("renamed it, and back")


@attempt(FILES, stock="succeeded")
def replace_the_course(facts: Facts) -> Outcome:
    """Make an exchange of our own for a course that does not have one yet."""
    folder = facts.exchange.with_name("a-course-to-come")
    folder.mkdir()
    folder.rmdir()
    return succeeded("made one")


@attempt(FILES, stock="held")
def change_an_assignment(facts: Facts) -> Outcome:
    """Change a released assignment for everybody who has not fetched it yet."""
    folder = facts.exchange / "outbound" / facts.assignment
    return can_change(next(folder.glob("*.ipynb")))


@attempt(FILES, stock="held")
def release_an_assignment(facts: Facts) -> Outcome:
    """Release an assignment of our own to the whole course."""
    return can_write(facts.exchange / "outbound")


@attempt(FILES, stock="succeeded")
def read_assignments_of_another_course(facts: Facts) -> Outcome:
    """Read what is released in a course that we don't take."""
    folder = facts.exchange.with_name(facts.other_course)
    return succeeded(f"{os.listdir(folder / 'outbound')}")


@attempt(FILES)
def read_feedback(facts: Facts) -> Outcome:
    """List the feedback that others got."""
    names = os.listdir(facts.exchange / "feedback")
    return succeeded(f"{len(names)} of them")


@attempt(FILES)
def write_feedback(facts: Facts) -> Outcome:
    """Lay a page among the feedback that others will fetch."""
    return can_write(facts.exchange / "feedback")


@attempt(FILES, stock="succeeded")
def fill_the_exchange(facts: Facts) -> Outcome:
    """Lay files among the submissions until the disk is full; one stands for all."""
    return can_write(_inbound(facts))


@attempt(FILES)
def read_the_record(facts: Facts) -> Outcome:
    """Read the record of submissions of the whole course."""
    return can_read(Path(facts.state, "receipts", f"{facts.course}.jsonl"))


@attempt(FILES)
def change_the_record(facts: Facts) -> Outcome:
    """Change the record of submissions, who handed in and when."""
    return can_change(Path(facts.state, "receipts", f"{facts.course}.jsonl"))


@attempt(FILES, stock="succeeded")
def link_into_the_exchange(facts: Facts) -> Outcome:
    """Lay a link to another's home among the submissions, for the course to follow."""
    link = _inbound(facts) / f"{facts.me}+{facts.assignment}+{_time(2026)}+link"
    link.symlink_to(facts.victim_home)
    link.unlink()
    return succeeded("the link was laid")
