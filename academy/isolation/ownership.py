"""Give folders to identities, without being led astray by what lies in them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from academy.errors import AcademyError
from academy.isolation.identity import Identity


def give_folder(
    folder: Path,
    identity: Identity,
    *,
    mode: int = 0o700,
    group: Identity | None = None,
    everything: bool = False,
) -> None:
    """Give a folder, and what is in it when it comes from another owner, to an identity.

    No link is followed: a learner may have left one that points elsewhere.

    Parameters
    ----------
    folder
        The folder.
    identity
        Who gets it.
    mode
        Its permission bits, when it came from another owner.
    group
        Whose group it gets; the same identity's by default.
    everything
        Whether what is in it is looked at even where the folder itself has its owner.
    """
    gid = (group or identity).gid
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise AcademyError(
            "A folder was expected here, and it is something else.",
            where=str(folder),
            kept="Nothing was changed.",
            next_step="Move it aside and start again.",
        )
    if found.st_uid != identity.uid or everything:
        for _, folders, files, descriptor in os.fwalk(folder, follow_symlinks=False):
            for name in (*folders, *files):
                _give(name, identity.uid, gid, descriptor)
        os.chown(folder, identity.uid, gid, follow_symlinks=False)
        folder.chmod(mode)


def _give(name: str, uid: int, gid: int, descriptor: int) -> None:
    """Give a file or folder to an identity, unless it has a second name somewhere else.

    Without walls a learner could make such a name for a file of the hub's.
    """
    found = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
    if stat.S_ISDIR(found.st_mode) or found.st_nlink == 1:
        os.chown(name, uid, gid, dir_fd=descriptor, follow_symlinks=False)
