"""Processes: seeing, signalling, tracing and reading what others run."""

# ruff: noqa: PTH115, PTH208 (it speaks as attackers do, in the words of the system)
from __future__ import annotations

import ctypes
import fcntl
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from .catalogue import (
    Facts,
    Outcome,
    Process,
    attempt,
    can_open_below,
    can_read,
    held,
    read,
    succeeded,
    too_dangerous,
)
from .system import LIBC, checked

SEEING = "Others' processes"
PTRACE_SEIZE = 0x4206


def process_ids() -> list[int]:
    """Return every process that the system shows."""
    return sorted(int(name.name) for name in Path("/proc").iterdir() if name.name.isdigit())


def started(pid: int) -> int:
    """Return when a process started, in clock ticks; 0 where there is none."""
    with suppress(OSError):
        after_name = read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        return int(after_name[19])
    return 0


def is_there(process: Process) -> bool:
    """Whether the number is that very process here, and not one of ours that has the same."""
    return started(process.pid) == process.started


def require(process: Process) -> int:
    """Return the number of a process of somebody else, or say that it is not in sight."""
    if not is_there(process):
        raise ProcessLookupError(f"process {process.pid} of the machine is not in sight")
    return process.pid


@attempt(SEEING)
def see_processes(facts: Facts) -> Outcome:
    """See a process of the hub's or of another learner's in /proc."""
    seen = [name for name, process in facts.processes.items() if is_there(process)]
    number = len(process_ids())
    return succeeded(f"saw {seen}") if seen else held(f"{number} processes in sight, all ours")


@attempt(SEEING)
def see_processes_of_other_users(facts: Facts) -> Outcome:
    """See any process that runs as another system user, or as the victim."""
    others = {pid: _owner(pid) for pid in process_ids() if _is_of_others(pid, facts)}
    return succeeded(f"saw {list(others.items())[:4]}") if others else held("none is in sight")


def _owner(pid: int) -> int:
    with suppress(OSError):
        return Path(f"/proc/{pid}").stat().st_uid
    return -1


def _is_of_others(pid: int, facts: Facts) -> bool:
    if _owner(pid) not in (os.getuid(), -1):
        # The first process of a private view is its launcher's, and harmless to see.
        return not (pid == 1 and _has_own_processes(facts))
    return pid in [one.pid for one in facts.processes.values() if is_there(one)]


def _has_own_processes(facts: Facts) -> bool:
    return os.readlink("/proc/self/ns/pid") != facts.pid_namespace


@attempt(SEEING)
def read_command_lines(facts: Facts) -> Outcome:
    """Find the victim's secret in the command line of any process."""
    return _search_processes(facts, "cmdline")


@attempt(SEEING)
def read_environments(facts: Facts) -> Outcome:
    """Find the victim's secret in the environment of any process."""
    return _search_processes(facts, "environ")


def _search_processes(facts: Facts, name: str) -> Outcome:
    readable = 0
    for pid, content in _contents(name):
        readable += 1
        if facts.is_secret(content):
            return succeeded(f"the secret stands in /proc/{pid}/{name}")
    return held(f"{readable} could be read, none holds the secret")


def _contents(name: str) -> Iterator[tuple[int, bytes]]:
    for pid in process_ids():
        with suppress(OSError):
            yield pid, read(f"/proc/{pid}/{name}")


@attempt(SEEING)
def steal_a_token_from_an_environment(facts: Facts) -> Outcome:
    """Find another's server token in the environment of any process."""
    mine = os.environ.get("JUPYTERHUB_API_TOKEN", "").encode()
    for pid, content in _contents("environ"):
        for line in content.split(b"\0"):
            if line.startswith(b"JUPYTERHUB_API_TOKEN=") and line.partition(b"=")[2] != mine:
                return succeeded(f"found one in process {pid}")
    return held("no token but our own is in sight")


@attempt(SEEING, open="held", note="No process of the Academy has one there.")
def find_a_token_in_a_command_line(facts: Facts) -> Outcome:
    """Find anybody's hub token in the command line of any process."""
    mine = os.environ.get("JUPYTERHUB_API_TOKEN", "none").encode()
    for pid, content in _contents("cmdline"):
        if b"token=" in content.lower() or mine in content:
            return succeeded(f"process {pid} shows one")
    return held("none shows one")


@attempt(SEEING)
def signal_the_server(facts: Facts) -> Outcome:
    """Send a signal to another's server."""
    return _can_signal(facts.processes["server"])


@attempt(SEEING)
def signal_the_kernel(facts: Facts) -> Outcome:
    """Send a signal to another's kernel."""
    return _can_signal(facts.processes["kernel"])


@attempt(SEEING)
def signal_the_hub(facts: Facts) -> Outcome:
    """Send a signal to the hub or to the process that started it."""
    refusals = []
    for name in ("hub", "supervisor"):
        try:
            return _can_signal(facts.processes[name])
        except OSError as error:
            refusals.append(str(error))
    return held("; ".join(refusals))


def _can_signal(process: Process) -> Outcome:
    os.kill(require(process), 0)
    return succeeded(f"process {process.pid} took a signal")


@attempt(SEEING)
def signal_by_number_only(facts: Facts) -> Outcome:
    """Send signals to every number that the machine may have, and reach one that is not ours."""
    mine = set(process_ids())
    for pid in range(1, 70_000):
        with suppress(OSError):
            os.kill(pid, 0)
            # A thread answers as well; processes that end meanwhile are nobody's.
            if pid not in mine and _leader(pid) not in {*mine, *process_ids()}:
                return succeeded(f"process {pid}, which is not in sight, took a signal")
    seen = [one.pid for one in facts.processes.values() if is_there(one)]
    return succeeded(f"reached {seen}") if seen else held("only our own took signals")


