"""The guard in real kernels: same points as nbgrader for honest work, none for a forged verdict."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import determine_grade

from academy import paths
from academy.forkserver.local import nursery_at_hand
from academy.forkserver.manager import PrivateKernelManager
from academy.grading.execution import ENDED_MARK, BoundedExecute, remarks_of
from academy.grading.guard import seal
from academy.grading.guard.order import order_for, watched_modules
from academy.grading.guard.suspicion import signs
from academy.grading.guard.verdict import FORGED, NOTICED_MARK, Checks

POINTS = 4


@pytest.fixture(scope="module")
def nursery() -> Iterator[dict[str, str]]:
    with nursery_at_hand() as variables:
        yield variables


@pytest.fixture
def kernels(nursery: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    home = Path(tempfile.mkdtemp(prefix="home-", dir="/tmp"))
    for name, value in {**nursery, "HOME": str(home), "JUPYTER_RUNTIME_DIR": f"{home}/r"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("IPYTHONDIR", raising=False)
    yield
    shutil.rmtree(home)


def cell(source: str, *, grade: bool = False, locked: bool = True) -> Any:
    marks = {"grade": grade, "locked": locked, "solution": not locked, "task": False}
    marks |= {"grade_id": f"cell-{abs(hash(source))}", "schema_version": 3}
    return new_code_cell(
        source, metadata={"nbgrader": marks | ({"points": POINTS} if grade else {})}
    )


def check(source: str) -> Any:
    return cell(source, grade=True)


def answer(source: str) -> Any:
    return cell(source, locked=False)


def notebook(*cells: Any) -> Any:
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def run(*cells: Any, kind: Any = BoundedExecute, **options: Any) -> list[Any]:
    book = notebook(*cells)
    options = {"kernel_manager_class": PrivateKernelManager, "timeout": 20, **options}
    kind(**options).preprocess(book, {})
    return list(book.cells)


def points(cells: list[Any]) -> list[float | None]:
    return [determine_grade(one)[0] for one in cells if one.metadata["nbgrader"]["grade"]]


HONEST = """
import sys, warnings
import pandas as pd

def add(a, b):
    return a + b

def table():
    return pd.DataFrame({"n": [1, 2, 3]})

def loud():
    print("I am working", file=sys.stderr)
    return 1

def warns():
    warnings.warn("old", DeprecationWarning, stacklevel=1)
    warnings.warn("mind this")
    return 1

def asks():
    return input("How many? ")

def max(values):
    return sorted(values)[-1]

