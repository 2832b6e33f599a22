"""One sandbox, as the maker knows it: who lives in it, what it may use, and when it must end."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from academy.forkserver import cellview
from academy.forkserver.celllimits import CellLimits
from academy.isolation.cgroups import Controller, Group

KIND = "sandbox"
#: The exit code of a sandbox that could not be built.
COULD_NOT_BUILD = 70


@dataclass
class Cell:
    """One sandbox.

    Parameters
    ----------
    name
        Of its folder for sockets.
    uid, gid
        Who lives in it.
    shared_with
        The group of who asked for it, who may use the sockets.
    limits
        How much it may use.
    controllers
        The control groups that can be used.
    is_root
        Whether the maker is root; otherwise it is an ordinary user in a user namespace.
    keeper
        The maker's keeper, by whose number a left-over group is known.
    """

    name: str
    uid: int
    gid: int
    shared_with: int
    limits: CellLimits
    controllers: list[Controller]
    is_root: bool
    keeper: int
    #: The end of a socket whose other end is held by who asked.
    lifeline: int = -1
    #: Stands for its first process.
    watch: int = -1
    #: When it must end, by the clock that nobody sets.
    end: float = 0.0
    #: Whether it was ended because its time was over.
    is_late: bool = False
    group: Group = field(init=False)

    def __post_init__(self) -> None:
        self.group = Group(f"{self.uid}-{self.name}-{self.keeper}", self.controllers)
        self.end = time.monotonic() + self.limits.seconds

    @property
    def folder(self) -> Path:
        """Its folder for sockets, as the maker names it."""
        return cellview.CELLS / self.name

    def make(self) -> None:
        """Make its control group, and the folder for sockets: of who lives here and who asked."""
        self.group.make(self.limits.of_processes())
        self.folder.mkdir(mode=0o700)
        os.chown(self.folder, self.uid, self.shared_with)
        self.folder.chmod(0o2770)

    def clear_away(self) -> bool:
        """Remove what it left; False when something was in use still.

        The last of its processes may take a moment to leave the group after their first is gone.
        """
        if self.lifeline >= 0:
            os.close(self.lifeline)
            self.lifeline = -1
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in self.group.folders:
            with suppress(OSError):
                folder.rmdir()
        return not self.folder.exists() and not any(one.exists() for one in self.group.folders)
