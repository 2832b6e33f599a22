"""A kernel in which learners try their own code: it sees what grading's sandbox would show.

It is a process of the learner's own server, so the network that the server has is there, which a
sandbox has not. Its files, home, variables and limits are the sandbox's as far as that goes.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from traitlets import default

from academy import paths
from academy.forkserver.kernel import USUAL
from academy.forkserver.manager import PrivateKernelManager
from academy.grading import limits

_LIMITS = {
    resource.RLIMIT_CPU: limits.NOTEBOOK_CPU_SECONDS,
    resource.RLIMIT_FSIZE: limits.SANDBOX_FILE_BYTES,
    resource.RLIMIT_DATA: limits.SANDBOX_MEMORY_BYTES,
}


class OwnKernelManager(PrivateKernelManager):
    """A kernel manager for `academy.grading.validation`; the home is the folder above ``cwd``."""

    _watch: threading.Timer | None = None

    @default("transport")
    def _private_transport(self) -> str:
        return "ipc"

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
        # Not the server's variables: its tokens are not there when the notebook is graded.
        kw["env"] = _environment(Path(kw["cwd"]).parent)
        prepared: tuple[list[str], dict[str, Any]] = await super()._async_pre_start_kernel(**kw)
        return prepared

    async def _async_post_start_kernel(self, **kw: Any) -> None:
        await super()._async_post_start_kernel(**kw)
        process = getattr(self.provisioner, "process", None)
        if process is not None:
            _limit(process.pid)
            self._watch = threading.Timer(limits.NOTEBOOK_SECONDS, process.kill)
            self._watch.daemon = True
            self._watch.start()

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        if self._watch is not None:
            self._watch.cancel()
        await super()._async_cleanup_resources(restart)

    cleanup_resources: Any = _async_cleanup_resources


def _environment(home: Path) -> dict[str, str]:
    """Return what a lesson needs, as a sandbox has it."""
    return {
        **USUAL,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "LOGNAME": "learner",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin:/usr/bin:/bin"]),
        "SHELL": "/bin/bash",
        "USER": "learner",
        paths.STATE_VARIABLE: str(paths.state()),
    }


def _limit(pid: int) -> None:
    """Give a kernel the limits that one process has in a sandbox."""
    for kind, most in _LIMITS.items():
        # It may have ended already, which whoever waits for it will see.
        with suppress(ProcessLookupError):
            _, hard = resource.prlimit(pid, kind)
            least = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.prlimit(pid, kind, (least, least))
