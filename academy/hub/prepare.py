"""Make the state directory ready before the hub starts; all of it may run again at any time."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import IO

from academy import paths
from academy.errors import AcademyError, Finding
from academy.hub import ports, walls
from academy.hub.settings import HubSettings
from academy.isolation import cgroups

# Raise it when the layout of the state directory changes in a way that older code can't read.
STATE_VERSION = 1


def prepare_state(settings: HubSettings) -> list[Finding]:
    """Make folders, databases and live courses ready.

    Parameters
    ----------
    settings
        The operator's settings.

    Returns
    -------
    list of Finding
        What the administrator should know, such as a course that was left out.

    Raises
    ------
    AcademyError
        When the state directory can't be written or comes from a newer version.
    """
    from academy.courses.live import load_live_courses

    make_folders()
    use_write_ahead_log(paths.hub_state() / "jupyterhub.sqlite")
    link_run_directory()
    if walls.standing(settings).is_on:
        from academy.hub.course_upkeep import ready_courses

        cgroups.remove_empty()
        made = ready_courses(settings)
    else:
        made = ready_courses_of_one_user()
        (paths.hub_state() / "walls-stood-last-time").unlink(missing_ok=True)
    return [*made, *load_live_courses()[1], *policy_findings()]


def policy_findings() -> list[Finding]:
    """Return what is wrong with the rules by which work is scored."""
    from academy.grading.policies import load_policies

    try:
        load_policies()
    except AcademyError as error:
        waits = "Nothing is graded before it is mended; 'academy grade policies' checks it."
        return [replace(one, next_step=one.next_step or waits) for one in error.findings]
    return []


def ready_courses_of_one_user() -> list[Finding]:
    """Make live courses ready where all processes run as one operating-system user."""
    from academy.courses.live import load_live_courses, seed_courses
    from academy.grading.exchange_store import ensure_exchange

    findings = seed_courses()
    for course in load_live_courses()[0]:
        ensure_exchange(course.id)
        if not (course.folder / "gradebook.db").exists():
            make_gradebook(course.id)
    return findings


def make_gradebook(course_id: str) -> None:
    """Make a course's empty gradebook, so that the first learner need not wait for it."""
    from academy.grading.gradebook import ensure_gradebook

    ensure_gradebook(course_id)


def course_ids() -> list[str]:
    """Return the ids of all live courses, also of those that can't be served as they are now.

    An instructor's slip in one course must not make the settings that name it wrong.
    """
    return sorted(folder.name for folder in paths.live_courses().iterdir() if folder.is_dir())


def make_folders() -> None:
    """Make the folders of the state directory."""
    private = [paths.hub_state(), paths.homes()]
    folders = [paths.live_courses(), paths.published_lessons(), paths.exchange()]
    # There from the start, so that a refresh shows in servers that run by then.
    folders.append(paths.refreshed_datasets())
    try:
        paths.state().mkdir(mode=0o700, parents=True, exist_ok=True)
        paths.state().chmod(0o700)
        check_version()
        for folder in private:
            folder.mkdir(mode=0o700, exist_ok=True)
        for folder in [*folders, paths.hub_state() / "services"]:
            folder.mkdir(exist_ok=True)
        if not os.access(paths.hub_state(), os.W_OK):
            raise PermissionError(13, "Permission denied", str(paths.hub_state()))
    except OSError as error:
        raise AcademyError(
            f"The state directory can't be written ({error.strerror}).",
            where=str(paths.state()),
            kept="Nothing was changed.",
            next_step=f"Give it to the user who runs the Academy, or set ${paths.STATE_VARIABLE} "
            "to a folder that this user may write.",
        ) from None


def check_version() -> None:
    """Refuse a state directory that a newer version wrote."""
    file = paths.state() / "VERSION"
    try:
        found = int(file.read_text())
    except FileNotFoundError:
        paths.write_atomically(file, f"{STATE_VERSION}\n")
        return
    except ValueError:
        found = -1
    if not 0 < found <= STATE_VERSION:
        raise AcademyError(
            f"This Academy reads state directories of version {STATE_VERSION} and found "
            f"{'version ' + str(found) if found > 0 else 'something that is no version number'}.",
            where=str(file),
            kept="Nothing was changed.",
            next_step="Start the newer Academy that wrote it, or name another state directory "
            f"with ${paths.STATE_VARIABLE}.",
        )


def use_write_ahead_log(database: Path) -> None:
    """Put a SQLite database into WAL mode, so that readers don't wait for the writer."""
    connection = sqlite3.connect(database, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    database.chmod(0o600)


def link_run_directory() -> None:
    """Let ``state/run`` show where the sockets are."""
    link, target = paths.state() / "run", paths.run_directory()
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)


def only_one() -> IO[str]:
    """Hold the state directory for this process; keep the file open for as long as it is needed.

    Raises
    ------
    AcademyError
        When an Academy already runs on this state directory.
    """
    file = _pid_file().open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise AcademyError(
            f"An Academy already runs on this state directory (process {_recorded()[0]}).",
            where=str(paths.state()),
            kept="It goes on undisturbed.",
            next_step="Stop it first, or use another state directory.",
        ) from None
    return file


def record_serving(held: IO[str], port: int) -> None:
    """Note in the held file which process serves on which port, for other commands."""
    held.truncate(0)
    held.write(f"{os.getpid()} {port}\n")
    held.flush()


def running_process() -> int:
    """Return the process id of the Academy that runs on this state directory.

    Raises
    ------
    AcademyError
        When none runs.
    """
    try:
        with _pid_file().open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _recorded()[0]
    except FileNotFoundError:
        pass
    raise AcademyError(
        "No Academy runs on this state directory.",
        where=str(paths.state()),
        next_step="Start it with: make serve",
    )


def serving_port() -> int:
    """Return the port on which this state directory's Academy was last started; 0 if never."""
    return _recorded()[1]


def _pid_file() -> Path:
    return paths.hub_state() / "serve.pid"


def _recorded() -> tuple[int, int]:
    """Return the process id and the port that were noted last; zeros where there are none."""
    try:
        process, port = _pid_file().read_text().split()
        return int(process), int(port)
    except (FileNotFoundError, ValueError):
        return 0, 0


def check_port(address: str, port: int) -> None:
    """Refuse a port that somebody else listens on, before anything starts."""
    if not ports.is_free(address, port):
        raise AcademyError(
            f"Port {port} on {address} is taken by another program, or not allowed for this user.",
            kept="Nothing was started.",
            next_step="Stop that program, or choose another port, for example: "
            f"make serve PORT={8123 if port != 8123 else 8124}.",
        )
