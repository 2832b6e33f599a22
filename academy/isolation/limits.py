"""How much of the machine a process and all that it starts may use."""

from __future__ import annotations

import resource
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True)
class Limits:
    """The limits of one view; every learner's server has its own.

    Parameters
    ----------
    memory_bytes
        Memory of all processes together; without a cgroup, data of each process.
    processes
        Processes and threads together.
    cpus
        Processors' worth of time, e.g. 1.5; only with a cgroup.
    open_files
        Open files of each process.
    file_bytes
        The longest file that can be written.
    tmp_bytes
        Room in the private ``/tmp`` and, once more, in ``/dev/shm`` and ``/run``.
    cpu_seconds
        Processor time of each process; 0 if it is not limited.
    """

    memory_bytes: int = 2048 * MIB
    processes: int = 300
    cpus: float = 0.0
    open_files: int = 4096
    file_bytes: int = 1024 * MIB
    tmp_bytes: int = 512 * MIB
    cpu_seconds: int = 0


def set_resource_limits(limits: Limits, without_cgroup: frozenset[str]) -> None:
    """Set the kernel's per-process limits; for good, as the hard limit is set too.

    Parameters
    ----------
    limits
        The limits.
    without_cgroup
        The limits that no cgroup enforces here (``memory``, ``pids``): they are set per
        process, or per user, instead.
    """
    wanted = {
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 8 * MIB,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if limits.cpu_seconds:
        wanted[resource.RLIMIT_CPU] = limits.cpu_seconds
    if "memory" in without_cgroup:
        wanted[resource.RLIMIT_DATA] = limits.memory_bytes
    if "pids" in without_cgroup:
        wanted[resource.RLIMIT_NPROC] = limits.processes
    for which, value in wanted.items():
        hard = resource.getrlimit(which)[1]
        # Raising a hard limit needs a privilege that the launcher may not have.
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (most, most))
