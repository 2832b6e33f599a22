"""A forked kernel behaves as the one that Jupyter starts itself.

Most tests run on both, so that what they expect is what a stock kernel does.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from academy.forkserver import nursery
from academy.forkserver.child import UNKNOWN, ForkedChild
from academy.forkserver.manager import PrivateKernelManager
from academy.forkserver.provisioner import ForkProvisioner
from forkserver.conftest import Nursery
from forkserver.kernels import PATIENCE, Kernel, descriptors, running, wait_until

Make = Callable[..., Kernel]

SLEEP = "import time; print('asleep', flush=True); time.sleep(600)"
CHILDREN = """
import multiprocessing, os, subprocess, sys
print(subprocess.run([sys.executable, "-c", "print(6 * 7)"], capture_output=True).stdout.decode())
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(abs, [-1, -2, -3]))
with multiprocessing.get_context("spawn").Pool(1) as pool:
    print(pool.map(abs, [-4]))
"""
CHILDREN_SAID = "42\n\n[1, 2, 3]\n[4]\n"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])"


@pytest.fixture(params=["forked", "stock"])
def kernel(request: pytest.FixtureRequest, person: Path) -> Iterator[Kernel]:
    """A kernel, forked or started."""
    if request.param == "forked":
        request.getfixturevalue("forking")
    with running() as one:
        assert isinstance(one.manager.provisioner.process, ForkedChild) == (
            request.param == "forked"
        )
        yield one


def is_forked(kernel: Kernel) -> bool:
    return isinstance(kernel.manager.provisioner.process, ForkedChild)


def send(kernel: Kernel, code: str, until: str) -> str:
    """Run code without waiting for its end: only until it has printed a word."""
    # Otherwise a kernel that was interrupted drops what comes in the next moment, as it should.
    message: str = kernel.client.execute(code, stop_on_error=False)
    printed = ""
    while until not in printed:
        said = kernel.client.get_iopub_msg(timeout=PATIENCE)
        printed += said["content"].get("text", "")
    return message


def reply(kernel: Kernel, message: str) -> dict[str, object]:
    """Wait for the answer to code that was sent."""
    while True:
        answer = kernel.client.get_shell_msg(timeout=PATIENCE)
        if answer["parent_header"]["msg_id"] == message:
            content: dict[str, object] = answer["content"]
            return content


# Running code


@pytest.mark.parametrize("transport", ["ipc", "tcp"])
@pytest.mark.parametrize("name", ["python3", "academy"])
def test_both_names_fork_over_both_kinds_of_sockets(
    forking: Nursery, transport: str, name: str
) -> None:
    with running(name, transport) as kernel:
        assert is_forked(kernel)
        assert psutil.Process(kernel.pid).ppid() == forking.pid
        assert kernel.run("print(6 * 7)") == "42\n"


def test_the_kernels_name_is_python3_as_everywhere(person: Path) -> None:
    spec = KernelSpecManager().get_kernel_spec("python3")
    assert (spec.display_name, spec.language) == ("Python 3", "python")
    assert spec.metadata["kernel_provisioner"]["provisioner_name"] == "academy-fork"


def test_where_modules_come_from_is_the_same(kernel: Kernel, tmp_path: Path) -> None:
    assert "" in kernel.value("__import__('sys').path")
    assert kernel.value("__import__('sys').executable") == sys.executable
    assert kernel.value("__name__") == "__main__"


def test_sys_path_is_that_of_a_stock_kernel(
    forking: Nursery, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/first/place:/second/place")
    paths = []
    for address in (forking.address, ""):
        monkeypatch.setenv(nursery.VARIABLE, address)
        with running() as kernel:
            paths.append(kernel.value("__import__('sys').path"))
    assert paths[0] == paths[1]
    assert "/second/place" in paths[0]


def test_environment_and_working_directory_are_the_asked_ones(
    forking: Nursery, tmp_path: Path
) -> None:
    environment = {**os.environ, "CITY": "Baton Rouge — bâton", "ODD": os.fsdecode(b"\xe9")}
    environment.pop("LANG", None)
    with running(cwd=str(tmp_path), env=environment) as kernel:
        told = kernel.value("dict(__import__('os').environ)")
        assert kernel.value("__import__('os').getcwd()") == str(tmp_path)
        assert kernel.run("!pwd; echo $CITY").split("\r\n")[:2] == [
            str(tmp_path),
            environment["CITY"],
        ]
    known = {name: told.get(name) for name in environment if name != "TERM"}
    environment.pop("TERM", None)
    assert known == environment
    assert "LANG" not in told
    assert not [name for name in told if name in ("MPLCONFIGDIR", "JE_ARROW_MALLOC_CONF")]


def test_modules_beside_the_notebook_are_found(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "bayou.py").write_text("depth = 7")
    kernel.run(f"%cd {tmp_path}")
    assert kernel.run("import bayou; print(bayou.depth)") == "7\n"


def test_errors_and_streams_arrive_where_they_belong(kernel: Kernel) -> None:
    said = kernel.ask("import sys\nprint('out')\nprint('err', file=sys.stderr)\n1 / 0")
    assert said.error == "ZeroDivisionError"
    assert said.reply["status"] == "error"
    assert said.text == "out\n"
    assert said.wrong.startswith("err\n")


def test_output_of_programs_arrives(kernel: Kernel) -> None:
    """Text that goes to the descriptors, past Python, is the notebook's too."""
    code = "import os; os.write(1, b'from the descriptor\\n'); _ = os.system('echo from a program')"
    printed = kernel.run(f"{code}\nimport time; time.sleep(0.5)")
    assert "from the descriptor" in printed
    assert "from a program" in printed


