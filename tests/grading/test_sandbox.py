"""What submitted code can see, reach and use: in sandboxes that root makes, and an ordinary user.

Each attempt is made by real code in a real kernel. The engine has secrets, files and listeners
that the code is told of, because a wall that holds only in the dark is none.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from academy.forkserver.uidblock import FIRST_SANDBOX_UID
from academy.grading import sandbox
from forkserver.geography import TAKEN_AWAY
from grading.sandboxed import SECRET, USER, Engine, Job, engine

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has namespaces"),
]
MIB = 1 << 20
SHOW = "import json, os\ndef show(value): print(json.dumps(value))\n"
IS_ROOT = os.geteuid() == 0


@pytest.fixture(scope="module", params=["root", "user"])
def who(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine of root's, and one of an ordinary user's."""
    if request.param == "root" and not IS_ROOT:
        pytest.skip("root alone can give each sandbox an identity")
    with engine(USER if request.param == "user" and IS_ROOT else 0) as one:
        yield one


@pytest.fixture
def doomed() -> Iterator[Engine]:
    """An engine that a test may kill."""
    with engine() as one:
        yield one


def ask(one: Engine, code: str, **limits: float) -> object:
    """Run code that shows a value; return the value."""
    return one.run(SHOW + code, **limits).value


def gone(look: Callable[[], object], seconds: float = 20.0) -> bool:
    """Wait until a look finds nothing."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not look():
            return True
        time.sleep(0.05)
    return False


# --- what it gets


def test_a_table_with_places_takes_nothing_of_the_kernels_away(who: Engine) -> None:
    assert ask(who, f"{TAKEN_AWAY}\nshow(taken)") == []


def test_it_gets_a_copy_of_its_plain_files_without_notebooks(who: Engine) -> None:
    folder = who.home / "submission"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "table.csv").write_text("n\n4\n")
    (folder / "answers.ipynb").write_text("hidden tests")
    (who.home / "secret").write_text(SECRET)
    (folder / "link").symlink_to(who.home / "secret")
    (folder / "folder").symlink_to(who.home)

    told = who.run(
        SHOW + "import pandas\nsum = int(pandas.read_csv('deep/table.csv').n.sum())\n"
        "open('deep/table.csv', 'a').write('5')\n"
        "show([sum, os.getcwd(), sorted(os.listdir('.'))])",
        folder=folder,
    ).value

    assert told == [4, "/home/learner/work", ["deep"]]
    assert (folder / "deep" / "table.csv").read_text() == "n\n4\n"


def test_datasets_are_where_they_are_in_learners_homes(who: Engine) -> None:
    told = ask(
        who,
        "import academy.datasets, pandas\n"
        "table = academy.datasets.load_dataset('sales-tax')\n"
        "plain = pandas.read_csv('~/data/sales-tax/sales-tax.csv')\n"
        "show([len(table) == len(plain) > 0, os.access(os.path.expanduser('~/data/sales-tax/"
        "sales-tax.csv'), os.W_OK)])",
    )

    assert told == [True, False]


# --- who it is


def test_each_is_somebody_else_and_nobody_can_become_more(who: Engine) -> None:
    code = (
        SHOW + "status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        "show([*os.getresuid(), *[int(status[name], 16) for name in "
        "('CapPrm', 'CapEff', 'CapBnd', 'CapAmb')], int(status['NoNewPrivs']), "
        "int(status['Seccomp'])])"
    )

    told = [ran.value for ran in who.run_all([Job([code])] * 3)]

    assert [one[3:] for one in told] == [[0, 0, 0, 0, 1, 2]] * 3
    uids = {tuple(one[:3]) for one in told}
    if who.uid == 0:
        assert len(uids) == 3
        assert all(uid >= FIRST_SANDBOX_UID for one in uids for uid in one)
    else:
        assert uids == {(who.uid,) * 3}


def test_privileges_can_not_be_had_by_namespaces_or_programs(who: Engine) -> None:
    told = ask(
        who,
        "import ctypes, subprocess\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "made = [libc.unshare(flag) for flag in (0x10000000, 0x20000, 0x40000000)]\n"
        "mounted = libc.mount(b'none', b'/mnt', b'tmpfs', 0, None)\n"
        "traced = libc.ptrace(16, 1, 0, 0)\n"
        "try:\n    os.setuid(0); became = True\nexcept OSError:\n    became = False\n"
        "su = subprocess.run(['su', '-c', 'id'], input=b'', capture_output=True).stdout.decode()\n"
        "show([made, mounted, traced, became, su])",
    )

    assert told == [[-1, -1, -1], -1, -1, False, ""]


def test_the_environment_is_clean(who: Engine) -> None:
    told = ask(
        who,
        "def read(name):\n    try:\n        return open(name).read()\n"
        "    except PermissionError:\n        return ''\n"
        "names = [f'/proc/{n}/{what}' for n in ('self', 1) for what in ('environ', 'cmdline')]\n"
        "show([dict(os.environ), [read(name) for name in names]])",
    )

    assert isinstance(told, list)
    assert SECRET not in json.dumps(told)
    assert str(who.home) not in json.dumps(told)
    assert told[0]["HOME"] == "/home/learner"
    assert not [name for name in told[0] if "TOKEN" in name or "SANDBOX" in name]


def test_nothing_that_is_open_leads_out(who: Engine) -> None:
    told = ask(
        who,
        "links = {f'/proc/self/fd/{n}': os.readlink(f'/proc/self/fd/{n}')"
        " for n in os.listdir('/proc/self/fd') if os.path.exists(f'/proc/self/fd/{n}')}\n"
        "def can_write(path):\n"
        "    try:\n"
        "        return bool(open(path, 'r+b'))\n"
        "    except OSError:\n"
        "        return False\n"
        "show([(l, can_write(n)) for n, l in links.items() if l[0] == '/'"
        " and not l.startswith('/home/learner/')])",
    )

    assert isinstance(told, list)
    usual = re.compile(r"/dev/(null|pts|urandom)|/proc/.*/fd")
    others = [(link, can) for link, can in told if not usual.fullmatch(link)]
    # What a library read while it was imported: everybody may, and nobody may change it.
    assert {Path(link).name for link, _ in others} <= {"proj.db"}
    assert [link for link, can in others if can or not link.startswith(sys.prefix)] == []


# --- what it sees


def test_nothing_of_the_machine_or_the_course_is_there(who: Engine) -> None:
    book = who.home / "gradebook.db"
    book.write_text(SECRET)
    places = [str(who.home), str(book), "/root/.ssh", "/home/ubuntu", "/sys", "/boot", "/run/cells"]
    places += ["/.old", "/var/lib", "/etc/shadow", "/run/groups", str(Path.cwd() / "courses")]

    told = ask(
        who,
        f"show([[name for name in {places!r} if os.path.lexists(name)], os.listdir('/mnt'), "
        "os.listdir('/home')])",
    )

    assert told == [[], [], ["learner"]]


def test_it_can_write_nowhere_but_into_its_own(who: Engine) -> None:
    told = ask(
        who,
        "import academy, sys\nplaces = ['/', '/etc', '/usr/bin', '/run', '/run/academy', '/srv', "
        "os.path.dirname(academy.__file__), sys.prefix, os.path.expanduser('~/data/sales-tax')]\n"
        "def can(place):\n    try:\n        open(place + '/x', 'w').close(); return True\n"
        "    except OSError:\n        return False\n"
        "show([[p for p in places if can(p)], "
        "[p for p in ['.', '/tmp', '/dev/shm', '/home/learner'] if not can(p)]])",
    )

    # An ordinary user owns what is made for it; /run is in the sandbox's own memory.
    assert told == [[] if who.uid == 0 else ["/run"], []]


def test_others_and_the_grader_can_not_be_reached(who: Engine) -> None:
    """The second looks for everything that the first lays out, and ends all that it can see."""
    first = (
        SHOW + "import ctypes, socket, time\nname = 'academy-attempt-' + "
        "(open('/proc/sys/kernel/random/boot_id').read().strip())\n"
        "hidden = socket.socket(socket.AF_UNIX); hidden.bind('\\0' + name); hidden.listen()\n"
        "for place in ('/tmp', '/dev/shm'): open(f'{place}/{name}', 'w').write('mine')\n"
        "shared = ctypes.CDLL(None).shmget(4711, 4096, 0o1666)\n"
        "time.sleep(6)\nshow(['alive', shared >= 0, os.listdir('/run/academy') != []])"
    )
    second = (
        SHOW + "import ctypes, signal, socket, time\ntime.sleep(2)\nname = 'academy-attempt-' + "
        "(open('/proc/sys/kernel/random/boot_id').read().strip())\n"
        "def reach():\n    try:\n        socket.socket(socket.AF_UNIX).connect('\\0' + name)\n"
        "        return True\n    except OSError:\n        return False\n"
        "found = [reach(), *[os.path.exists(f'{p}/{name}') for p in ('/tmp', '/dev/shm')]]\n"
        "shared = ctypes.CDLL(None).shmget(4711, 4096, 0)\n"
        "pids = sorted(int(n) for n in os.listdir('/proc') if n.isdigit())\n"
        "sockets = open('/proc/net/unix').read().count(name)\n"
        "mine = {int(name) for name in os.listdir('/proc/self/task')}\n"
        "for number in range(1, 5000):\n"
        "    if number not in mine:\n"
        "        try:\n            os.kill(number, signal.SIGKILL)\n"
        "        except OSError:\n            pass\n"
        "show([found, shared, pids, sockets])"
    )

    one, other = who.run_all([Job([first]), Job([second])])

    assert one.value == ["alive", True, True]
    assert other.value == [[False, False, False], -1, [1, 2], 0]


# --- the network


def test_there_is_no_network_not_even_to_itself(who: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        told = ask(
            who,
            "import socket\n"
            "def reach(address):\n    try:\n        socket.create_connection(address, 3).close()\n"
            "        return True\n    except OSError:\n        return False\n"
            "own = socket.socket(); own.bind(('0.0.0.0', 0)); own.listen()\n"
            "own_reached = reach(('127.0.0.1', own.getsockname()[1]))\n"
            f"others = [reach(a) for a in [('127.0.0.1', {port}), ('1.1.1.1', 53), "
            "('169.254.169.254', 80), ('::1', 80), ('localhost', 80)]]\n"
            "up = [n for _, n in socket.if_nameindex() if int(open(f'/proc/net/dev').read()"
            ".count('eth'))]\n"
            "show([own_reached, others, up])",
        )

    assert told == [False, [False] * 5, []]


# --- limits


@pytest.mark.parametrize(
    ("code", "limits", "expected"),
    [
        ("open('big', 'wb').write(bytes(9 << 20))", {"file_bytes": 4 * MIB}, "File too large"),
        (
            "for n in range(40): open(f'f{n}', 'wb').write(bytes(1 << 20))",
            {"disk_bytes": 16 * MIB},
            "No space left",
        ),
        (
            "for n in range(40): open(f'/dev/shm/f{n}', 'wb').write(bytes(1 << 20))",
            {"disk_bytes": 16 * MIB},
            "No space left",
        ),
        (
            "import os, time\nfor n in range(400):\n"
            "    if os.fork() == 0:\n        time.sleep(60)\n        os._exit(0)",
            {"processes": 60},
            "temporarily unavailable",
        ),
        ("files = [open('/dev/null') for _ in range(400)]", {"open_files": 200}, "Too many open"),
    ],
    ids=["file", "disk", "shared memory", "processes", "open files"],
)
def test_a_limit_is_told_to_the_code(
    who: Engine, code: str, limits: dict[str, float], expected: str
) -> None:
    ran = who.run(code, **limits)

    assert expected in ran.error
    assert ran.code is None


def test_too_much_memory_ends_it_or_fails(who: Engine) -> None:
    ran = who.run("held = [bytearray(64 << 20) for _ in range(20)]", memory_bytes=700 * MIB)

    assert ran.code == 137 or "MemoryError" in ran.error


def test_processor_time_is_limited(who: Engine) -> None:
    ran = who.run("while True: pass", cpu_seconds=4, seconds=60)

    assert ran.code == 137
    assert sandbox.why_ended(ran.code) != ""


def test_the_time_of_the_clock_ends_what_can_not_be_interrupted(who: Engine) -> None:
    ran = who.run(
        "import signal, time\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nimport os\nos.fork() or os.setsid()\n"
        "time.sleep(600)",
        seconds=3,
    )

    assert ran.code == -14
    assert "seconds in all" in sandbox.why_ended(ran.code)


def test_a_run_after_a_broken_one_is_whole(who: Engine) -> None:
    assert who.run("import os; os.kill(os.getpid(), 9)").code == 137
    assert who.run("import sys; sys.exit()").code is None

    assert ask(who, "show(6 * 7)") == 42


# --- ends


def test_a_daemon_ends_with_its_sandbox(who: Engine) -> None:
    ran = who.run(
        SHOW + "import subprocess\nsubprocess.Popen(['setsid', 'sh', '-c', "
        "'trap \"\" HUP TERM INT; (sleep 4999 &) ; sleep 4999'], stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL)\nimport time; time.sleep(0.5)\nshow('started')"
    )

    assert ran.value == "started"
    assert gone(lambda: [one for one in psutil.process_iter(["cmdline"]) if _is_daemon(one)])


def _is_daemon(one: psutil.Process) -> bool:
    return "4999" in (one.info["cmdline"] or [])


def test_an_ended_sandbox_leaves_nothing(who: Engine) -> None:
    ask(who, "show(1)")

    assert gone(lambda: {"academy-cell", "academy-kernel"} & set(who.below))
    assert gone(lambda: who.cells)


def test_twenty_at_once(who: Engine) -> None:
    jobs = [Job([f"import pandas\nprint(pandas.Series([{n}]).sum())"]) for n in range(20)]

    told = [ran.value for ran in who.run_all(jobs)]

    assert told == list(range(20))


@pytest.mark.parametrize("victim", ["engine", "academy-keeper", "academy-maker"])
def test_killing_one_of_them_ends_all(doomed: Engine, victim: str) -> None:
    ask(doomed, "show(1)")
    doomed.begin([Job(["import time; time.sleep(600)"])])
    assert gone(lambda: "academy-kernel" not in doomed.below)
    every = [one for some in doomed.below.values() for one in some]
    assert doomed.cells

    (doomed.process if victim == "engine" else doomed.below[victim][0]).kill()

    kernels = [one for one in every if one.pid != doomed.process.pid]
    wanted = [one for one in kernels if victim == "engine" or one.name() != "academy-keeper"]
    assert gone(lambda: [one for one in wanted if _lives(one)])
    if victim != "academy-keeper":  # it is who clears away; its own starter does otherwise
        assert gone(lambda: doomed.cells)


@pytest.mark.parametrize("victim", ["academy-cell", "academy-kernel"])
def test_killing_one_of_a_sandbox_ends_that_sandbox(doomed: Engine, victim: str) -> None:
    doomed.begin([Job(["import time; time.sleep(600)"])])
    assert gone(lambda: "academy-kernel" not in doomed.below)
    time.sleep(0.5)
    doomed.below[victim][0].kill()

    assert gone(lambda: {"academy-cell", "academy-kernel"} & set(doomed.below))
    assert doomed.process.stdout is not None
    (ran,) = json.loads(doomed.process.stdout.readline())
    assert ran["code"] == (-9 if victim == "academy-cell" else 137)
    assert ask(doomed, "show(2)") == 2


def _lives(one: psutil.Process) -> bool:
    try:
        return one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


# --- where there can be none

_REFUSED = """
import os, sys
from academy.isolation import filter, syscalls
syscalls.never_gain_privileges()
assert filter.filter_system_calls()
from academy.errors import AcademyError
from academy.grading.sandbox import at_hand
try:
    with at_hand():
        print("made")
