"""Which user names may exist, for every way of logging in."""

from __future__ import annotations

import pwd
import re
import sys
from collections.abc import Iterable

PATTERN = r"^[a-z][a-z0-9-]{2,31}$"
IN_WORDS = "3 to 32 characters: small letters a to z, digits and hyphens, beginning with a letter"
_MATCH = re.compile(PATTERN.removesuffix("$") + r"\Z")
# Names that mean something to a server, a hub or a person who reads a message from one.
_ALWAYS_RESERVED = frozenset(
    """
    academy admin administrator anonymous culler data datasets everyone exchange formgrader
    grader guest help hub info instructor instructors jupyter jupyterhub learner learners
    lessons nobody none null operator postmaster proxy public root security self server service
    services shared staff student students support supervisor system test user users webmaster
    """.split()  # noqa: SIM905 - forty quoted words are harder to read
)


def is_well_formed(name: str) -> bool:
    """Tell whether a name fits the pattern for user names."""
    return _MATCH.match(name) is not None


def reserved_names(course_ids: Iterable[str]) -> frozenset[str]:
    """Return the names that nobody may have.

    Parameters
    ----------
    course_ids
        Course ids; a course's service has its name.

    Returns
    -------
    frozenset of str
        Fixed names, the names of this machine's system accounts, and the course ids.
    """
    first_person = 500 if sys.platform == "darwin" else 1000
    system = {entry.pw_name for entry in pwd.getpwall() if entry.pw_uid < first_person}
    return _ALWAYS_RESERVED | system | frozenset(course_ids)