def test_a_person_can_be_asked(kernel: Kernel) -> None:
    said = kernel.ask("name = input('Who? '); print(f'Hello {name}')", answers=["Ana"])
    assert (said.text, said.error) == ("Hello Ana\n", "")


def test_nobody_to_ask_is_an_error(kernel: Kernel) -> None:
    assert kernel.ask("input('Who? ')").error == "StdinNotImplementedError"


def test_programs_and_further_processes_run(kernel: Kernel) -> None:
    assert kernel.run(CHILDREN) == CHILDREN_SAID


def test_threads_and_asyncio_work(kernel: Kernel) -> None:
    code = """
import asyncio, threading
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(abs, range(-10, 0))))
async def later():
    await asyncio.sleep(0.01)
    return await asyncio.to_thread(lambda: "from a thread")
print(await later())
"""
    assert kernel.run(code) == "55\nfrom a thread\n"


def test_completion_inspection_and_history_answer(kernel: Kernel) -> None:
    kernel.run("parishes = ['East Baton Rouge']")
    client = kernel.client
    matches = client.complete("parish", reply=True, timeout=PATIENCE)["content"]["matches"]
    assert "parishes" in matches
    told = client.inspect("parishes", reply=True, timeout=PATIENCE)["content"]
    assert told["found"]
    assert "East Baton Rouge" in told["data"]["text/plain"]
    past = client.history(hist_access_type="tail", n=1, reply=True, timeout=PATIENCE)["content"]
    assert past["history"][-1][2].startswith("parishes")


def test_the_debugger_answers(kernel: Kernel) -> None:
    client = kernel.client
    content = {"type": "request", "seq": 1, "command": "debugInfo", "arguments": {}}
    message = client.session.msg("debug_request", content)
    client.control_channel.send(message)
    answer = client.get_control_msg(timeout=PATIENCE)["content"]
    assert answer["success"]
    assert answer["body"]["isStarted"] is False