total = 3
Point = type("Point", (), {})
"""
CHECKS = [
    "assert add(1, 2) == 3",
    "assert add(1, 2) == 4, 'no'",
    "assert table().shape == (3, 1)\ntable()",
    "assert loud() == 1",
    "assert warns() == 1",
    "asks()",
    "0.5",
    "2",
    "2;",
    "points = 0\nfor n in range(3):\n    points += add(n, 1) == n + 1\npoints",
    "-1",
    "'words'",
    "None",
    "True",
    "import numpy as np\nnp.float64(1.5)",
    "[1, 2]",
    "Point()",
    "print('hello')\nadd(1, 1)",
    "display(3)\nassert add(1, 1) == 2",
    "raise SystemExit",
    "import asyncio\nawait asyncio.sleep(0)\nassert add(1, 1) == 2",
    "import asyncio\nawait asyncio.sleep(0)\n1.5",
    "async def later():\n    assert add(1, 1) == 3\nawait later()",
    "this is no Python",
    "return 3",
    "%time add(1, 1)",
    "%%capture said\nprint('hidden')\nassert add(1, 1) == 2",
    "assert said.stdout == 'hidden\\n'",
    "with __import__('pytest').raises(TypeError):\n    add()",
    "assert max([1, 3, 2]) == 3",
    "global_total = total\nassert total == 3",
    "import datetime\nfrom math import sqrt\nfrom math import pi\npi = round(pi)\nassert pi == 3",
    "assert pi == 3",
    "def helper(x):\n    return add(x, 1)\nassert helper(1) == 2",
    "assert helper(2) == 3",
    "import builtins\nbuiltins.ascii = lambda value: 42",
    "assert ascii(-1) == 42",
    "from unittest import mock\nwith mock.patch('builtins.abs', len):\n    assert abs('ab') == 2",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nassert len(plt.gca().lines) == 1",
    "get_ipython().run_line_magic('matplotlib', 'inline')\nassert add(1, 1) == 2",
    "1 / 0",
    "",
    "# only a comment",
]


@pytest.mark.integration
def test_honest_work_has_the_points_that_nbgrader_gives(kernels: None) -> None:
    def cells() -> list[Any]:
        again = answer("from datetime import datetime\ndef sqrt(x):\n    return 7")
        after = check("assert datetime.now().year > 2000\nassert sqrt(4) == 7")
        return [answer(HONEST), *(check(source) for source in CHECKS), again, after]

    ours, stock = points(run(*cells())), points(run(*cells(), kind=Execute))

    sources = [*CHECKS, "after"]
    different = [
        (sources[n], a, b) for n, (a, b) in enumerate(zip(ours, stock, strict=True)) if a != b
    ]
    assert different == []
    assert len(set(stock)) > 4


@pytest.mark.integration
def test_silenced_warnings_and_the_courses_own_changes_stay(kernels: None) -> None:
    cells = [
        cell("import time\ntime.sleep = lambda seconds: None"),
        answer("import warnings\nwarnings.warn = lambda *values, **options: None"),
        check("import warnings\nwarnings.warn('this would take all points')"),
        check("import time\nassert time.sleep(1_000) is None"),
    ]

    ran = run(*cells)

    assert points(ran) == [POINTS, POINTS]
    assert [one.metadata.get(NOTICED_MARK) for one in ran] == [None] * 4


@pytest.mark.integration
@pytest.mark.parametrize(
    ("code", "error", "words"),
    [
        ("import os\nos._exit(1)", "KernelEnded", "ended the kernel"),
        ("sum(range(10 ** 15))", "CellTimeoutError", "could not be stopped"),
    ],
    ids=["ends", "is-stopped-by-nothing"],
)
def test_what_was_earned_before_a_kernel_that_is_lost_counts(
    kernels: None, code: str, error: str, words: str
) -> None:
    ran = run(
        answer("x = 1"),
        check("assert x == 1"),
        answer(code),
        check("assert x == 1"),
        answer("x = 2"),
        timeout=3,
    )

    assert points(ran) == [POINTS, 0]
    assert [ENDED_MARK in one.metadata for one in ran] == [False, False, True, False, False]
    assert [one.ename for one in ran[2].outputs] == [error]
    assert ran[3].outputs[0].evalue.startswith("The kernel ended")
    assert ran[4].outputs == []
    sentences = [sentence for one in ran for sentence in remarks_of(one, "one")]
    assert sentences[-1] == f"The cell one {words}, so what follows was not run."


@pytest.mark.integration
def test_a_check_that_fails_says_what_python_says(kernels: None) -> None:
    (_, failed) = run(answer("x = 1"), check("assert x == 2, 'x should be 2'"))

    (error,) = failed.outputs
    assert (error.ename, error.evalue) == ("AssertionError", "x should be 2")
    assert any("x should be 2" in line for line in error.traceback)


@pytest.mark.integration
def test_nothing_is_guarded_where_the_settings_say_so(kernels: None) -> None:
    ran = run(answer("In"), check("In[-1]"), guarded=False)

    assert "In[-1]" in ran[1].outputs[0].data["text/plain"]


@pytest.mark.integration
def test_a_check_is_not_in_the_history_and_the_numbers_go_on(kernels: None) -> None:
    ran = run(answer("1"), check("secret = 'a' + 'b'\nsecret"), answer("In"), answer("Out[2]"))

    assert "secret" not in ran[2].outputs[0].data["text/plain"]
    assert [one.execution_count for one in ran] == [1, 2, 3, 4]
    assert ran[3].outputs[0].data["text/plain"] == "'ab'"


@pytest.mark.integration
def test_what_is_noticed_is_told_to_the_instructor_once(kernels: None) -> None:
    ran = run(
        answer("import builtins\nbuiltins.abs = lambda number: 1"),
        check("assert abs(-1) == 1"),
        check("assert abs(-2) == 2"),
    )

    assert points(ran) == [POINTS, POINTS]
    marks = [one.metadata.get(NOTICED_MARK) for one in ran]
    assert marks == [None, ["The code replaced builtins.abs."], None]
    assert remarks_of(ran[1], "one") == [
        "Look at the cell one by hand: The code replaced builtins.abs."
    ]


def replied(checks: Checks, one: Any, told: Any) -> Any:
    """Let a cell be judged by a reply that a learner's code has made."""
    checks.ask(one)
    metadata = {seal.NAME: told}
    reply = {"metadata": metadata, "content": {"status": "ok"}, "parent_header": {"msg_id": "m"}}
    checks.judge(one, reply)
    return one


