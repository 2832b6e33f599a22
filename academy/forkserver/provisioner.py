"""How Jupyter's libraries get a forked kernel where they ask for one.

A kernel spec names this provisioner; JupyterLab, nbclient, nbconvert, nbgrader and nbval use what
the spec names. Where there is no nursery, the kernel is started as Jupyter itself does it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from academy.forkserver import kernel, nursery
from academy.forkserver.child import ForkedChild, ForkError, fork

_FORKABLE = {"stdin", "stdout", "stderr", "env", "cwd", "independent", "kernel_id"}


class ForkProvisioner(LocalProvisioner):
    """Forks kernels from the nursery that the environment names."""

    process: Any = None
    _lifeline: socket.socket | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel; start it the usual way where it can't be forked.

        Parameters
        ----------
        cmd
            The kernel's command, as the spec has it.
        **kwargs
            What `subprocess.Popen` takes.
        """
        address = os.environ.get(nursery.VARIABLE, "")
        if not address or not _can_be_forked(cmd, kwargs):
            return await super().launch_kernel(cmd, **kwargs)
        forking = _THREADS.submit(self._fork, address, cmd, kwargs)
        try:
            child, listens = await asyncio.wrap_future(forking)
        except ForkError as error:
            self.log.warning("The kernel is started, not forked: %s", error)
            return await super().launch_kernel(cmd, **kwargs)
        except asyncio.CancelledError:
            forking.add_done_callback(self._undo)
            raise
        try:
            # A client that connects too early is made to wait by its own socket library.
            await first_readable([listens, child.fileno()], _MOST_SECONDS)
        except asyncio.CancelledError:
            self._end(child)
            raise
        finally:
            os.close(listens)
        self.process, self.pid, self.pgid = child, child.pid, child.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    def _fork(
        self, address: str, cmd: list[str], options: dict[str, Any]
    ) -> tuple[ForkedChild, int]:
        """Return the kernel, and an event that it sets when it listens."""
        request = {
            "arguments": cmd[cmd.index("-m") + 1 :],
            "environment": options.get("env") or dict(os.environ),
            "folder": str(options.get("cwd") or Path.cwd()),
        }
        listens = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        ours, theirs = socket.socketpair()
        nothing = os.open(os.devnull, os.O_RDWR)
        try:
            streams = [_stream(options.get(name), number, nothing) for name, number in _STREAMS]
            child = fork(address, kernel.KIND, [request], [theirs.fileno(), listens, *streams])
        except BaseException:
            ours.close()
            os.close(listens)
            raise
        finally:
            theirs.close()
            os.close(nothing)
        self._lifeline = ours
        return child, listens

    def _undo(self, forking: Future[tuple[ForkedChild, int]]) -> None:
        """End a kernel that nobody waits for any more."""
        if not forking.cancelled() and forking.exception() is None:
            child, listens = forking.result()
            os.close(listens)
            self._end(child)

    def _end(self, child: ForkedChild) -> None:
        child.kill()
        child.wait()
        self._let_go()

    async def ended(self) -> None:
        """Wait for the end of a forked kernel without asking for it again and again."""
        if isinstance(self.process, ForkedChild) and self.process.poll() is None:
            await first_readable([self.process.fileno()])

    async def wait(self) -> int | None:
        """Wait for the kernel's end and return its exit code."""
        if not isinstance(self.process, ForkedChild):
            return await super().wait()
        await self.ended()
        code = self.process.wait()
        self._let_go()
        self.process = None
        return code

    async def cleanup(self, restart: bool = False) -> None:
        """Give back what the kernel held."""
        self._let_go()
        await super().cleanup(restart)

    def _let_go(self) -> None:
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None


#: A kernel that does not listen by then is left to the one who asked for it.
_MOST_SECONDS = 30.0
#: Where one waits for a fork; not the loop's own threads, for the loop may end meanwhile.
_THREADS = ThreadPoolExecutor(thread_name_prefix="forking")
_STREAMS = (("stdin", -1), ("stdout", 1), ("stderr", 2))


def _can_be_forked(cmd: list[str], options: dict[str, Any]) -> bool:
    """Tell whether it is our Python with an ordinary kernel, and nothing special is asked for."""
    asked = {name for name, value in options.items() if value is not None}
    streams = [options.get(name) for name, _ in _STREAMS]
    # Whoever wants subprocess.PIPE or STDOUT wants a Popen.
    are_files = all(stream not in (subprocess.PIPE, subprocess.STDOUT) for stream in streams)
    has_folder = Path(options.get("cwd") or ".").is_dir()
    is_plain = asked <= _FORKABLE and not options.get("independent")
    return is_plain and are_files and has_folder and _is_our_kernel(cmd)


def _is_our_kernel(cmd: list[str]) -> bool:
    is_python = cmd[0] in {sys.executable, "python", f"python{sys.version_info[0]}"}
    return is_python and "-m" in cmd[:6] and cmd[cmd.index("-m") + 1] == kernel.MODULE


def _descriptor(stream: Any) -> int:
    return stream if isinstance(stream, int) else int(stream.fileno())


def _stream(stream: Any, ours: int, nothing: int) -> int:
    """Return the descriptor that a kernel gets: what was asked for, or our own, or nothing."""
    if stream is None:
        return ours if ours >= 0 else nothing
    if stream == subprocess.DEVNULL:
        return nothing
    return _descriptor(stream)


async def first_readable(descriptors: list[int], seconds: float | None = None) -> None:
    """Wait until one of them can be read; at most so many seconds."""
    loop = asyncio.get_running_loop()
    happened = asyncio.Event()
    for descriptor in descriptors:
        loop.add_reader(descriptor, happened.set)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(happened.wait(), seconds)
    finally:
        for descriptor in descriptors:
            loop.remove_reader(descriptor)
