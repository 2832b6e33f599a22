"""Where things lie: the checkout (never written at run time) and the state directory."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from academy.errors import AcademyError

STATE_VARIABLE = "ACADEMY_STATE"


def checkout() -> Path:
    """Return the folder that holds ``courses/``, ``datasets/`` and the ``academy`` package."""
    return Path(__file__).resolve().parents[1]


def state() -> Path:
    """Return the state directory: ``$ACADEMY_STATE``, else ``state/`` in the checkout."""
    configured = os.environ.get(STATE_VARIABLE)
    return Path(configured).expanduser().absolute() if configured else checkout() / "state"


def hub_state() -> Path:
    """Return the folder of the hub's database, secrets and logs."""
    return state() / "hub"


def homes() -> Path:
    """Return the folder of the learners' homes."""
    return state() / "homes"


def live_courses() -> Path:
    """Return the folder of the live courses, one git repository each."""
    return state() / "courses"


def published_lessons() -> Path:
    """Return the folder of what learners pull: one bare git repository a course."""
    return state() / "lessons"


def exchange() -> Path:
    """Return nbgrader's exchange."""
    return state() / "exchange"


def refreshed_datasets() -> Path:
    """Return the folder of tables refreshed from the portal; they win over embedded ones."""
    return state() / "datasets"


def embedded_datasets() -> Path:
    """Return the folder of the tables that come with the checkout."""
    return checkout() / "datasets"


def shipped_courses() -> Path:
    """Return the folder of the courses that come with the checkout."""
    return checkout() / "courses"


def run_directory() -> Path:
    """Return the short run-time directory for sockets, making it if it is not there.

    Unix socket paths may hold about 107 bytes, so sockets can't live in a deep state
    directory. The name is derived from the state directory's path; ``state/run`` links to it.

    Raises
    ------
    AcademyError
        When the name is taken by something that is not a private directory of ours.
    """
    digest = hashlib.sha256(os.fsencode(state())).hexdigest()[:8]
    # The system's own temporary folder is short; $TMPDIR often is not.
    base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())
    directory = base / f"academy-{digest}"
    with contextlib.suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
        raise AcademyError(
            "The run-time directory must be a private folder (mode 0700) of the user who "
            "starts the Academy, and it is not.",
            where=str(directory),
            kept="Nothing was changed.",
            next_step="Find out who made it, remove it, and start again.",
        )
    return directory


#: The longest text file of a course or of the settings that is read.
MOST_BYTES = 20_000_000


def read_plain(path: Path) -> bytes:
    """Read a file that others may have written: a plain one of bounded length, and no link.

    Raises
    ------
    OSError
        When it is not there, can't be read, or is anything else: a link, a pipe, a device, a
        file of more than `MOST_BYTES`.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise OSError(errno.EINVAL, "not a plain file of bounded length", str(path))
        return file.read(MOST_BYTES)


def write_atomically(path: Path, content: bytes | str, *, mode: int = 0o644) -> None:
    """Write a file so that a reader, or a power cut, sees all of it or none of it.

    Parameters
    ----------
    path
        The file. Its folder must exist.
    content
        The whole content; text is written as UTF-8.
    mode
        Permission bits of the new file.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
