"""Run submitted code in a sandbox, by Jupyter's own interfaces.

Whatever runs a notebook for grading (the engine, formgrader's button, ``nbgrader autograde``) asks
a kernel manager for a kernel. `SandboxManager` has it made by the maker of sandboxes that
``ACADEMY_SANDBOX`` names, and where nobody started one, by one of its own. Without a sandbox it
runs nothing, unless somebody said that it may.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import secrets
import signal
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from traitlets import Dict

from academy.errors import AcademyError
from academy.forkserver import bundle, cell, cellinside, local, making, order
from academy.forkserver.child import ForkedChild, ForkError, fork
from academy.forkserver.manager import PrivateKernelManager
from academy.forkserver.provisioner import ForkProvisioner, first_readable
from academy.grading import limits

VARIABLE = making.VARIABLE
#: Set where somebody said by name that submitted code may be run without a sandbox.
UNSAFE_VARIABLE = "ACADEMY_UNSAFE"
#: Seconds until a sandbox is ready; a maker that was just started still imports what lessons use.
_READY_SECONDS = 60.0
_INTERRUPT = bytes([signal.SIGINT])
_TERMINATE = bytes([signal.SIGTERM])


@dataclass(frozen=True)
class Sandboxing:
    """How submitted code is run.

    Parameters
    ----------
    variables
        What belongs into the environment of who runs notebooks.
    is_safe
        Whether it is run in sandboxes.
    reasons
        Why not; empty when it is.
    """

    variables: dict[str, str]
    is_safe: bool
    reasons: tuple[str, ...] = ()


@contextmanager
def at_hand(*, unsafe: bool = False) -> Iterator[Sandboxing]:
    """Have a maker of sandboxes for a while; to be used in the main thread.

    Parameters
    ----------
    unsafe
        Whether code may be run without sandboxes where there can be none.

    Raises
    ------
    AcademyError
        When this machine can't make sandboxes and nobody said that it may do without.
    """
    address = os.environ.get(VARIABLE)
    if address:
        yield Sandboxing({VARIABLE: address}, is_safe=True)
        return
    with ExitStack() as stack:
        try:
            address = stack.enter_context(making.maker_at_hand(limits.sandbox_limits()))
        except making.NoSandboxError as error:
            if not unsafe:
                raise _unsafe_needed(error.reason) from error
            variables = _unless_set(stack.enter_context(local.nursery_at_hand()))
            variables[UNSAFE_VARIABLE] = "1"
            yield Sandboxing(variables, is_safe=False, reasons=(error.reason,))
        else:
            variables = _unless_set({"JUPYTER_PATH": local.jupyter_path()})
            yield Sandboxing({**variables, VARIABLE: address}, is_safe=True)


def _need_maker() -> None:
    """Have a maker of sandboxes until this process ends; nothing happens where there is one.

    nbgrader's own commands are started by people, at any terminal, and know of no maker.
    """
    if os.environ.get(VARIABLE):
        return
    stack = ExitStack()
    os.environ.update(stack.enter_context(at_hand()).variables)
    atexit.register(stack.close)


def _unless_set(variables: dict[str, str]) -> dict[str, str]:
    """Leave out where Jupyter looks for kernels, if somebody said so already."""
    known = "JUPYTER_PATH" in os.environ
    return {n: value for n, value in variables.items() if not (known and n == "JUPYTER_PATH")}


def _unsafe_needed(reason: str) -> AcademyError:
    return AcademyError(
        f"What learners handed in is run in a sandbox, and none can be made here: {reason}.",
        kept="Nothing was run and nothing was changed.",
        next_step="Grade on Linux as root, or where users may make user namespaces. If you have "
        "read what was handed in and trust it, run 'academy course grade' with --unsafe: it then "
        "runs as you, and can read and change whatever you can.",
    )


class SandboxProvisioner(ForkProvisioner):
    """Has each kernel made in a sandbox of its own by the maker that the environment names."""

    _name = ""

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose where the kernel's sockets will lie."""
        address = os.environ.get(VARIABLE)
        if address:
            self._name = secrets.token_hex(8)
            folder = Path(address).parent / order.CELLS / self._name
            manager: Any = self.parent
            manager.transport = "ipc"
            manager.ip = str(folder / cellinside.SOCKETS)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Have the kernel made, and wait until it listens and the submission is laid out.

        Parameters
        ----------
        cmd
            The kernel's command, as the spec has it; it must be a Python kernel.
        **kwargs
            What `subprocess.Popen` takes; ``cwd`` is the folder whose files it gets.

        Raises
        ------
        AcademyError
            When it can't be made. It is never started without a sandbox then.
        """
        address = os.environ.get(VARIABLE)
        if not address:
            return await super().launch_kernel(cmd, **kwargs)
        listens = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        try:
            child = await asyncio.to_thread(self._ask, address, cmd, kwargs.get("cwd"), listens)
            await first_readable([listens, child.fileno()], _READY_SECONDS)
        except ForkError as error:
            raise _not_made(str(error)) from error
        finally:
            os.close(listens)
        self.process, self.pid, self.pgid = child, child.pid, None
        self.cwd = kwargs.get("cwd")
        if child.poll() == cell.COULD_NOT_BUILD:
            raise _not_made("it could not be built")
        return self.connection_info

    def _ask(self, address: str, cmd: list[str], folder: Any, listens: int) -> ForkedChild:
        if "ipykernel_launcher" not in cmd:
            raise ForkError(f"'{cmd[0]}' is not a Python kernel")
        request = {
            "arguments": cellinside.connection_arguments(cmd[cmd.index("-m") + 1 :]),
            "connection": _as_text(self.connection_info),
        }
        files = bundle.pack(Path(folder) if folder else None, _is_wanted)
        ours, theirs = socket.socketpair()
        try:
            more = {"cell": self._name, "limits": getattr(self.parent, "limits", {})}
            child = fork(address, cell.KIND, [request], [files, theirs.fileno(), listens], **more)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(files)
        self._lifeline = ours
        return child

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's group: an interrupt, a wish to end, or the end."""
        if not isinstance(self.process, ForkedChild) or not self._name:
            await super().send_signal(signum)
        elif signum == signal.SIGKILL:
            self._let_go()
        elif self._lifeline is not None:
            with suppress(OSError):
                self._lifeline.send(_INTERRUPT if signum == signal.SIGINT else _TERMINATE)

    def _let_go(self) -> None:
        """Let go of the lifeline, which ends the sandbox; also where a fork of ours holds it."""
        if self._lifeline is not None:
            with suppress(OSError):
                self._lifeline.shutdown(socket.SHUT_RDWR)
        super()._let_go()


