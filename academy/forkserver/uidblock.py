"""User ids for sandboxes: each maker on the machine has a block of numbers that no other has."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Container
from pathlib import Path

from academy.errors import AcademyError
from academy.isolation.identity import LAST_UID

#: Above all identities that are given to learners, courses and services.
FIRST_SANDBOX_UID = LAST_UID + 1
#: So many sandboxes may live at once in one block, and so many blocks there are.
BLOCK = 1_000
BLOCKS = 1_000
_REGISTER = Path("/run/academy-sandboxes")


class Block:
    """A block that is this process's own until it ends.

    Parameters
    ----------
    register
        The file by whose bytes blocks are held; only root can write it.
    """

    def __init__(self, register: Path = _REGISTER) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        self._register = os.open(register, flags, 0o600)
        found = os.fstat(self._register)
        if found.st_uid != os.geteuid() or not stat.S_ISREG(found.st_mode):
            raise AcademyError(
                "A file of our own was expected here, and it is another's.", where=str(register)
            )
        self.number = self._take()
        self._last = -1

    def _take(self) -> int:
        for number in range(BLOCKS):
            try:
                fcntl.lockf(self._register, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
            except OSError as error:
                if error.errno not in (errno.EACCES, errno.EAGAIN):
                    raise
                continue
            return number
        raise AcademyError(
            f"Sandboxes are made in {BLOCKS} places on this machine, which is the most."
        )

    def next(self, used: Container[int]) -> int:
        """Return the number that was left alone for the longest time.

        Parameters
        ----------
        used
            The numbers of sandboxes that live.
        """
        for _ in range(BLOCK):
            self._last = (self._last + 1) % BLOCK
            uid = FIRST_SANDBOX_UID + self.number * BLOCK + self._last
            if uid not in used:
                return uid
        raise AcademyError(f"{BLOCK} sandboxes live, which is the most.")
