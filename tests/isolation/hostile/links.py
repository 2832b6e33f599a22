"""Traps in the home for whoever works there with more rights: links, hooks, configuration.

Two kinds. A *link* leads from a name in the home, where the Academy writes at the next start, to
a folder that the attacker may not write (the trap); it worked when something lies there later. A
*proof* is code that the Academy might run by mistake; it writes down as which user it was run.
"""

# ruff: noqa: PTH104 (it speaks as attackers do, in the words of the system)
from __future__ import annotations

import os
import shutil
from pathlib import Path

from .catalogue import Facts, Outcome, attempt, planted

TRAPS = "Traps laid out in the home for the hub"
AS_ROOT = "Without walls the learner's own server is the hub's user."
#: Notes who runs it: the user, and the space of processes.
PROOF = (
    "import os\n"
    "def _proof(name):\n"
    "    try:\n"
    "        with open({file!r} + name, 'a') as proof:\n"
    "            print(os.getuid(), os.readlink('/proc/self/ns/pid'), file=proof)\n"
    "    except OSError:\n"
    "        pass\n"
    "_proof({name!r})\n"
)
SHELL_PROOF = (
    '#!/bin/sh\necho "$(id -u) $(readlink /proc/self/ns/pid)" >> {file}{name} 2>/dev/null || true\n'
)


def proof(facts: Facts, name: str, *, shell: bool = False) -> str:
    """Return code that notes who runs it, in a file of the home that all may write."""
    folder = facts.home / "proofs"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    template = SHELL_PROOF if shell else PROOF
    return template.format(file=f"{folder}/", name=name)


def lay(path: Path, content: str, mode: int = 0o644) -> None:
    """Write a file, and the folders that it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    path.chmod(mode)


def _link(facts: Facts, name: str, target: Path) -> Outcome:
    place = facts.home / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    place.symlink_to(target)
    return planted(f"~/{name} leads to {target}")


def _trap(facts: Facts, name: str) -> Path:
    return Path(facts.trap, name)


@attempt(TRAPS, note=AS_ROOT)
def lessons_lead_elsewhere(facts: Facts) -> Outcome:
    """Let ~/lessons lead to a folder of the machine; lessons are pulled at the next start."""
    return _link(facts, "lessons", _trap(facts, "lessons"))


@attempt(TRAPS, note=AS_ROOT)
def data_lead_elsewhere(facts: Facts) -> Outcome:
    """Let ~/data lead to a folder of the machine; links to tables are made at the next start."""
    return _link(facts, "data", _trap(facts, "data"))


@attempt(TRAPS, note=AS_ROOT)
def assignments_lead_elsewhere(facts: Facts) -> Outcome:
    """Let ~/assignments lead to a folder of the machine; folders are made at the next start."""
    return _link(facts, "assignments", _trap(facts, "assignments"))


@attempt(TRAPS, open="held", note="The page takes the link's place; it is never written through.")
def welcome_page_leads_elsewhere(facts: Facts) -> Outcome:
    """Let ~/Welcome.md lead to a file of the machine; the page is written at the next start."""
    return _link(facts, "Welcome.md", _trap(facts, "welcome") / "Welcome.md")


@attempt(TRAPS, note=AS_ROOT)
def layout_leads_elsewhere(facts: Facts) -> Outcome:
    """Let the lab's own folder lead to a folder of the machine; the layout is written there."""
    return _link(facts, ".jupyter/lab", _trap(facts, "layout"))


@attempt(TRAPS, note=AS_ROOT)
def jupyter_configuration_runs(facts: Facts) -> Outcome:
    """Lay Jupyter configuration with code into the home, for a process of the hub to read."""
    names = ("jupyter_server_config", "jupyterhub_config", "jupyter_config", "nbgrader_config")
    for name in names:
        lay(facts.home / ".jupyter" / f"{name}.py", proof(facts, "jupyter"))
        lay(facts.home / f"{name}.py", proof(facts, "jupyter"))
    return planted("four files in ~/.jupyter and in ~")


@attempt(TRAPS, note=AS_ROOT)
def python_modules_run(facts: Facts) -> Outcome:
    """Lay modules that Python imports at every start into the home, and one called academy."""
    code = proof(facts, "python")
    site = facts.home / ".local" / "lib" / "python3.11" / "site-packages"
    for folder in (site, facts.home):
        lay(folder / "sitecustomize.py", code)
        lay(folder / "usercustomize.py", code)
    lay(site / "hostile.pth", f"import os; exec({code!r})\n")
    # It stands in for the real one, so that nothing fails and nobody wonders.
    real = Path(facts.checkout, "academy")
    package = f"{code}\n__path__ = [{str(real)!r}]\n__version__ = '0'\n"
    real_init = (real / "__init__.py").read_text() if (real / "__init__.py").exists() else ""
    lay(facts.home / "academy" / "__init__.py", f"{real_init}\n{package}")
    return planted("sitecustomize, usercustomize, hostile.pth and academy")


@attempt(TRAPS, note=AS_ROOT)
def git_settings_run(facts: Facts) -> Outcome:
    """Lay git settings into the home and its lessons that make git run a program."""
    program = facts.home / "git-proof.sh"
    lay(program, proof(facts, "git", shell=True), 0o755)
    settings = (
        f"[core]\n\tfsmonitor = {program}\n\thooksPath = {facts.home}/hooks\n"
        f"\tsshCommand = {program}\n\tpager = {program}\n\teditor = {program}\n"
    )
    lay(facts.home / ".gitconfig", f"{settings}[user]\n\tname = me\n\temail = me@localhost\n")
    for hook in (
        "post-checkout",
        "post-merge",
        "pre-commit",
        "post-commit",
        "reference-transaction",
    ):
        lay(facts.home / "hooks" / hook, program.read_text(), 0o755)
    for repository in (facts.home / "lessons").glob("*/.git/config"):
        repository.write_text(repository.read_text() + settings)
    return planted("~/.gitconfig, hooks and the lessons' own settings")


@attempt(TRAPS, open="held", note="No process of the Academy reads them.")
def shell_files_run(facts: Facts) -> Outcome:
    """Lay shell start-up files into the home, for a shell of the hub's to read."""
    for name in (".bashrc", ".profile", ".bash_profile", ".bash_logout", ".xprofile"):
        lay(facts.home / name, proof(facts, "shell", shell=True))
    startup = facts.home / ".ipython" / "profile_default" / "startup" / "00-proof.py"
    lay(startup, proof(facts, "ipython"))
    return planted("five files, and one for IPython")


@attempt(TRAPS, open="held", note="Homes lie in a folder that only the hub's user may enter.")
def leave_a_setuid_program(facts: Facts) -> Outcome:
    """Leave a set-user-id program in the home, by which others would act as its owner."""
    program = facts.home / "act-as-me"
    shutil.copy("/usr/bin/id", program)
    program.chmod(0o4755)
    facts.home.chmod(0o755)
    return planted("act-as-me, mode 4755")


@attempt(TRAPS)
def swap_the_home(facts: Facts) -> Outcome:
    """Put a link to another's home in the place of our own."""
    aside = facts.home.with_name(f"{facts.me}-aside")
    os.rename(facts.home, aside)
    try:
        facts.home.symlink_to(facts.victim_home)
        facts.home.unlink()
    finally:
        os.rename(aside, facts.home)
    return planted("it could be swapped")
