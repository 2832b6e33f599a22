"""Limits: taking more of the machine than a fair share."""

from __future__ import annotations

import mmap
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

from .catalogue import Facts, Outcome, attempt, held, succeeded, too_dangerous
from .kernel import ROOT_TOO

LIMITS = "More than a fair share"
MIB = 1 << 20


@attempt(LIMITS)
def raise_limits(facts: Facts) -> Outcome:
    """Raise the limits on open files, file size or processes."""
    refusals = []
    for which in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        hard = resource.getrlimit(which)[1]
        more = hard + 1 if hard != resource.RLIM_INFINITY else hard
        try:
            resource.setrlimit(which, (more, more))
        except (ValueError, OSError) as error:
            refusals.append(str(error))
            continue
        return succeeded(f"limit {which} was raised to {more}")
    return held("; ".join(refusals))


@attempt(LIMITS)
def run_before_everybody(facts: Facts) -> Outcome:
    """Ask for a higher priority than everybody else's."""
    refusals = []
    for ask in (
        lambda: os.setpriority(os.PRIO_PROCESS, 0, -10),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10)),
    ):
        try:
            ask()
        except OSError as error:
            refusals.append(str(error))
            continue
        return succeeded("it was given")
    return held("; ".join(refusals))


@attempt(LIMITS, open="held", note=ROOT_TOO)
def be_spared_when_memory_ends(facts: Facts) -> Outcome:
    """Tell the kernel to kill others first when memory runs out."""
    Path("/proc/self/oom_score_adj").write_text("-900")
    return succeeded("it will")


@attempt(LIMITS)
def write_a_huge_file(facts: Facts) -> Outcome:
    """Make one file longer than the limit; it has no content, so it takes no room."""
    file = facts.home / "hostile-length"
    try:
        with file.open("wb") as opened:
            opened.truncate(facts.file_bytes + MIB)
        return succeeded(f"{file.stat().st_size} bytes long")
    finally:
        file.unlink(missing_ok=True)


def _take_room(folder: Path, most: int) -> int:
    """Reserve room in a folder until it is refused or enough; give it back; return how much."""
    files, taken = [], 0
    step = 128 * MIB
    try:
        while taken < most:
            file = folder / f"hostile-room-{len(files)}"
            files.append(file)
            with file.open("wb") as opened:
                os.posix_fallocate(opened.fileno(), 0, step)
            taken += step
    except OSError:
        pass
    finally:
        for file in files:
            file.unlink(missing_ok=True)
    return taken


@attempt(LIMITS)
def fill_temporary_folders(facts: Facts) -> Outcome:
    """Fill /tmp, /dev/shm and /run with more than the limit, which would fill others' memory."""
    taken = {}
    for name in ("/tmp", "/dev/shm", "/run", "/var/tmp"):
        with suppress(OSError):
            taken[name] = _take_room(Path(name), facts.tmp_bytes + 512 * MIB) // MIB
    most = facts.tmp_bytes // MIB
    too_much = {name: amount for name, amount in taken.items() if amount > most}
    return succeeded(f"MiB taken: {too_much}") if too_much else held(f"MiB taken: {taken}")


@attempt(
    LIMITS,
    behind="succeeded",
    note="Homes share one disk. Quotas of the file system close it, or a disk for homes alone.",
)
def fill_the_disk(facts: Facts) -> Outcome:
    """Fill the disk by way of the own home, far beyond what a course needs."""
    taken = _take_room(facts.home, 2048 * MIB) // MIB
    return succeeded(f"took {taken} MiB, and could go on") if taken >= 2048 else held(f"{taken}")


@attempt(LIMITS, open="not run", note="It would end the machine's own processes.", killed=True)
def eat_all_memory(facts: Facts) -> Outcome:
    """Take and use more memory than the limit."""
    if os.getuid() == 0:
        return too_dangerous("no limit holds root")
    step, blocks = 128 * MIB, []
    while len(blocks) * step < facts.memory_bytes * 1.25:
        block = mmap.mmap(-1, step, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x8000)
        block[::4096] = b"x" * (step // 4096)
        blocks.append(block)
    return succeeded(f"used {len(blocks) * step // MIB} MiB")


@attempt(LIMITS, open="not run", note="It would stop the machine.")
def bomb_with_forks(facts: Facts) -> Outcome:
    """Start more processes than the limit."""
    if os.getuid() == 0:
        return too_dangerous("no limit holds root")
    children: list[int] = []
    try:
        for _ in range(facts.most_processes + 200):
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
        for child in children:
            os.waitpid(child, 0)
    return succeeded(f"started {len(children)}")