def _leader(pid: int) -> int:
    with suppress(OSError):
        for line in read(f"/proc/{pid}/status").splitlines():
            if line.startswith(b"Tgid:"):
                return int(line.split()[1])
    return pid


@attempt(SEEING)
def trace_the_kernel(facts: Facts) -> Outcome:
    """Attach a debugger to another's kernel."""
    return _can_trace(facts.processes["kernel"])


@attempt(SEEING)
def trace_the_hub(facts: Facts) -> Outcome:
    """Attach a debugger to the hub."""
    return _can_trace(facts.processes["hub"])


def _can_trace(process: Process) -> Outcome:
    # It is let go again when this process ends.
    checked(LIBC.ptrace(PTRACE_SEIZE, require(process), None, None))
    return succeeded(f"attached to process {process.pid}")


@attempt(SEEING, open="held", note="Without walls the first process is the machine's own.")
def trace_the_launcher(facts: Facts) -> Outcome:
    """Attach a debugger to the first process in sight, which may have privileges."""
    checked(LIBC.ptrace(PTRACE_SEIZE, 1, None, None))
    return succeeded("attached to process 1")


@attempt(SEEING)
def read_memory(facts: Facts) -> Outcome:
    """Read the memory of another's kernel through /proc."""
    pid = require(facts.processes["kernel"])
    first = read(f"/proc/{pid}/maps").split(b"-")[0]
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        memory.seek(int(first, 16))
        return succeeded(f"read {len(memory.read(64))} bytes of process {pid}")


@attempt(SEEING)
def copy_memory(facts: Facts) -> Outcome:
    """Copy memory of another's kernel, or of the first process in sight, by a system call."""
    kernel = facts.processes["kernel"]
    pid = kernel.pid if is_there(kernel) else 1
    start = int(read(f"/proc/{pid}/maps").split(b"-")[0], 16)
    buffer = ctypes.create_string_buffer(64)

    class Vector(ctypes.Structure):
        _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))

    mine, theirs = Vector(ctypes.addressof(buffer), 64), Vector(start, 64)
    done = LIBC.process_vm_readv(pid, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    return succeeded(f"read {checked(done)} bytes")


@attempt(SEEING)
def look_through_a_root_folder(facts: Facts) -> Outcome:
    """Reach the hub's files through /proc/<pid>/root or /proc/<pid>/cwd of any process."""
    hidden = facts.state.lstrip("/") + "/hub/jupyterhub.sqlite"
    tried = 0
    for pid in process_ids():
        for name in (f"root/{hidden}", "cwd/jupyterhub.sqlite"):
            tried += 1
            with suppress(OSError):
                return can_read(f"/proc/{pid}/{name}")
    return held(f"tried {tried} ways")


@attempt(SEEING)
def use_descriptors_of_others(facts: Facts) -> Outcome:
    """Open a file that another process has open, through /proc/<pid>/fd."""
    home = str(facts.home)
    for pid in process_ids():
        with suppress(OSError):
            for descriptor in Path(f"/proc/{pid}/fd").iterdir():
                name = os.readlink(descriptor)
                if name.startswith(facts.state) and not name.startswith(home):
                    return can_read(descriptor)
    return held("no descriptor leads to the state directory outside of our home")


@attempt(SEEING, open="held", note="The hub passes none on; without walls there is none either.")
def use_inherited_descriptors(facts: Facts) -> Outcome:
    """Use a folder or file outside of the home that the lab inherited open from the hub."""
    allowed = ("/dev/", "/proc/", "pipe:", "socket:", "anon_inode:", str(facts.home), "/tmp/")
    for name in sorted(os.listdir("/proc/self/fd"), key=int):
        with suppress(OSError):
            target = os.readlink(f"/proc/self/fd/{name}")
            if not target.startswith(allowed) and not _is_everybodys(name, target):
                return succeeded(f"descriptor {name} is {target}")
            with suppress(OSError):
                return can_open_below(int(name), f"../../..{facts.hub}/jupyterhub.sqlite")
    return held("all of them are the lab's own")


def _is_everybodys(name: str, target: str) -> bool:
    """Return whether a descriptor is for reading what can be read by its path as well."""
    is_to_read = fcntl.fcntl(int(name), fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
    return is_to_read and Path(target).samefile(f"/proc/self/fd/{name}")


@attempt(SEEING)
def write_to_a_terminal(facts: Facts) -> Outcome:
    """Open the terminal of another learner, to read what is typed there."""
    mine = {os.readlink(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd")[:3]}
    server = facts.processes["server"]
    for terminal in Path("/dev/pts").iterdir():
        if terminal.name.isdigit() and str(terminal) not in mine:
            os.close(os.open(terminal, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK))
            if is_there(server):
                return succeeded(f"opened {terminal}")
    return held("no terminal but our own is in sight")


@attempt(SEEING, open="not run", last=True, note="It would end the machine's own processes.")
def kill_everything(facts: Facts) -> Outcome:
    """Send SIGKILL to every process that can be reached at all."""
    if not _has_own_processes(facts) or os.getuid() == 0:
        return too_dangerous("pid 1 is the machine's own, or we are root: all would be reached")
    os.kill(-1, signal.SIGKILL)
    return held("nothing but our own was reached")
