"""What a fork becomes when a kernel is asked for."""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
from collections.abc import Sequence
from typing import Any

from academy.forkserver import fresh, protocol
from academy.isolation import syscalls

KIND = "kernel"
#: The module by which kernels are started; another kernel is not forked.
MODULE = "ipykernel_launcher"
#: What a kernel sets for itself, too late for libraries that are imported already.
USUAL = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}


def become_kernel(descriptors: Sequence[int]) -> None:
    """Be the kernel that the request describes, until it ends.

    Parameters
    ----------
    descriptors
        The request (a memory file: ``arguments``, ``environment``, ``folder``), a socket whose
        other end the owner holds, an event that says that the kernel listens, then standard
        input, output and error.
    """
    request, lifeline, ready, *streams = descriptors
    asked = protocol.read_memory_file(request)
    # As `start_new_session` does for a kernel that is started: an interrupt reaches its children.
    os.setsid()
    syscalls.set_name("academy-kernel")
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    protocol.close_all(streams)
    _end_with(lifeline)
    fresh.restore_signals()
    fresh.renew({**USUAL, **asked["environment"]}, asked["folder"], asked["arguments"])
    launch(asked["arguments"][1:], ready)


def _end_with(lifeline: int) -> None:
    """Have the system kill this process when the owner is gone: no thread has to look for it."""
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
    # The system tells of what happens from now on; the owner may be gone already.
    waiting = select.poll()
    waiting.register(lifeline, select.POLLHUP)
    if waiting.poll(0):
        os.kill(os.getpid(), signal.SIGKILL)


def launch(arguments: list[str], ready: int) -> None:
    """Run the kernel until it ends.

    Parameters
    ----------
    arguments
        Of `ipykernel_launcher`, as a kernel spec has them.
    ready
        An event that says when the kernel listens.
    """
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    # 1 stands for an owner that need not be watched; 0 would mean a person at a terminal.
    app.initialize([*arguments, "--IPKernelApp.parent_handle=1"])
    _show_figures()
    os.eventfd_write(ready, 1)
    os.close(ready)
    app.start()
    # ipykernel's own way out first ends the thread that sends; if the control thread says
    # something after that, it waits for two seconds for nobody.
    app.control_thread.stop()
    app.control_thread.join()


def _show_figures() -> None:
    """Have figures shown below a cell: the backend looks for a kernel only when it is imported."""
    backend: Any = sys.modules.get("matplotlib_inline.backend_inline")
    if backend is not None:
        backend._enable_matplotlib_integration()
