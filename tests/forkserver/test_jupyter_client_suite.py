"""What jupyter_client and ipykernel ask of a kernel, asked of a forked one.

Their own tests are not part of their packages. These cases are theirs, in our words; what
`test_provisioner` asks already is not asked again.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.ioloop import AsyncIOLoopKernelManager
from jupyter_client.manager import AsyncKernelManager, KernelManager, start_new_kernel
from jupyter_client.multikernelmanager import AsyncMultiKernelManager, MultiKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from traitlets.config import Config

from academy.forkserver.child import ForkedChild
from academy.forkserver.provisioner import ForkProvisioner
from forkserver.conftest import Nursery
from forkserver.kernels import PATIENCE, Kernel, running, wait_until


@pytest.fixture
def kernel(forking: Nursery) -> Iterator[Kernel]:
    with running() as one:
        assert isinstance(one.manager.provisioner.process, ForkedChild)
        yield one


# jupyter_client: managers


def test_a_manager_from_start_to_end(forking: Nursery, person: Path) -> None:
    manager = KernelManager(kernel_name="python3")
    assert not manager.has_kernel
    manager.start_kernel()
    assert manager.is_alive()
    assert manager.has_kernel
    assert manager.ready.done()
    assert Path(manager.connection_file).exists()

    manager.restart_kernel(now=True)
    assert manager.is_alive()
    manager.interrupt_kernel()
    manager.signal_kernel(0)
    assert manager.get_connection_info()["key"] == manager.session.key

    manager.shutdown_kernel(now=True)
    assert not manager.is_alive()
    assert manager.shutting_down is True
    assert not Path(manager.connection_file).exists()
    assert manager.context.closed


def test_what_needs_a_kernel_says_that_there_is_none(person: Path) -> None:
    manager = KernelManager(kernel_name="python3")
    assert not manager.is_alive()
    with pytest.raises(RuntimeError):
        manager.interrupt_kernel()
    with pytest.raises(RuntimeError):
        manager.signal_kernel(2)


def test_the_one_line_start(forking: Nursery) -> None:
    manager, client = start_new_kernel(startup_timeout=PATIENCE, kernel_name="python3")
    try:
        assert client.is_alive()
        info = client.kernel_info(reply=True, timeout=PATIENCE)["content"]
        assert info["language_info"]["name"] == "python"
        assert info["status"] == "ok"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("now", [True, False])
def test_an_asynchronous_manager_from_start_to_end(forking: Nursery, now: bool) -> None:
    async def live() -> None:
        manager = AsyncKernelManager(kernel_name="python3")
        await manager.start_kernel()
        assert await manager.is_alive()
        client = manager.client()
        client.start_channels()
        await client.wait_for_ready(timeout=PATIENCE)
        reply = await client.execute("1 + 1", reply=True, timeout=PATIENCE)
        assert reply["content"]["status"] == "ok"
        client.stop_channels()
        await manager.restart_kernel(now=now)
        assert await manager.is_alive()
        await manager.shutdown_kernel(now=now)
        assert not await manager.is_alive()

    asyncio.run(live())


def test_many_kernels_of_one_manager(forking: Nursery) -> None:
    manager = MultiKernelManager()
    first, second = (manager.start_kernel(kernel_name="python3") for _ in range(2))
    assert {first, second} == set(manager.list_kernel_ids())
    assert manager.is_alive(first)
    manager.interrupt_kernel(first)
    manager.restart_kernel(first, now=True)
    assert manager.is_alive(first)
    manager.shutdown_kernel(first, now=True)
    assert first not in manager
    assert manager.is_alive(second)
    manager.shutdown_all(now=True)
    assert len(manager) == 0


def test_many_kernels_started_at_once(forking: Nursery) -> None:
    async def live() -> None:
        manager = AsyncMultiKernelManager()
        names = await asyncio.gather(
            *(manager.start_kernel(kernel_name="python3") for _ in range(4))
        )
        assert all([await manager.is_alive(name) for name in names])
        assert len({manager.get_kernel(name).provisioner.pid for name in names}) == 4
        await asyncio.gather(manager.restart_kernel(names[0]), manager.shutdown_kernel(names[1]))
        await manager.shutdown_all(now=True)
        assert len(manager) == 0

    asyncio.run(live())


def test_a_kernel_that_dies_is_restarted_by_its_watcher(forking: Nursery) -> None:
    async def live() -> None:
        often = Config(KernelRestarter={"time_to_dead": 0.2})
        manager = AsyncIOLoopKernelManager(kernel_name="python3", config=often)
        noticed = asyncio.Event()
        await manager.start_kernel()
        manager.add_restart_callback(noticed.set)
        before = manager.provisioner.pid
        os.kill(before, signal.SIGKILL)
        await asyncio.wait_for(noticed.wait(), PATIENCE)
        async with asyncio.timeout(PATIENCE):
            while manager.provisioner.pid == before or not await manager.is_alive():
                await asyncio.sleep(0.05)
            manager.stop_restarter()
            # A restart that is not quite over and a shutdown get into each other's way.
            while not manager.ready.done():
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
        await manager.shutdown_kernel(now=True)

    asyncio.run(live())


# jupyter_client: provisioners


def test_the_provisioner_is_found_by_its_name(person: Path) -> None:
    factory = KernelProvisionerFactory.instance()
    assert "academy-fork" in factory.get_provisioner_entries()
    spec = KernelManager(kernel_name="python3").kernel_spec
    assert factory.is_provisioner_available(spec)
    made = factory.create_provisioner_instance("an-id", spec, parent=None)
    assert isinstance(made, ForkProvisioner)


def test_a_provisioner_without_a_kernel(person: Path) -> None:
    async def ask() -> None:
        spec = KernelManager(kernel_name="python3").kernel_spec
        made = ForkProvisioner(kernel_id="an-id", kernel_spec=spec)
        assert not made.has_process
        assert await made.poll() == 0
        assert await made.wait() == 0
        await made.send_signal(2)
        await made.kill()
        await made.terminate()
        await made.ended()
        await made.cleanup()

    asyncio.run(ask())


def test_a_provisioner_tells_what_it_knows_and_takes_it_back(kernel: Kernel) -> None:
    async def ask() -> None:
        provisioner = kernel.manager.provisioner
        told = await provisioner.get_provisioner_info()
        assert (told["pid"], told["pgid"]) == (kernel.pid, kernel.pid)
        again = ForkProvisioner(kernel_id="", kernel_spec=kernel.manager.kernel_spec)
        await again.load_provisioner_info(told)
        assert (again.pid, again.kernel_id) == (kernel.pid, provisioner.kernel_id)

    asyncio.run(ask())


def test_terminating_and_killing(kernel: Kernel) -> None:
    async def end() -> None:
        provisioner = kernel.manager.provisioner
        assert await provisioner.poll() is None
        await provisioner.terminate()
        assert await provisioner.wait() == -15
        assert not provisioner.has_process

    asyncio.run(end())


# jupyter_client: clients


def test_the_heart_beats(kernel: Kernel) -> None:
    kernel.client.hb_channel.unpause()
    wait_until(kernel.client.hb_channel.is_beating)
    assert kernel.client.is_alive()


def test_comms_and_completeness_are_told(kernel: Kernel) -> None:
    client = kernel.client
    assert client.comm_info(reply=True, timeout=PATIENCE)["content"]["comms"] == {}
    answers = {}
    for code in ("2 + 2", "for x in range(3):", "raise = 2"):
        client.is_complete(code)
        answers[code] = client.get_shell_msg(timeout=PATIENCE)["content"]["status"]
    assert list(answers.values()) == ["complete", "incomplete", "invalid"]


def test_a_shutdown_that_is_asked_of_the_kernel(kernel: Kernel) -> None:
    kernel.client.shutdown(reply=True, timeout=PATIENCE)
    wait_until(lambda: not kernel.manager.is_alive())
    assert kernel.manager.provisioner.process.poll() == 0


# ipykernel


CASES: dict[str, tuple[str, Callable[[str], bool]]] = {
    "a thread": (
        "import threading as t\none = t.Thread(target=print, args=('thread',))\n"
        "one.start(); one.join()",
        "thread\n".__eq__,
    ),
    "a process that prints": (
        "import multiprocessing as mp\n"
        "one = mp.get_context('fork').Process(target=print, args=('process',))\n"
        "one.start(); one.join(); print(one.exitcode)",
        lambda said: said.endswith("0\n") and "process\n" in said,
    ),
    "many processes that print nothing": (
        "import multiprocessing as mp\n"
        "all = [mp.get_context('fork').Process(target=int) for _ in range(5)]\n"
        "[one.start() for one in all]; [one.join() for one in all]; print('done')",
        "done\n".__eq__,
    ),
    "a process that fails": (
        "import multiprocessing as mp\n"
        "one = mp.get_context('fork').Process(target=int, args=('no',))\n"
        "one.start(); one.join(); print(one.exitcode)",
        lambda said: said.endswith("1\n"),
    ),
    "faulthandler": (
        "import faulthandler, sys\nfaulthandler.enable()\n"
        "faulthandler.dump_traceback(file=sys.__stderr__); print(faulthandler.is_enabled())",
        "True\n".__eq__,
    ),
    "help": ("help(abs)", lambda said: "absolute value" in said),
    "an awaited cell": ("import asyncio\nawait asyncio.sleep(0)\nprint('ok')", "ok\n".__eq__),
    "a running loop": (
        "import asyncio\nprint(asyncio.get_running_loop().is_running())",
        "True\n".__eq__,
    ),
    "a magic": ("%timeit -n 1 -r 1 pass", lambda said: "per loop" in said),
    "a bash cell": ("%%bash\necho $((6 * 7))", "42\n".__eq__),
    "captured output": ("%%capture said\nprint('x')", "".__eq__),
}


@pytest.mark.parametrize("case", CASES)
def test_a_cell_with(kernel: Kernel, case: str) -> None:
    code, expected = CASES[case]
    assert expected(kernel.run(code))


def test_history_is_saved_in_the_persons_own_database(kernel: Kernel, person: Path) -> None:
    kernel.run("a = 1")
    kernel.run("b = 'année'")
    file = person / "history.py"
    kernel.run(f"%hist -f {file}")
    assert file.read_text().splitlines()[:2] == ["a = 1", "b = 'année'"]
    assert (person / ".ipython" / "profile_default" / "history.sqlite").exists()


def test_answers_come_in_the_order_of_the_questions(kernel: Kernel) -> None:
    asked = [kernel.client.execute(f"{number}") for number in range(20)]
    answered = [
        kernel.client.get_shell_msg(timeout=PATIENCE)["parent_header"]["msg_id"] for _ in asked
    ]
    assert answered == asked


def test_an_error_ends_the_cells_that_wait(kernel: Kernel) -> None:
    asked = [kernel.client.execute(code) for code in ("import time; time.sleep(0.5); 1 / 0", "2")]
    answers = [kernel.client.get_shell_msg(timeout=PATIENCE) for _ in asked]
    assert [one["content"]["status"] for one in answers] == ["error", "aborted"]


@pytest.mark.parametrize("code", ["input()", "import getpass; getpass.getpass()"])
def test_an_interrupt_while_a_person_is_asked(kernel: Kernel, code: str) -> None:
    client = kernel.client
    message = client.execute(code, allow_stdin=True)
    client.get_stdin_msg(timeout=PATIENCE)
    kernel.manager.interrupt_kernel()
    answer: Any = client.get_shell_msg(timeout=PATIENCE)
    assert answer["parent_header"]["msg_id"] == message
    assert answer["content"]["ename"] == "KeyboardInterrupt"


def test_the_control_channel_answers_while_a_cell_runs(kernel: Kernel) -> None:
    client = kernel.client
    busy = client.execute("import time; time.sleep(600)")
    wait_until(lambda: client.get_iopub_msg(timeout=PATIENCE)["msg_type"] == "execute_input")
    client.control_channel.send(client.session.msg("kernel_info_request", {}))
    assert client.get_control_msg(timeout=PATIENCE)["content"]["status"] == "ok"
    kernel.manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=PATIENCE)["parent_header"]["msg_id"] == busy


def test_programs_of_a_kernel_end_with_it(kernel: Kernel) -> None:
    kernel.run("import subprocess; programs = [subprocess.Popen(['sleep', '600']) for _ in 'ab']")
    programs = psutil.Process(kernel.pid).children(recursive=True)
    assert len(programs) == 2
    kernel.manager.shutdown_kernel(now=False)
    wait_until(lambda: not any(one.is_running() for one in programs))


def test_a_second_strand_of_one_kernel(kernel: Kernel) -> None:
    """A subshell answers while the main one is busy."""
    client = kernel.client
    client.control_channel.send(client.session.msg("create_subshell_request", {}))
    strand = client.get_control_msg(timeout=PATIENCE)["content"]["subshell_id"]
    busy = client.execute("import time; time.sleep(600)")
    message = client.session.msg("execute_request", {"code": "6 * 7", "silent": False})
    message["header"]["subshell_id"] = strand
    client.shell_channel.send(message)
    answer = client.get_shell_msg(timeout=PATIENCE)
    assert answer["parent_header"]["msg_id"] == message["header"]["msg_id"]
    assert answer["content"]["status"] == "ok"
    kernel.manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=PATIENCE)["parent_header"]["msg_id"] == busy
