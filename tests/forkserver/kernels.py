"""Kernels as tests drive them: one that is waited for, or many at once."""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from academy.forkserver.manager import PrivateKernelManager

#: On a shared machine with two cores even a plain kernel may take long to come.
PATIENCE = 120.0


@dataclass
class Said:
    """What a kernel said to one piece of code."""

    text: str = ""
    wrong: str = ""
    error: str = ""
    pictures: list[str] = field(default_factory=list)
    reply: dict[str, Any] = field(default_factory=dict)

    def take(self, message: dict[str, Any]) -> None:
        """Take in one message of the output channel."""
        content = message["content"]
        if message["msg_type"] == "stream":
            if content["name"] == "stdout":
                self.text += content["text"]
            else:
                self.wrong += content["text"]
        elif message["msg_type"] == "error":
            self.error = content["ename"]
            self.wrong += "\n".join(content["traceback"])
        elif message["msg_type"] in ("display_data", "execute_result"):
            self.pictures += [kind for kind in content["data"] if kind.startswith("image/")]


class Kernel:
    """A kernel with a client.

    Parameters
    ----------
    name
        The kernel spec's name.
    transport
        ``ipc`` or ``tcp``.
    **start
        What `KernelManager.start_kernel` takes.
    """

    def __init__(self, name: str = "python3", transport: str = "ipc", **start: Any) -> None:
        # Under pytest a kernel does not look at what is written to its descriptors.
        start.setdefault("env", {n: v for n, v in os.environ.items() if "PYTEST" not in n})
        folder = os.environ["JUPYTER_RUNTIME_DIR"]
        file = f"{folder}/kernel-{uuid.uuid4()}.json"
        self.manager = KernelManager(kernel_name=name, transport=transport, connection_file=file)
        self.manager.start_kernel(**start)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    @property
    def pid(self) -> int:
        """The kernel's process id."""
        number: int = self.manager.provisioner.pid
        return number

    def ask(self, code: str, answers: Sequence[str] = ()) -> Said:
        """Run code, answering what it asks with `input`; return what was said."""
        said, left = Said(), list(answers)

        def answer(_message: dict[str, Any]) -> None:
            self.client.input(left.pop(0))

        said.reply = self.client.execute_interactive(
            code,
            timeout=PATIENCE,
            allow_stdin=bool(answers),
            stdin_hook=answer,
            output_hook=said.take,
        )["content"]
        return said

    def run(self, code: str) -> str:
        """Run code that must not fail; return what it printed."""
        said = self.ask(code)
        assert not said.error, said.wrong
        return said.text

    def value(self, expression: str) -> Any:
        """Return the value of an expression, as JSON can hold it."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))

    def close(self) -> None:
        """Shut it down, however it is."""
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=not self.manager.is_alive())


@contextmanager
def running(name: str = "python3", transport: str = "ipc", **start: Any) -> Iterator[Kernel]:
    """Have a kernel for a while."""
    kernel = Kernel(name, transport, **start)
    try:
        yield kernel
    finally:
        kernel.close()


@asynccontextmanager
async def started(**start: Any) -> AsyncIterator[Callable[[str], Any]]:
    """Have a kernel for a while; yields what runs code in it and returns what it printed."""
    manager = PrivateKernelManager(kernel_name="python3", transport="ipc")
    await manager.start_kernel(**start)
    client = manager.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=PATIENCE)

        async def run(code: str) -> str:
            said = Said()
            await client.execute_interactive(code, timeout=PATIENCE, output_hook=said.take)
            assert not said.error, said.wrong
            return said.text

        yield run
    finally:
        client.stop_channels()
        await manager.shutdown_kernel()


def together(codes: Sequence[str], starts: Sequence[dict[str, Any]] | None = None) -> list[str]:
    """Run each code in a kernel of its own; none goes before all kernels have run theirs."""
    starts = starts or [{} for _ in codes]

    async def one(barrier: asyncio.Barrier, code: str, start: dict[str, Any]) -> str:
        async with started(**start) as run:
            printed: str = await run(code)
            await barrier.wait()
        return printed

    async def everything() -> list[str]:
        barrier = asyncio.Barrier(len(codes))
        pairs = zip(codes, starts, strict=True)
        return await asyncio.gather(*(one(barrier, code, start) for code, start in pairs))

    return asyncio.run(everything())


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for what must come; a test that waits in vain fails."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def descriptors(process: int | str = "self") -> dict[int, str]:
    """Return what a process has open: number to what it leads to."""
    found = {}
    for link in Path(f"/proc/{process}/fd").iterdir():
        try:
            found[int(link.name)] = str(link.readlink())
        except FileNotFoundError:  # the one that lists the folder
            continue
    return found


def is_in_memory(process: int, word: str) -> bool:
    """Tell whether a word stands anywhere in the memory that a process may write."""
    needle = word.encode()
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process}/maps").read_text().splitlines():
            places, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            first, last = (int(place, 16) for place in places.split("-"))
            if needle in _read(memory, first, last):
                return True
    return False


def _read(memory: Any, first: int, last: int) -> bytes:
    memory.seek(first)
    try:
        found: bytes = memory.read(last - first)
    except OSError:  # the system's own pages
        return b""
    return found
