"""Judging from outside what was only laid out inside: each function says how it went."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .catalogue import Facts, Outcome, held, succeeded
from .processes import started

if TYPE_CHECKING:
    from .scene import Scene

Judge = Callable[["Scene", Facts], Outcome]


def squat_a_port(scene: Scene, facts: Facts) -> Outcome:
    """Whether somebody on the machine who asks at the port gets the attacker's answer."""
    with suppress(OSError):
        address = ("127.0.0.1", facts.ports["squat"])
        with socket.create_connection(address, timeout=3) as connection:
            return succeeded(f"the machine's port says {connection.recv(100)!r}")
    return held("the machine's port is free: the attacker's is another")


def share_the_servers_port(scene: Scene, facts: Facts) -> Outcome:
    """Whether the victim's requests always arrive at the victim's server."""
    for _ in range(20):
        answer = scene.victim.http.get(f"{scene.victim.base}api/status")
        if answer.status_code != 200 or "hostile" in answer.text:
            return succeeded(f"the victim got {answer.status_code} {answer.text[:80]}")
    return held("twenty of twenty requests arrived at the victim's server")


def stayed(name: str) -> Judge:
    """Return a judge of a process that writes to a file again and again."""

    def judge(scene: Scene, facts: Facts) -> Outcome:
        file = scene.home(facts.me) / f"beat-{name}"
        before = file.read_text()
        time.sleep(1.5)
        if file.read_text() != before:
            return succeeded("it still writes after the server was stopped")
        return held("it writes no more")

    return judge


def trapped(name: str) -> Judge:
    """Return a judge of a link: whether something was written where it leads."""

    def judge(scene: Scene, facts: Facts) -> Outcome:
        found = sorted(one.name for one in Path(facts.trap, name).iterdir())
        return succeeded(f"{found} lies there") if found else held("nothing was written there")

    return judge


def proved(name: str) -> Judge:
    """Return a judge of code that may have been run: whether it was run as the hub's user."""

    def judge(scene: Scene, facts: Facts) -> Outcome:
        file = scene.home(facts.me) / "proofs" / name
        lines = sorted(set(file.read_text().splitlines())) if file.exists() else []
        outside = [line for line in lines if line.startswith("0 ") or facts.pid_namespace in line]
        if outside:
            return succeeded(f"it was run outside of any wall: {outside}")
        return held(f"it was run {'by its owner alone' if lines else 'by nobody'}")

    return judge


def leave_a_setuid_program(scene: Scene, facts: Facts) -> Outcome:
    """Whether another user of the machine can run the program that was left."""
    program = scene.home(facts.me) / "act-as-me"
    done = subprocess.run(
        ["python3", "-c", f"import os; os.setuid(65534); os.execv({str(program)!r}, ['id'])"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return succeeded(done.stdout) if done.returncode == 0 else held(done.stderr.strip()[-80:])


def swap_the_home(scene: Scene, facts: Facts) -> Outcome:
    """Whether a link lay in the home's place for a moment."""
    return succeeded("a link lay in the home's place for a moment")


def kill_everything(scene: Scene, facts: Facts) -> Outcome:
    """Whether the victim's server, its kernel and the hub still run."""
    same = [name for name, one in facts.processes.items() if started(one.pid) == one.started]
    everybody = set(same) == set(facts.processes)
    return held("everybody else lives") if everybody else succeeded(f"only {same} live")


def hold_the_hubs_door(scene: Scene, facts: Facts) -> Outcome:
    """Whether others can still come in."""
    try:
        answer = scene.victim.http.get("hub/home", timeout=30)
    except OSError as error:
        return succeeded(f"the victim got {error}")
    return held("the victim's page came") if answer.status_code == 200 else succeeded(answer.text)


def instructor_links_out_of_the_course(scene: Scene, facts: Facts) -> Outcome:
    """Whether what learners pull holds files from outside of the course."""
    bare = Path(facts.state, "lessons", f"{facts.other_course}.git")
    git = ["git", "-c", "safe.directory=*", "-C", str(bare)]
    listed = subprocess.run([*git, "ls-tree", "-r", "--name-only", "HEAD"], capture_output=True)
    for name in listed.stdout.decode().splitlines():
        shown = subprocess.run([*git, "show", f"HEAD:{name}"], capture_output=True)
        if facts.is_secret(shown.stdout):
            return succeeded(f"the learner's secret was published in {name}")
    return held(f"none of {len(listed.stdout.splitlines())} published files holds the secret")


def submitted_code_reads_the_gradebook(scene: Scene, facts: Facts) -> Outcome:
    """Whether the graded notebook shows that it could read the gradebook."""
    for step in ("collect", "grade"):
        said = scene.academy.run("course", step, facts.course, facts.assignment)
    course = Path(facts.state, "courses", facts.course)
    file = course / "autograded" / facts.me / facts.assignment / f"{facts.assignment}.ipynb"
    if not file.exists():
        return Outcome("broken", f"it was not graded: {said.stdout[-300:]}{said.stderr[-300:]}")
    cells = json.loads(file.read_text())["cells"]
    outputs = [one for cell in cells for one in cell.get("outputs", [])]
    words = "".join("".join(one.get("text", "")) for one in outputs)
    if "the gradebook has" in words:
        return succeeded(words[:150])
    refused = words.startswith("refused:")
    return held(words[:150]) if refused else Outcome("broken", f"it said nothing: {words[:150]}")


JUDGES: dict[str, Judge] = {
    "submitted-code-reads-the-gradebook": submitted_code_reads_the_gradebook,
    "squat-a-port": squat_a_port,
    "share-the-servers-port": share_the_servers_port,
    "stay-by-double-fork": stayed("double-fork"),
    "stay-by-deafness": stayed("deaf"),
    "stay-under-another-name": stayed("renamed"),
    "stay-by-forking-on": stayed("forking"),
    "stay-as-an-orphan-keeper": stayed("keeper"),
    "lessons-lead-elsewhere": trapped("lessons"),
    "data-lead-elsewhere": trapped("data"),
    "assignments-lead-elsewhere": trapped("assignments"),
    "welcome-page-leads-elsewhere": trapped("welcome"),
    "layout-leads-elsewhere": trapped("layout"),
    "jupyter-configuration-runs": proved("jupyter"),
    "python-modules-run": proved("python"),
    "git-settings-run": proved("git"),
    "shell-files-run": proved("shell"),
    "leave-a-setuid-program": leave_a_setuid_program,
    "swap-the-home": swap_the_home,
    "kill-everything": kill_everything,
    "hold-the-hubs-door": hold_the_hubs_door,
    "instructor-sets-git-hooks": proved("course-git"),
    "instructor-lays-modules": proved("course-python"),
    "instructor-configures-nbgrader": proved("course-nbgrader"),
    "instructor-links-out-of-the-course": instructor_links_out_of_the_course,
}
