"""What a fork does anew; forked kernels show the rest of it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from forkserver.conftest import run_python
from forkserver.toy import Toy

ENDINGS = [
    ("pass", 0, ""),
    ("import sys; sys.exit()", 0, ""),
    ("import sys; sys.exit(3)", 3, ""),
    ("import sys; sys.exit(-1)", 255, ""),
    ("import sys; sys.exit('the tide is out')", 1, "the tide is out"),
    ("1 / 0", 1, "ZeroDivisionError"),
]
LAST_WORDS = """
import atexit, os, threading, time
told = descriptors[0]
atexit.register(os.write, told, b"-first registered")
atexit.register(os.write, told, b"-last registered")
def work():
    time.sleep(0.2)
    os.write(told, b"thread")
threading.Thread(target=work).start()
"""
RENEW = """
import json, os, sys
from academy.forkserver import fresh
{before}
fresh.renew({environment!r}, {folder!r}, ["program", "argument"])
print(json.dumps({after}))
"""


@pytest.mark.parametrize(("code", "expected", "words"), ENDINGS)
def test_a_program_ends_as_under_python(code: str, expected: int, words: str) -> None:
    script = f"from academy.forkserver import fresh\nfresh.run_and_end(lambda: exec({code!r}))"
    ours, theirs = run_python(script), run_python(code)

    assert ours.returncode == theirs.returncode == expected
    assert words in ours.stderr
    assert words in theirs.stderr


def test_output_is_not_lost_at_the_end() -> None:
    script = "from academy.forkserver import fresh\nfresh.run_and_end(lambda: print('x' * 5000))"
    assert run_python(script).stdout == "x" * 5000 + "\n"


def test_threads_end_before_the_last_words_are_said(toy: Toy) -> None:
    reading, writing = os.pipe()
    assert toy.fork(LAST_WORDS, [writing]).wait(60) == 0
    assert os.read(reading, 100) == b"thread-last registered-first registered"
    os.close(reading)
    os.close(writing)


def test_signals_are_treated_as_by_a_program_that_was_just_started() -> None:
    start = """
import os, signal, sys
for one in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(one, signal.SIG_DFL)  # whatever the shell of this run ignores
os.execv(sys.executable, [sys.executable, "-c", os.environ["STATE"]])
"""
    state = """
import signal
print([(int(one), str(signal.getsignal(one))) for one in sorted(signal.valid_signals())])
print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.set_wakeup_fd(-1))
"""
    changes = """
import os, signal, socket
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT):
    signal.signal(number, lambda *_: None)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGUSR1])
ours, theirs = socket.socketpair()
ours.setblocking(False)
signal.set_wakeup_fd(ours.fileno())
from academy.forkserver import fresh
fresh.restore_signals()
"""
    assert run_python(changes + state).stdout == run_python(start, STATE=state).stdout


def test_environment_folder_and_arguments_are_the_asked_ones(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "TZ": "America/Chicago", "PYTHONPATH": "/one:/two"}
    script = RENEW.format(
        before="import time; time.localtime()",
        environment=environment,
        folder=str(tmp_path),
        after="[dict(os.environ), os.getcwd(), sys.argv, sys.path[:2], time.tzname]",
    )
    expected = [
        environment,
        str(tmp_path),
        ["program", "argument"],
        ["/one", "/two"],
        ["CST", "CDT"],
    ]
    assert run_python(script, TZ="UTC").stdout.strip() == str(expected).replace("'", '"')


def test_matplotlib_reads_the_persons_own_settings(tmp_path: Path) -> None:
    template, person = tmp_path / "template", tmp_path / "person"
    for folder in (template, person / "stylelib"):
        folder.mkdir(parents=True)
    (person / "matplotlibrc").write_text("lines.linewidth: 7.5\n")
    (person / "stylelib" / "bayou.mplstyle").write_text("lines.linewidth: 3\n")
    script = RENEW.format(
        before="import matplotlib.pyplot as plt, matplotlib as mpl; mpl.get_cachedir()",
        environment={"HOME": str(person), "MPLCONFIGDIR": str(person), "MPLBACKEND": "svg"},
        folder="/",
        after="""[mpl.get_configdir(), mpl.get_cachedir(), mpl.rcParams["lines.linewidth"],
        mpl.rcParamsOrig["lines.linewidth"], plt.get_backend(), "bayou" in plt.style.available]""",
    )
    said = run_python(script, MPLCONFIGDIR=str(template), MPLBACKEND="")
    assert said.stdout.strip() == str([str(person), str(person), 7.5, 7.5, "svg", True]).replace(
        "'", '"'
    ).replace("True", "true"), said.stderr


def test_a_stopped_process_can_be_ended(toy: Toy) -> None:
    """An orphan that nobody can end would hold a learner's memory for good."""
    child = toy.fork("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")
    child.kill()
    assert child.wait(60) == -signal.SIGKILL