def test_a_breakpoint_stops_a_cell(forking: Nursery) -> None:
    with running() as kernel:
        client = kernel.client

        def debug(command: str, **arguments: object) -> dict[str, object]:
            content = {"type": "request", "seq": 1, "command": command, "arguments": arguments}
            client.control_channel.send(client.session.msg("debug_request", content))
            body: dict[str, object] = client.get_control_msg(timeout=PATIENCE)["content"]
            return body

        assert debug("initialize", clientID="test", adapterID="x", pathFormat="path")["success"]
        assert debug("attach")["success"]
        code = "deep = 1\ndeep += 1\nprint(deep)"
        file = debug("dumpCell", code=code)["body"]["sourcePath"]  # type: ignore[index]
        debug("setBreakpoints", source={"path": file}, breakpoints=[{"line": 2}])
        assert debug("configurationDone")["success"]
        client.execute(code)
        wait_until(lambda: said_stopped(kernel))
        assert debug("continue", threadId=1)["success"]
        debug("disconnect", restart=False, terminateDebuggee=True)


def said_stopped(kernel: Kernel) -> bool:
    said = kernel.client.get_iopub_msg(timeout=PATIENCE)
    return said["msg_type"] == "debug_event" and said["content"]["event"] == "stopped"


# Figures


@pytest.mark.parametrize("first", ["", "%matplotlib inline\n"], ids=["plain", "inline"])
def test_a_figure_is_shown(kernel: Kernel, first: str) -> None:
    assert kernel.ask(first + PLOT).pictures == ["image/png"]
    assert kernel.ask(PLOT).pictures == ["image/png"]


def test_pandas_figures_are_shown(kernel: Kernel) -> None:
    assert kernel.ask("import pandas as pd; pd.Series([1, 3]).plot()").pictures == ["image/png"]


def test_the_backend_that_the_environment_names_is_used(forking: Nursery) -> None:
    with running(env={**os.environ, "MPLBACKEND": "svg"}) as kernel:
        assert kernel.ask(PLOT).pictures == []
        assert kernel.run("print(plt.get_backend())") == "svg\n"


# Interrupt, restart, the end


def test_an_interrupt_ends_the_cell_and_not_the_kernel(kernel: Kernel) -> None:
    kernel.run("kept = 'work'")
    message = send(kernel, SLEEP, until="asleep")
    kernel.manager.interrupt_kernel()
    assert reply(kernel, message)["ename"] == "KeyboardInterrupt"
    assert kernel.run("print(kept)") == "work\n"


def test_an_interrupt_reaches_the_programs_of_a_cell(kernel: Kernel) -> None:
    message = send(kernel, "!echo begun; sleep 600; echo done", until="begun")
    (sleeping,) = find_children(kernel.pid, "sleep")
    kernel.manager.interrupt_kernel()
    assert reply(kernel, message)["status"] in ("ok", "error")
    wait_until(lambda: not sleeping.is_running())
    assert kernel.run("print('alive')") == "alive\n"


def find_children(process: int, name: str) -> list[psutil.Process]:
    found: list[psutil.Process] = []

    def look() -> bool:
        children = psutil.Process(process).children(recursive=True)
        found[:] = [one for one in children if one.name() == name]
        return bool(found)

    wait_until(look)
    return found


def test_a_restart_begins_anew(kernel: Kernel) -> None:
    before = kernel.pid
    kernel.run("word = 1")
    kernel.manager.restart_kernel(now=False)
    kernel.client.wait_for_ready(timeout=PATIENCE)

    assert kernel.pid != before
    assert not psutil.pid_exists(before)
    assert kernel.ask("word").error == "NameError"


def test_a_restart_of_a_busy_kernel_ends_what_it_did(kernel: Kernel) -> None:
    send(kernel, SLEEP, until="asleep")
    before = kernel.pid
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=PATIENCE)
    assert not psutil.pid_exists(before)
    assert kernel.run("print('new')") == "new\n"


def test_last_words_are_said_at_a_shutdown(kernel: Kernel, tmp_path: Path) -> None:
    file = tmp_path / "last words"
    kernel.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(file)!r}).touch)")
    provisioner, process = kernel.manager.provisioner, kernel.manager.provisioner.process
    kernel.manager.shutdown_kernel(now=False)

    assert file.exists()
    assert process.returncode == 0
    assert provisioner.process is None
    assert not kernel.manager.has_kernel


