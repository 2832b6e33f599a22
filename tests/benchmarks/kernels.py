"""Kernels without a hub: asked to first cell done, and a whole notebook; stock and forked in turns.

Both are asked for by Jupyter's own libraries and by the same kernel name. Which one comes is up to
the environment: a forked one where it names a nursery.
"""

from __future__ import annotations

import asyncio
import functools
import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from academy.forkserver.local import nursery_at_hand
from academy.forkserver.manager import PrivateKernelManager
from academy.forkserver.nursery import VARIABLE
from benchmarks.row import Row, median_row

REPEATS = 11
FIRST_CELL = "import pandas as pd\npd.Series([1, 2]).sum()"
NOTEBOOK = (
    "import pandas as pd\nimport matplotlib.pyplot as plt\nimport folium",
    "table = pd.DataFrame({'street': ['A', 'B', 'C'], 'requests': [3, 1, 2]})\ntable",
    "table.plot.barh(x='street', y='requests')\nplt.show()",
    "map = folium.Map(location=[30.45, -91.15], zoom_start=12, tiles=None)\n"
    "folium.Marker([30.45, -91.15], popup='City Hall').add_to(map)\nmap",
)


class _ForkedKernelManager(PrivateKernelManager):
    """As a learner's lab asks for kernels: over sockets in a private folder."""

    transport = "ipc"


_NAMES = ("JUPYTER_PATH", "JUPYTER_RUNTIME_DIR", VARIABLE)


def measure(folder: Path) -> list[Row]:
    """Measure both figures."""
    with tempfile.TemporaryDirectory(dir="/tmp") as runtime, nursery_at_hand() as forked:
        common = {"JUPYTER_RUNTIME_DIR": runtime}
        environments = {"stock": common, "academy": common | forked}
        cell = _in_turns(_first_cell, environments, folder)
        notebook = _in_turns(_notebook, environments, folder)
    how = "ipykernel, started by jupyter_client"
    return [
        median_row("kernel asked to first cell with pandas done", **cell, how=how),
        median_row("notebook with pandas, matplotlib, folium by nbclient", **notebook, how=how),
    ]


def _in_turns(
    work: Callable[[type[AsyncKernelManager], Path], Awaitable[float]],
    environments: Mapping[str, Mapping[str, str]],
    folder: Path,
) -> dict[str, list[float]]:
    managers = {"stock": AsyncKernelManager, "academy": _ForkedKernelManager}
    measured: dict[str, list[float]] = {name: [] for name in environments}
    for number in range(REPEATS + 1):
        for name, variables in environments.items():
            with _environment(variables):
                seconds = asyncio.run(_bounded(work(managers[name], folder)))
            if number:  # the first of each warms up what this process itself needs
                measured[name].append(seconds)
    return measured


async def _bounded(work: Awaitable[float]) -> float:
    return await asyncio.wait_for(work, 120)


async def _first_cell(manager: type[AsyncKernelManager], folder: Path) -> float:
    start = time.perf_counter()
    kernel = manager(kernel_name="python3")
    await kernel.start_kernel(cwd=str(folder), stderr=_nowhere())
    client: Any = kernel.client()
    client.start_channels()
    try:
        await client.wait_for_ready(timeout=60)
        reply = await client.execute_interactive(FIRST_CELL, output_hook=lambda _message: None)
        seconds = time.perf_counter() - start
    finally:
        client.stop_channels()
        await kernel.shutdown_kernel()
    assert reply["content"]["status"] == "ok", reply
    return seconds


async def _notebook(manager: type[AsyncKernelManager], folder: Path) -> float:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(code) for code in NOTEBOOK]
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=manager,
        resources={"metadata": {"path": str(folder)}},
    )
    start = time.perf_counter()
    await client.async_execute(stderr=_nowhere())
    seconds = time.perf_counter() - start
    assert "image/png" in notebook.cells[2].outputs[-1].data, "the chart is missing"
    return seconds


@functools.cache
def _nowhere() -> IO[bytes]:
    """Return where kernels write what they warn of."""
    return Path(os.devnull).open("wb")


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Have exactly these of the variables that decide which kernel comes."""
    before = {name: os.environ.pop(name, None) for name in _NAMES}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
