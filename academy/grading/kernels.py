"""Kernels that run a notebook from first cell to last, over private sockets."""

from __future__ import annotations

import uuid
from pathlib import Path

from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import default


class PrivateKernelManager(AsyncKernelManager):
    """A kernel manager whose ``ipc`` sockets lie in Jupyter's run-time directory.

    Without a connection file, Jupyter names the sockets relative to the working directory, and
    the kernel, which works in the notebook's folder, looks for them in another one.
    """

    @default("connection_file")
    def _private_connection_file(self) -> str:
        directory = Path(jupyter_runtime_dir())
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(directory / f"kernel-{uuid.uuid4()}.json")