def test_a_kernel_that_is_killed_is_gone_at_once(kernel: Kernel, tmp_path: Path) -> None:
    file = tmp_path / "last words"
    kernel.run(f"import atexit, pathlib; atexit.register(pathlib.Path({str(file)!r}).touch)")
    pid, process = kernel.pid, kernel.manager.provisioner.process
    kernel.manager.shutdown_kernel(now=True)

    assert not psutil.pid_exists(pid)
    assert process.returncode == -signal.SIGKILL
    assert not file.exists()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os; os._exit(3)", 3),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", -signal.SIGSEGV),
        ("import ctypes; ctypes.string_at(0)", -signal.SIGSEGV),
    ],
    ids=["exit", "signal", "crash"],
)
def test_a_kernels_death_and_its_reason_are_known(kernel: Kernel, code: str, expected: int) -> None:
    kernel.client.execute(code)
    wait_until(lambda: not kernel.manager.is_alive())
    assert kernel.manager.provisioner.process.poll() == expected


def test_quit_ends_the_kernel(kernel: Kernel) -> None:
    kernel.client.execute("quit")
    wait_until(lambda: not kernel.manager.is_alive())
    assert kernel.manager.provisioner.process.poll() == 0


def test_a_dead_kernel_can_be_restarted(kernel: Kernel) -> None:
    kernel.client.execute("import os; os._exit(3)")
    wait_until(lambda: not kernel.manager.is_alive())
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=PATIENCE)
    assert kernel.run("print('again')") == "again\n"


def test_output_may_be_sent_to_files(forking: Nursery, tmp_path: Path) -> None:
    out, wrong = tmp_path / "out", tmp_path / "wrong"
    code = """
import sys
print('a kernel at work', file=sys.__stdout__, flush=True)
print('a kernel in doubt', file=sys.__stderr__, flush=True)
"""
    with (
        out.open("wb") as first,
        wrong.open("wb") as second,
        running(stdout=first, stderr=second) as kernel,
    ):
        assert is_forked(kernel)
        kernel.run(code)
        assert descriptors(kernel.pid)[0] == os.devnull
    assert "a kernel at work" in out.read_text()
    assert "a kernel in doubt" in wrong.read_text()


# Where kernels are not forked


@pytest.mark.parametrize("address", ["", "/tmp/there-is-no-nursery-here"])
def test_without_a_nursery_a_kernel_is_started(
    person: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    address: str,
) -> None:
    monkeypatch.setenv(nursery.VARIABLE, address)
    with caplog.at_level(logging.WARNING), heard(caplog), running() as kernel:
        assert not is_forked(kernel)
        assert kernel.run("print(6 * 7)") == "42\n"
    assert ("The kernel is started, not forked" in caplog.text) == bool(address)