@pytest.mark.parametrize(
    "told",
    [
        None,
        [],
        ["{'ended': True, 'noticed': []}", "00" * 32],
        ["{'ended': True, 'noticed': []}", seal.proof(b"guess", "m", "{'ended': True}")],
        ["(" * 10_000, "00"],
        [{"ended": True}, "00"],
        ["x\0", None],
        "words",
    ],
)
def test_a_reply_without_the_guards_proof_gives_no_points(told: Any) -> None:
    one = check("assert True")
    one.outputs = [new_output("execute_result", data={"text/plain": str(POINTS)})]

    replied(Checks([one]), one, told)

    assert determine_grade(one)[0] == 0
    assert one.outputs[-1].evalue == "The check did not run to its end."
    assert one.metadata[NOTICED_MARK] == [f"The code {FORGED}."]


def test_only_the_holder_of_the_key_reads_or_makes_an_order() -> None:
    keys = seal.new_keys()
    sealed = seal.seal(keys.orders, ("1", "assert secret == 42"))

    assert seal.unseal(keys.orders, sealed) == ("1", "assert secret == 42")
    assert seal.unseal(seal.new_keys().orders, sealed) is None
    assert seal.unseal(keys.orders, sealed[:-2] + "00") is None
    assert seal.unseal(keys.orders, "no hex") is None
    assert b"secret" not in bytes.fromhex(sealed)
    assert seal.seal(keys.orders, ("1",)) != seal.seal(keys.orders, ("1",))


def test_a_proof_is_for_one_request_and_one_saying() -> None:
    key = seal.new_keys().verdicts
    made = seal.proof(key, "a", "b")

    others = [seal.proof(key, "a", "c"), seal.proof(key, "c", "b"), seal.proof(key, "a\0b", "")]
    assert made not in [*others, seal.proof(seal.after_notice(key), "a", "b")]


def test_an_order_says_what_the_guard_must_know() -> None:
    order = order_for(
        "7", "import numpy as np\nfrom a import b\ndef f(): pass\nplt.show = print\n%time f()\nx;"
    )

    assert order.imports == ("b", "np")
    assert order.definitions == ("f",)
    assert "show" in order.changes
    assert {"plt", "print", "x", "get_ipython"} <= set(order.names)
    assert order.quiet
    assert "run_line_magic" in order.source


def test_modules_of_tests_are_known_beforehand_and_a_learners_own_are_not() -> None:
    sources = [
        "import statistics, mymodule\nfrom pandas.testing import x",
        "%time import json",
        "(",
    ]

    found = watched_modules(sources)

    assert {"statistics", "pandas.testing"} <= set(found)
    assert not any(name.startswith("mymodule") for name in found)


@pytest.mark.parametrize(
    "source",
    [
        "import ctypes",
        "import gc\ngc.get_objects()",
        "import sys\nsys._getframe(1)",
        "get_ipython().kernel",
        "class A:\n    def __eq__(self, other):\n        return True",
        "from unittest.mock import ANY",
    ],
)
def test_sources_that_no_exercise_asks_for_are_named(source: str) -> None:
    assert signs(source)


def test_nothing_in_our_lessons_is_suspected() -> None:
    books = sorted((paths.checkout() / "courses").rglob("*.ipynb"))
    sources = [
        "".join(one["source"])
        for book in books
        for one in json.loads(book.read_text(encoding="utf-8"))["cells"]
        if one["cell_type"] == "code" and not _is_locked(one)
    ]

    assert len(sources) > 10
    assert [source for source in sources if signs(source)] == []


def _is_locked(one: Any) -> bool:
    return bool(one["metadata"].get("nbgrader", {}).get("locked"))