except AcademyError as error:
    print(error)
import asyncio
from academy.grading.sandbox import SandboxManager
try:
    asyncio.run(SandboxManager(kernel_name="python3").start_kernel())
    print("started")
except AcademyError as error:
    print(error)
with at_hand(unsafe=True) as sandboxing:
    print(sandboxing.is_safe, sandboxing.reasons, sorted(sandboxing.variables))
"""


def test_where_there_can_be_none_it_says_so_and_names_unsafe() -> None:
    """A filter of system calls stands for a machine that refuses namespaces."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("JUPYTER")}
    done = subprocess.run(
        [sys.executable, "-c", _REFUSED], env=environment, capture_output=True, text=True
    )

    first, kernel, second = done.stdout.splitlines()
    assert "Nothing was run" in first, done.stderr
    assert "--unsafe" in first
    assert kernel == first, "nbgrader's own commands refuse as well"
    assert "refuses" in first
    assert second.startswith("False ('this machine refuses a process space of its own (Operation")
    assert "['ACADEMY_NURSERY', 'ACADEMY_UNSAFE', 'JUPYTER_PATH']" in second


def test_a_maker_that_is_gone_is_an_error_and_never_a_kernel_without_a_sandbox(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import asyncio

    from academy.errors import AcademyError

    monkeypatch.setenv(sandbox.VARIABLE, str(tmp_path / "maker"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    manager = sandbox.SandboxManager(kernel_name="python3")

    with pytest.raises(AcademyError, match="was not made"):
        asyncio.run(manager.start_kernel())

    assert not manager.has_kernel