class SandboxManager(PrivateKernelManager):
    """A kernel manager for submitted code: ``Execute.kernel_manager_class`` of nbgrader.

    Each kernel gets a private copy of the folder in which it is to work, except for notebooks:
    those hold tests whose turn has not come.
    """

    limits = Dict(
        help="Limits that are lower than the usual ones, by their names in CellLimits."
    ).tag(config=True)

    async def _async_pre_start_kernel(self, **kw: Any) -> tuple[list[str], dict[str, Any]]:
        is_unsafe = os.environ.get(UNSAFE_VARIABLE) and not os.environ.get(VARIABLE)
        if self.provisioner is None and not is_unsafe:
            _need_maker()
            self.kernel_id = self.kernel_id or kw.pop("kernel_id", str(uuid.uuid4()))
            self.provisioner = SandboxProvisioner(
                kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
            )
        prepared: tuple[list[str], dict[str, Any]] = await super()._async_pre_start_kernel(**kw)
        return prepared


def why_ended(code: int) -> str:
    """Return in a sentence why a sandbox ended, where a limit ended it; else nothing.

    Parameters
    ----------
    code
        Its exit code, as the provisioner's process has it.
    """
    if code == -signal.SIGALRM:
        return f"It ran for more than {limits.NOTEBOOK_SECONDS} seconds in all and was ended."
    if code == 128 + signal.SIGXCPU:
        return f"It used more than {limits.NOTEBOOK_CPU_SECONDS} seconds of a processor."
    if code == 128 + signal.SIGKILL:
        return "The system ended it, most likely because it used too much memory."
    return ""


def _is_wanted(name: str) -> bool:
    return not name.endswith(".ipynb")


def _as_text(connection: KernelConnectionInfo) -> dict[str, Any]:
    return {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in connection.items()
    }


def _not_made(why: str) -> AcademyError:
    return AcademyError(
        f"A sandbox was expected and was not made: {why}.",
        kept="The submission was not run.",
        next_step="Grade it again; if that fails too, look at what the terminal or the log says.",
    )