class heard:  # noqa: N801 - used like a function
    """Have traitlets' logger, which passes nothing on, heard by pytest."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.logger, self.caplog = logging.getLogger("traitlets"), caplog

    def __enter__(self) -> None:
        self.logger.addHandler(self.caplog.handler)

    def __exit__(self, *_: object) -> None:
        self.logger.removeHandler(self.caplog.handler)


def spec(folder: Path, name: str, argv: list[str], language: str = "python") -> None:
    """Lay down a kernel spec that asks for our provisioner."""
    place = folder / "kernels" / name
    place.mkdir(parents=True)
    provisioner = {"provisioner_name": "academy-fork"}
    words = {
        "argv": argv,
        "display_name": name,
        "language": language,
        "metadata": {"kernel_provisioner": provisioner},
    }
    (place / "kernel.json").write_text(json.dumps(words))


def test_another_interpreters_kernel_is_not_forked(
    forking: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "python3.99"
    other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    other.chmod(0o755)
    spec(tmp_path, "other", [str(other), "-m", "ipykernel_launcher", "-f", "{connection_file}"])
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with running("other") as kernel:
        assert not is_forked(kernel)
        assert kernel.run("print(6 * 7)") == "42\n"


def test_another_module_is_not_forked(
    forking: Nursery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    argv = ["python", "-m", "ipykernel", "-f", "{connection_file}"]
    spec(tmp_path, "module", argv)
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with running("module") as kernel:
        assert not is_forked(kernel)


def test_what_wants_a_pipe_is_not_forked(forking: Nursery) -> None:
    with running(stderr=subprocess.PIPE) as kernel:
        assert not is_forked(kernel)
        assert kernel.manager.provisioner.process.stderr is not None


def test_output_that_nobody_wants_goes_nowhere(
    forking: Nursery, capfd: pytest.CaptureFixture[str]
) -> None:
    with running(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as kernel:
        assert is_forked(kernel)
        kernel.run("import os; _ = os.write(1, b'to nobody'), os.write(2, b'to nobody')")
    assert "to nobody" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.06])
def test_a_kernel_that_nobody_waits_for_any_more_is_ended(
    forking: Nursery, person: Path, seconds: float
) -> None:
    async def give_up() -> None:
        manager = PrivateKernelManager(kernel_name="python3", transport="ipc")
        starting = asyncio.create_task(manager.start_kernel(cwd=str(person)))
        await asyncio.sleep(seconds)
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await starting
            await manager.shutdown_kernel(now=True)  # it was quicker than we were

    with running() as kernel:  # what Python itself opens for its first kernel stays open
        assert is_forked(kernel)
    before = descriptors()
    asyncio.run(give_up())
    wait_until(lambda: not psutil.Process(forking.pid).children())
    wait_until(lambda: len(descriptors()) <= len(before))


# Processes that die


def test_a_kernel_outlives_its_nursery(own_nursery: Nursery, tmp_path: Path) -> None:
    """Work in an open notebook is not lost; what comes next is started the usual way."""
    with running() as kernel:
        kernel.run("kept = 'work'")
        message = send(kernel, "import time; print('begun'); time.sleep(1); done = True", "begun")
        psutil.Process(own_nursery.pid).kill()
        wait_until(lambda: not is_alive(own_nursery.pid))

        assert reply(kernel, message)["status"] == "ok"
        assert kernel.run("print(kept, done)") == "work True\n"
        assert kernel.manager.is_alive()
        process = kernel.manager.provisioner.process

        with running() as another:
            assert not is_forked(another)
        kernel.manager.restart_kernel(now=True)
        kernel.client.wait_for_ready(timeout=PATIENCE)
        assert not is_forked(kernel)
    assert process.returncode == UNKNOWN


def is_alive(process: int) -> bool:
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


OWNER = """
import json, sys, time
from forkserver.kernels import Kernel
kernels = [Kernel(), Kernel()]
kernels[0].client.execute("import time; time.sleep(600)")
print(json.dumps([one.pid for one in kernels]), flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("nursery_dies_first", [False, True])
def test_kernels_end_with_their_owner(own_nursery: Nursery, nursery_dies_first: bool) -> None:
    """Also when it can't say so any more: when it was killed, and the nursery before it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    with owner:
        kernels = json.loads(owner.stdout.readline())
        if nursery_dies_first:
            psutil.Process(own_nursery.pid).kill()
        assert all(is_alive(one) for one in kernels)
        owner.kill()
    wait_until(lambda: not any(is_alive(one) for one in kernels))


def test_a_killed_kernel_leaves_the_others_alone(forking: Nursery) -> None:
    with running() as one, running() as other:
        other.run("kept = 'work'")
        os.kill(one.pid, signal.SIGKILL)
        wait_until(lambda: not one.manager.is_alive())
        assert one.manager.provisioner.process.poll() == -signal.SIGKILL
        assert other.run("print(kept)") == "work\n"


def test_a_provisioner_knows_what_a_stock_one_knows(kernel: Kernel) -> None:
    provisioner = kernel.manager.provisioner
    assert isinstance(provisioner, ForkProvisioner)
    assert provisioner.has_process
    assert provisioner.pid == provisioner.pgid == kernel.value("__import__('os').getpid()")
    assert kernel.value("__import__('os').getsid(0)") == provisioner.pid
    assert provisioner.resolve_path("x") is None
    assert isinstance(kernel.manager, KernelManager)
