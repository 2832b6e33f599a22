"""Files: what lies in another's home, in the hub's folder, in courses and in the installation."""

# ruff: noqa: PTH208 (it speaks as attackers do, in the words of the system)
from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from itertools import islice
from pathlib import Path

from .catalogue import (
    Facts,
    Outcome,
    attempt,
    can_change,
    can_open_below,
    can_read,
    can_write,
    held,
    read,
    search,
    succeeded,
)

HOME = "Another's home"
HUB = "The hub's own files"
COURSE = "Courses, solutions, gradebook"
INSTALLATION = "What everybody runs"


@attempt(HOME)
def read_notebook(facts: Facts) -> Outcome:
    """Read a notebook in another learner's home, by its full path."""
    return can_read(facts.victim_home / "Secret.ipynb")


@attempt(HOME)
def list_homes(facts: Facts) -> Outcome:
    """List the folder of all homes and find another's name."""
    names = os.listdir(facts.home.parent)
    return succeeded(f"saw {facts.victim}") if facts.victim in names else held(f"saw {names}")


@attempt(HOME)
def climb_from_home(facts: Facts) -> Outcome:
    """Climb out of the own home by an open folder and `..`, then down into another's."""
    folder = os.open(facts.home, os.O_RDONLY | os.O_DIRECTORY)
    up = os.open("..", os.O_RDONLY | os.O_DIRECTORY, dir_fd=folder)
    return can_open_below(up, f"{facts.victim}/Secret.ipynb")


@attempt(HOME)
def write_into_home(facts: Facts) -> Outcome:
    """Lay a file into another's home, even one whose owner let everybody write there."""
    return can_write(facts.victim_home)


@attempt(HOME)
def change_startup_file(facts: Facts) -> Outcome:
    """Change a file that another's shell or kernel runs when it starts."""
    startup = facts.victim_home / ".ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True, exist_ok=True)
    return can_write(startup)


@attempt(HOME)
def hard_link_to_notebook(facts: Facts) -> Outcome:
    """Make a hard link to another's notebook in the own home."""
    mine = facts.home / "linked-notebook"
    os.link(facts.victim_home / "Secret.ipynb", mine)
    content = read(mine)
    mine.unlink()
    return succeeded(f"linked it and read {len(content)} bytes")


@attempt(HOME)
def symlink_to_home(facts: Facts) -> Outcome:
    """Make a symbolic link to another's home and look through it."""
    link = facts.home / "their-home"
    link.symlink_to(facts.victim_home)
    try:
        return can_read(link / "Secret.ipynb")
    finally:
        link.unlink()


@attempt(HOME)
def read_temporary_files(facts: Facts) -> Outcome:
    """Find another's secret anywhere in /tmp and /var/tmp."""
    return search(facts, islice(_below("/tmp", "/var/tmp"), 20_000))


@attempt(HOME)
def read_runtime_files(facts: Facts) -> Outcome:
    """Find another's connection files and server token in /run and the run-time directory."""
    run = Path(facts.state, "run").resolve()
    for file in islice(_below(str(run), "/run", "/tmp"), 20_000):
        if file.is_relative_to(sys.prefix):  # the packages, for a checkout that lies in /tmp
            continue
        if file.name.startswith(("jpserver-", "kernel-")) and file.suffix == ".json":
            content = _try_to_read(file)
            if content and not _is_mine(file):
                return succeeded(f"read {file}")
    return held("no connection file of anybody else is in sight")


def _is_mine(file: Path) -> bool:
    mine = os.environ.get("JUPYTER_RUNTIME_DIR", "/nowhere")
    return file.resolve().is_relative_to(Path(mine).resolve())


def _try_to_read(file: Path) -> bytes:
    try:
        return read(file)
    except OSError:
        return b""


def _below(*folders: str) -> list[Path]:
    found = []
    for folder in folders:
        for where, _, names in os.walk(folder):
            found += [Path(where, name) for name in names if Path(where, name).is_file()]
    return found


@attempt(HUB)
def read_hub_database(facts: Facts) -> Outcome:
    """Read the hub's database: accounts, sessions, tokens."""
    return can_read(facts.hub / "jupyterhub.sqlite")


@attempt(HUB)
def read_cookie_secret(facts: Facts) -> Outcome:
    """Read the secret with which the hub signs cookies."""
    return can_read(facts.hub / "jupyterhub_cookie_secret")


@attempt(HUB)
def read_hub_log(facts: Facts) -> Outcome:
    """Read the hub's log."""
    return can_read(facts.hub / "hub.log")


@attempt(HUB)
def read_operator_settings(facts: Facts) -> Outcome:
    """Read the operator's settings file."""
    return can_read(facts.settings)


@attempt(HUB)
def write_hub_state(facts: Facts) -> Outcome:
    """Lay a file into the hub's folder."""
    return can_write(facts.hub)


@attempt(HUB)
def change_ports_file(facts: Facts) -> Outcome:
    """Change the list of ports that the hub will use at its next start."""
    return can_change(facts.hub / "ports.json")


@attempt(HUB)
def forge_pid_file(facts: Facts) -> Outcome:
    """Change a file with a process number, so that the hub stops another's process."""
    return can_change(facts.hub / "proxy.pid")


