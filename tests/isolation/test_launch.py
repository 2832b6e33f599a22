"""Real processes behind real walls."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from academy.isolation import cgroups
from academy.isolation.doors import Way
from academy.isolation.limits import MIB, Limits
from academy.isolation.view import Bind
from isolation.conftest import UID, Cell, needs_walls

pytestmark = [needs_walls, pytest.mark.integration]


def test_the_command_is_who_it_should_be_and_sees_what_it_should(cell: Cell) -> None:
    done = cell.run(
        "import json, os, pwd\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "print(json.dumps({\n"
        "  'ids': [*os.getresuid(), *os.getresgid()], 'groups': os.getgroups(),\n"
        "  'name': pwd.getpwuid(os.getuid()).pw_name, 'umask': os.umask(0),\n"
        "  'bounding': status['CapBnd'].strip(), 'no_new': status['NoNewPrivs'].strip(),\n"
        "  'fds': sorted(os.listdir('/proc/self/fd'))[:3],\n"
        "  'count': len(os.listdir('/proc/self/fd')),\n"
        "  'root': sorted(os.listdir('/')), 'cwd': os.getcwd(),\n"
        "  'plan': 'ACADEMY_LAUNCH' in os.environ,\n"
        "  'pids': [name for name in os.listdir('/proc') if name.isdigit()],\n"
        "  'nets': [line.split(':')[0].strip() for line in open('/proc/net/dev') if ':' in line],\n"
        "}))\n"
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["ids"] == [UID] * 6
    assert told["groups"] == []
    assert told["name"] == "ana"
    assert told["umask"] == 0o077
    assert int(told["bounding"], 16) == 0
    assert told["no_new"] == "1"
    # Three, and the one with which the folder is read.
    assert (told["fds"], told["count"]) == (["0", "1", "2"], 4)
    assert not {"home", "boot", "mnt", "opt", "srv", "sys"} & set(told["root"])
    assert told["cwd"] == str(cell.home)
    assert not told["plan"]
    assert len(told["pids"]) == 2
    assert set(told["nets"]) <= {"lo", "sit0", "tunl0", "ip6tnl0"}


def test_only_what_is_named_is_there_and_only_the_home_can_be_written(cell: Cell) -> None:
    secret = cell.home.parent / "secret"
    secret.write_text("x")
    secret.chmod(0o644)
    readable = cell.home.parent / "readable"
    readable.mkdir(mode=0o755)
    (readable / "table.csv").write_text("a,b\n")
    cell.binds = (Bind(str(readable)),)

    done = cell.run(
        "import os\n"
        f"assert open({str(readable / 'table.csv')!r}).read() == 'a,b\\n'\n"
        f"assert not os.path.exists({str(secret)!r})\n"
        "open('mine', 'w').write('x')\n"
        "open('/tmp/mine', 'w').write('x')\n"
        "for path in ('/x', '/usr/x', '/etc/x', '/run/x', '/dev/x', '/proc/x', '/var/x',\n"
        f"             {str(readable / 'x')!r}, os.path.join(os.path.dirname(os.__file__), 'x')):\n"
        "    try:\n"
        "        open(path, 'w')\n"
        "    except OSError:\n"
        "        continue\n"
        "    raise SystemExit(path)\n"
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert (cell.home / "mine").stat().st_uid == UID
    assert (cell.home / "mine").stat().st_mode & 0o077 == 0
    assert not Path("/tmp/mine").exists()


@pytest.mark.parametrize("killed", ["launcher", "first", "command"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_whoever_is_killed_nothing_lives_on(
    cell: Cell, killed: str, number: signal.Signals
) -> None:
    process = cell.start(
        "import os, signal, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "    time.sleep(600)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    launcher = psutil.Process(process.pid)
    first = launcher.children()[0]
    command = first.children()[0]
    deadline = time.monotonic() + 20
    while len(launcher.children(recursive=True)) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    everybody = [launcher, *launcher.children(recursive=True)]
    assert len(everybody) >= 5

    {"launcher": launcher, "first": first, "command": command}[killed].send_signal(number)

    process.wait(20)
    _, alive = psutil.wait_procs(everybody, timeout=10)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


def test_the_exit_code_and_the_words_come_out(cell: Cell) -> None:
    done = cell.run("import sys; print('out'); print('wrong', file=sys.stderr); sys.exit(7)")

    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "wrong\n")


def test_words_for_the_log_are_bounded_and_the_log_itself_is_out_of_reach(cell: Cell) -> None:
    done = cell.run(
        "import os\nfor _ in range(50):\n    os.write(1, b'x' * 100_000)\n"
        "os.write(2, os.readlink('/proc/self/fd/2').encode())\n",
        speaks_for_itself=False,
    )

    assert done.returncode == 0
    assert done.stdout == ""
    assert 190_000 < len(done.stderr) < 400_000
    assert "says too much" in done.stderr


def test_a_command_that_is_not_there_is_one_sentence(cell: Cell) -> None:
    plan = cell.plan("")
    plan.command[0] = "/no/such/program"
    cell.plan = lambda *_args, **_more: plan  # type: ignore[method-assign]

    done = cell.run("")

    assert done.returncode == 127
    assert "/no/such/program could not be started" in done.stderr


def test_a_server_inside_is_reached_by_its_door_and_by_nothing_else(cell: Cell) -> None:
    script = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', {port}))\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    client, _ = server.accept()\n"
        "    data = client.recv(100)\n"
        "    client.sendall(b'you said ' + data)\n"
        "    client.close()\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        process = cell.start(script.format(port=port), listens_on=port, door=door.fileno())
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
                client.sendall(b"hello")
                assert client.makefile("rb").read() == b"you said hello"
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_who_comes_before_the_server_listens_waits_at_the_door(cell: Cell) -> None:
    script = (
        "import pathlib, socket, sys, time\n"
        "print('not yet', flush=True)\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.01)\n"
        "server = socket.create_server(('127.0.0.1', {port}))\n"
        "client, _ = server.accept()\n"
        "client.sendall(b'welcome')\n"
        "client.close()\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        process = cell.start(script.format(port=port), listens_on=port, door=door.fileno())
    assert process.stdout is not None
    assert process.stdout.readline() == "not yet\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as early:
        time.sleep(0.3)
        (cell.home / "go").touch()
        assert early.makefile("rb").read() == b"welcome"
    process.communicate(timeout=20)


def test_who_waits_at_the_door_is_sent_away_when_the_server_ends(cell: Cell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        process = cell.start(
            "import time; print('here', flush=True); time.sleep(0.5)",
            listens_on=port,
            door=door.fileno(),
        )
    assert process.stdout is not None
    process.stdout.readline()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as early:
        assert early.makefile("rb").read() == b""
    process.communicate(timeout=20)


def test_large_answers_pass_the_door_whole(cell: Cell) -> None:
    script = (
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', {port}))\n"
        "print('ready', flush=True)\n"
        "client, _ = server.accept()\n"
        "client.sendall(b'0123456789' * 2_000_000)\n"
        "client.close()\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
        process = cell.start(script.format(port=port), listens_on=port, door=door.fileno())
    assert process.stdout is not None
    process.stdout.readline()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        found = client.makefile("rb").read()
    process.communicate(timeout=20)

    assert found == b"0123456789" * 2_000_000


def test_of_the_machine_only_the_named_ways_out_can_be_reached(cell: Cell) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as wanted,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        allowed, refused = wanted.getsockname()[1], other.getsockname()[1]
        process = cell.start(
            "import socket\n"
            f"one = socket.create_connection(('127.0.0.1', {allowed}), timeout=10)\n"
            "one.sendall(b'inside')\n"
            "try:\n"
            f"    socket.create_connection(('127.0.0.1', {refused}), timeout=10)\n"
            "except ConnectionRefusedError:\n"
            "    print('refused')\n",
            ways_out=[Way("127.0.0.1", allowed)],
        )
        client, address = wanted.accept()
        # Never as what the hub's own proxy comes from.
        assert address[0] == "127.0.0.2"
        with client:
            assert client.recv(100) == b"inside"
        said, wrong = process.communicate(timeout=30)

    assert said == "refused\n", wrong


def test_two_places_do_not_see_each_other(cell: Cell, another_cell: Callable[[int], Cell]) -> None:
    (cell.home / "diary").write_text("secret")
    os.chown(cell.home / "diary", UID, UID)
    first = cell.start("print('ready', flush=True); import time; time.sleep(60)")
    assert first.stdout is not None
    first.stdout.readline()
    pid = psutil.Process(first.pid).children()[0].children()[0].pid
    try:
        done = another_cell(UID + 1).run(
            "import os, signal\n"
            f"print(os.path.exists({str(cell.home)!r}))\n"
            f"print(os.path.exists('/proc/{pid}'))\n"
            "try:\n"
            f"    os.kill({pid}, signal.SIGTERM)\n"
            "except ProcessLookupError:\n"
            "    print('nobody there')\n"
        )
    finally:
        first.terminate()
        first.communicate(timeout=20)

    assert done.stdout == "False\nFalse\nnobody there\n", done.stderr


def test_a_checkout_with_a_long_path_under_a_closed_folder(cell: Cell) -> None:
    closed = cell.home.parent / "closed"
    deep = closed / ("long-" * 20) / ("path-" * 20) / "home"
    deep.mkdir(parents=True)
    closed.chmod(0o700)
    os.chown(deep, UID, UID)
    assert len(str(deep)) > 200
    cell.home = deep

    done = cell.run(
        "import os, socket\n"
        f"path = '/run/academy/{UID}/kernel-' + '0' * 36 + '-ipc-1'\n"
        "assert len(path) <= 80\n"
        "socket.socket(socket.AF_UNIX).bind(path)\n"
        "open('here', 'w')\n"
    )

    assert done.returncode == 0, done.stderr
    assert (deep / "here").exists()
    assert closed.stat().st_mode & 0o777 == 0o700


def test_system_calls_that_no_lesson_needs_are_refused(cell: Cell) -> None:
    done = cell.run(
        "import ctypes, os, subprocess, threading\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def refused(result):\n"
        "    return result == -1 and ctypes.get_errno() == 1\n"
        "assert refused(libc.unshare(0x10000000)), 'user namespace'\n"
        "assert refused(libc.mount(b'x', b'/tmp', b'tmpfs', 0, None)), 'mount'\n"
        "assert refused(libc.ptrace(0, 0, 0, 0)), 'ptrace'\n"
        "assert refused(libc.syscall(321, 0, 0, 0)) or os.uname().machine != 'x86_64', 'bpf'\n"
        "if os.uname().machine == 'x86_64':\n"
        "    assert libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0) == -1, 'clone'\n"
        "threading.Thread(target=print, args=('a thread',)).start()\n"
        "print(subprocess.run(['echo', 'a program'], capture_output=True, text=True).stdout)\n"
    )

    assert done.returncode == 0, done.stderr
    assert "a thread" in done.stdout
    assert "a program" in done.stdout


# Limits: each is exceeded.


def test_too_much_memory_ends_the_process(cell: Cell) -> None:
    cell.limits = Limits(memory_bytes=96 * MIB)

    done = cell.run("x = bytearray(300 << 20); x[::4096] = b'x' * len(x[::4096])")

    assert done.returncode in (1, 137), done.stderr
    assert cell.run("x = bytearray(8 << 20)").returncode == 0


def test_memory_in_tmp_counts_as_well(cell: Cell) -> None:
    cell.limits = Limits(tmp_bytes=4 * MIB)

    done = cell.run("open('/tmp/x', 'wb').write(b'x' * (8 << 20))")

    assert "No space left" in done.stderr


def test_too_many_processes_are_refused(cell: Cell) -> None:
    cell.limits = Limits(processes=20)

    done = cell.run(
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    for _ in range(60):\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(60)\n"
        "        made += 1\n"
        "except BlockingIOError:\n"
        "    print(made)\n"
    )

    assert 10 <= int(done.stdout or 0) <= 20, done.stderr


def test_too_many_open_files_are_refused(cell: Cell) -> None:
    cell.limits = Limits(open_files=64)

    done = cell.run("files = [open('/dev/null') for _ in range(100)]")

    assert "Too many open files" in done.stderr


def test_too_long_a_file_is_refused(cell: Cell) -> None:
    cell.limits = Limits(file_bytes=1 * MIB)

    done = cell.run("open('long', 'wb').write(b'x' * (2 << 20))")

    assert done.returncode != 0
    assert (cell.home / "long").stat().st_size <= MIB


@pytest.mark.skipif(
    "cpu" not in {one.name for one in cgroups.usable()} and not os.environ.get("ACADEMY_NO_SKIPS"),
    reason="no cgroup for processor time here",
)
def test_processor_time_is_held_back(cell: Cell) -> None:
    cell.limits = Limits(cpus=0.2)

    done = cell.run(
        "import time\n"
        "wall = time.monotonic()\n"
        "while time.process_time() < 0.5:\n"
        "    pass\n"
        "print((time.monotonic() - wall) / time.process_time())\n"
    )

    # At a fifth of a processor, half a second of work takes about two and a half.
    assert float(done.stdout) > 2, done.stderr


@pytest.mark.parametrize("controllers", [["memory"], ["pids"], []])
def test_without_cgroups_rlimits_hold(cell: Cell, controllers: list[str]) -> None:
    cell.limits = Limits(memory_bytes=200 * MIB, processes=15)
    plan = cell.plan(
        "import os, time\n"
        "try:\n"
        f"    bytearray({'1' if 'memory' in controllers else '600 << 20'})\n"
        "except MemoryError:\n"
        "    print('no memory', flush=True)\n"
        "try:\n"
        "    for _ in range(40):\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(20)\n"
        "except BlockingIOError:\n"
        "    print('no process', flush=True)\n"
    )
    environment = {**os.environ, **plan.to_environment()}
    launcher = (
        "from academy.isolation import cgroups, launch\n"
        "usable = cgroups.usable\n"
        f"cgroups.usable = lambda: [one for one in usable() if one.name in {controllers!r}]\n"
        "launch.main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", launcher],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert "no process" in done.stdout, done.stderr
    if "memory" not in controllers:
        assert "no memory" in done.stdout


def test_nothing_is_left_of_its_control_groups(cell: Cell) -> None:
    process = cell.start("print('ready', flush=True); import time; time.sleep(60)")
    assert process.stdout is not None
    process.stdout.readline()
    assert groups_of(process.pid)
    process.terminate()
    process.communicate(timeout=20)
    assert not groups_of(process.pid)

    # A launcher that is killed can't clean up; the next start does.
    process = cell.start("print('ready', flush=True); import time; time.sleep(60)")
    assert process.stdout is not None
    process.stdout.readline()
    process.kill()
    process.communicate(timeout=20)
    deadline = time.monotonic() + 10
    while groups_of(process.pid) and time.monotonic() < deadline:
        cgroups.remove_empty()
    assert not groups_of(process.pid)


def groups_of(launcher: int) -> list[Path]:
    """The control groups that a launcher has made."""
    folders = [one.folder / f"{UID}-{launcher}" for one in cgroups.usable()]
    return [folder for folder in folders if folder.exists()]
