"""Kernels that run a notebook from first cell to last: private sockets, and no waiting in vain."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Type, default

from academy.forkserver.provisioner import ForkProvisioner


class PromptClient(AsyncKernelClient):
    """A client that knows from the kernel's own words when the kernel is ready.

    Jupyter's client waits until nothing was said for 0.2 seconds. Here it reads up to the word
    that the answer to its question is complete, after which nothing is left to come.
    """

    async def _async_wait_for_ready(self, timeout: float | None = None) -> None:
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        while time.monotonic() < end:
            if await self._is_answered(self.kernel_info()):
                return
            if not await self._async_is_alive():
                raise RuntimeError("The kernel died before it was ready")
        raise RuntimeError(f"The kernel was not ready after {timeout} seconds")

    wait_for_ready = _async_wait_for_ready

    async def _is_answered(self, question: str) -> bool:
        """Return whether the answer came, and everything that was said before it was read."""
        try:
            reply = await self._async_recv_reply(question, timeout=1)
            while not _is_end_of(await self._async_get_iopub_msg(timeout=0.2), question):
                pass
        except (Empty, TimeoutError):
            return False
        self._handle_kernel_info_reply(reply)
        return True


def _is_end_of(message: dict[str, Any], question: str) -> bool:
    is_idle = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
    return is_idle and bool(message["parent_header"].get("msg_id") == question)


class PrivateKernelManager(AsyncKernelManager):
    """A kernel manager whose ``ipc`` sockets lie in Jupyter's run-time directory.

    Without a connection file, Jupyter names the sockets relative to the working directory, and
    the kernel, which works in the notebook's folder, looks for them in another one.
    """

    client_factory = Type(PromptClient, klass=AsyncKernelClient, config=True)

    @default("connection_file")
    def _private_connection_file(self) -> str:
        directory = Path(jupyter_runtime_dir())
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(directory / f"kernel-{uuid.uuid4()}.json")

    async def _async_wait(self, pollinterval: float = 0.1) -> None:
        """Wait for the kernel's end; a provisioner that is told of it does not ask for it."""
        if isinstance(self.provisioner, ForkProvisioner):
            await self.provisioner.ended()
        await super()._async_wait(pollinterval)
