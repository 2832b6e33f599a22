"""How much one sandbox may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from academy.isolation.limits import MIB, Limits


@dataclass(frozen=True)
class CellLimits:
    """The limits of one sandbox, in which one notebook runs.

    Parameters
    ----------
    seconds
        How long it may live, by the clock on the wall.
    cpu_seconds
        Processor time of each process.
    cpus
        Processors' worth of time at once; only with a cgroup.
    memory_bytes
        Memory of all processes together; without a cgroup, data of each process.
    processes
        Processes and threads together.
    file_bytes
        The longest file that can be written.
    disk_bytes
        Room for all files together.
    open_files
        Open files of each process.
    """

    seconds: int = 900
    cpu_seconds: int = 600
    cpus: float = 2.0
    memory_bytes: int = 2048 * MIB
    processes: int = 150
    file_bytes: int = 256 * MIB
    disk_bytes: int = 512 * MIB
    open_files: int = 1024

    def lowered(self, asked: Mapping[str, Any]) -> CellLimits:
        """Return these limits, lower where somebody asks for less; nobody gets more."""
        known = {field.name for field in fields(self)}
        own = asdict(self)
        return CellLimits(**own | {n: min(own[n], v) for n, v in asked.items() if n in known})

    def of_processes(self) -> Limits:
        """Return them as the system's own limits."""
        return Limits(
            memory_bytes=self.memory_bytes,
            processes=self.processes,
            cpus=self.cpus,
            open_files=self.open_files,
            file_bytes=self.file_bytes,
            tmp_bytes=self.disk_bytes,
            cpu_seconds=self.cpu_seconds,
        )