@attempt(HUB)
def hard_link_to_database(facts: Facts) -> Outcome:
    """Make a hard link to the hub's database in the own home."""
    mine = facts.home / "linked-database"
    os.link(facts.hub / "jupyterhub.sqlite", mine)
    mine.unlink()
    return succeeded("linked it")


@attempt(COURSE)
def read_gradebook(facts: Facts) -> Outcome:
    """Read the gradebook of a course."""
    return can_read(facts.live_course / "gradebook.db")


@attempt(COURSE)
def change_gradebook(facts: Facts) -> Outcome:
    """Open the gradebook of a course to write."""
    return can_change(facts.live_course / "gradebook.db")


@attempt(COURSE)
def read_solutions_of_live_course(facts: Facts) -> Outcome:
    """Read the solutions and hidden tests of an assignment in the live course."""
    return _first(facts.live_course / "source" / facts.assignment)


@attempt(COURSE)
def read_shipped_solutions(facts: Facts) -> Outcome:
    """Read the solutions and hidden tests in the courses that come with the Academy."""
    return _first(Path(facts.checkout, "courses", facts.course, "source", facts.assignment))


def _first(folder: Path) -> Outcome:
    names = sorted(os.listdir(folder))
    return can_read(folder / names[0])


@attempt(COURSE)
def read_checkout_history(facts: Facts) -> Outcome:
    """Read the checkout's git history, which holds the solutions."""
    return can_read(Path(facts.checkout, ".git", "HEAD"))


@attempt(COURSE)
def read_collected_work(facts: Facts) -> Outcome:
    """List the collected work of a course."""
    names = os.listdir(facts.live_course)
    return succeeded(f"saw {sorted(names)}")


@attempt(COURSE)
def write_live_course(facts: Facts) -> Outcome:
    """Lay a lesson into the live course."""
    return can_write(facts.live_course)


@attempt(COURSE)
def write_published_lessons(facts: Facts) -> Outcome:
    """Lay a file into the repository from which all learners pull their lessons."""
    return can_write(Path(facts.state, "lessons", f"{facts.course}.git"))


@attempt(COURSE)
def move_published_branch(facts: Facts) -> Outcome:
    """Change what the published repository gives out, by changing its HEAD."""
    return can_change(Path(facts.state, "lessons", f"{facts.course}.git", "HEAD"))


@attempt(INSTALLATION)
def write_site_packages(facts: Facts) -> Outcome:
    """Lay a module into the library that every server and kernel imports."""
    return can_write(sysconfig.get_path("purelib"))


@attempt(INSTALLATION)
def write_academy_code(facts: Facts) -> Outcome:
    """Lay a module into the Academy's own package."""
    return can_write(Path(facts.checkout, "academy"))


@attempt(INSTALLATION)
def change_interpreter(facts: Facts) -> Outcome:
    """Lay a program beside the Python that everybody runs."""
    return can_write(Path(facts.checkout, ".venv", "bin"))


@attempt(INSTALLATION)
def write_kernelspec(facts: Facts) -> Outcome:
    """Change the description of the kernel that everybody starts."""
    shared = Path(facts.checkout, "academy", "forkserver", "share")
    return can_change(next(shared.rglob("kernel.json")))


@attempt(INSTALLATION)
def change_embedded_data(facts: Facts) -> Outcome:
    """Change a table of the data shelf that comes with the Academy."""
    return can_change(next(Path(facts.checkout, "datasets").rglob("datapackage.json")))


@attempt(INSTALLATION)
def change_refreshed_data(facts: Facts) -> Outcome:
    """Lay a table into the folder of refreshed tables, which win over all others."""
    folder = Path(facts.state, "datasets")
    folder.mkdir(exist_ok=True)
    return can_write(folder)


@attempt(INSTALLATION)
def write_system_folders(facts: Facts) -> Outcome:
    """Lay a file where the system looks for jobs, programs or accounts."""
    refusals = []
    for folder in ("/etc", "/etc/cron.d", "/usr/local/bin", "/usr/lib", "/var/spool/cron", "/root"):
        try:
            return can_write(folder)
        except OSError as error:
            refusals.append(f"{folder} {error.strerror}")
    return held("; ".join(refusals))


@attempt(INSTALLATION)
def read_system_passwords(facts: Facts) -> Outcome:
    """Read the system's password hashes."""
    return can_read("/etc/shadow")


@attempt(INSTALLATION)
def read_home_of_root(facts: Facts) -> Outcome:
    """Look for keys and histories in the administrator's home."""
    names = os.listdir("/root")
    open_ones = {Path(facts.checkout).parts[2:3], Path(sys.base_prefix).parts[2:3]}
    seen = [name for name in names if (name,) not in open_ones]
    return succeeded(f"saw {seen[:5]}") if seen else held("nothing but the way to the installation")


@attempt(INSTALLATION)
def plant_compiled_module(facts: Facts) -> Outcome:
    """Lay a file among the compiled modules of the hub, which Python loads without a look."""
    package = Path(sysconfig.get_path("purelib"), "jupyterhub", "__pycache__")
    return can_write(package)


def git(*arguments: str) -> str:
    """Run git and return what it says."""
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


@attempt(COURSE)
def ask_git_for_solutions(facts: Facts) -> Outcome:
    """Ask git, with the ownership check switched off, for a solution in the checkout's history."""
    said = git("-c", "safe.directory=*", "-C", facts.checkout, "log", "-1", "--oneline")
    return succeeded(said) if said and "fatal" not in said else held(said[:150])
