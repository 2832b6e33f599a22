"""Attempts that a guard in the same process can't hold, only notice."""

from __future__ import annotations

from attacks.catalogue import answer, attack, check, given

attack(
    "frame-constants",
    "Read the expected number from the frame that calls the answer.",
    """
    import sys
    def add(a, b):
        numbers = [one for one in sys._getframe(1).f_code.co_consts if type(one) is int]
        return numbers[-1]
    """,
    kind="cannot hold",
)
attack(
    "traceback-constants",
    "Read it from the frames of an exception of one's own.",
    """
    def add(a, b):
        try:
            raise ValueError
        except ValueError as error:
            frame = error.__traceback__.tb_frame.f_back
            return [one for one in frame.f_code.co_consts if type(one) is int][-1]
    """,
    kind="cannot hold",
)
attack(
    "generator-constants",
    "Read it from the frame of a generator that is being asked.",
    """
    def look():
        frame = generator.gi_frame.f_back.f_back
        yield [one for one in frame.f_code.co_consts if type(one) is int][-1]
    def add(a, b):
        global generator
        generator = look()
        return next(generator)
    """,
    kind="cannot hold",
)
attack(
    "ctypes-frame",
    "Read it from frames that ctypes hands over.",
    """
    import ctypes
    get = ctypes.pythonapi.PyEval_GetFrame
    get.restype = ctypes.py_object
    code = ctypes.pythonapi.PyFrame_GetCode
    code.restype, code.argtypes = ctypes.py_object, [ctypes.py_object]
    back = ctypes.pythonapi.PyFrame_GetBack
    back.restype, back.argtypes = ctypes.py_object, [ctypes.py_object]
    def add(a, b):
        return [one for one in code(back(get())).co_consts if type(one) is int][-1]
    """,
    kind="cannot hold",
)
attack(
    "find-the-guard",
    "Find the guard among all objects in memory, and have it run nothing of a check.",
    """
    import gc, types
    async def nothing(node, name):
        return None
    for one in gc.get_objects():
        if type(one) is types.FunctionType and one.__module__ == "academy.grading.guard.keeper":
            one.__globals__["_run"] = nothing
    """,
    kind="cannot hold",
)
attack(
    "equals-all",
    "Answer with an object that says that it equals everything.",
    """
    class Anything:
        def __eq__(self, other):
            return True
    def add(a, b):
        return Anything()
    """,
    kind="cannot hold",
)
attack(
    "mock-any",
    "Answer with the object of the standard library that equals everything.",
    "from unittest.mock import ANY\ndef add(a, b):\n    return ANY",
    kind="cannot hold",
)
attack(
    "equals-all-hidden",
    "The same, written so that nobody sees it in the source.",
    """
    Anything = type("Anything", (), {"__" + "eq__": lambda self, other: not None})
    def add(a, b):
        return Anything()
    """,
    kind="cannot hold",
)
attack(
    "int-that-lies",
    "Answer with a number that is compared in its own way.",
    """
    class Number(int):
        def __eq__(self, other):
            return self.__class__ is Number
        __hash__ = int.__hash__
    def add(a, b):
        return Number(0)
    """,
    kind="cannot hold",
)
attack(
    "partial-object",
    "Have a partial score computed by an object that writes itself as full points.",
    """
    class Points:
        def __eq__(self, other):
            return self
        def __add__(self, other):
            return self
        __radd__ = __mul__ = __rmul__ = __add__
        def __repr__(self):
            return "2"
    def add(a, b):
        return Points()
    """,
    check("points = 0\nfor n in range(4):\n    points += 0.5 * (add(n, 1) == n + 1)\npoints"),
    kind="cannot hold",
)
attack(
    "own-all",
    "Have a function `all` in the notebook, as an exercise might ask for.",
    "def all(values):\n    return True",
    check("assert all(add(n, 1) == n + 1 for n in range(4))"),
    kind="cannot hold",
)
attack(
    "given-helper",
    "Replace a helper that a locked cell of the course had defined.",
    "",
    given("def is_close(a, b):\n    return a == b"),
    answer("def is_close(a, b):\n    return True"),
    check("assert is_close(add(2, 3), 5)"),
    kind="cannot hold",
)
attack(
    "thread",
    "Have a thread replace `abs` all the time.",
    """
    import builtins, threading, time
    def patch():
        end = time.monotonic() + 1.5
        while time.monotonic() < end:
            builtins.abs = lambda number: 0
            time.sleep(0)
    threading.Thread(target=patch, daemon=True).start()
    """,
    check("import time\ntime.sleep(0.05)\nassert abs(add(2, 3) - 5) < 1e-9"),
    kind="cannot hold",
)
attack(
    "patch-and-mend",
    "Replace `abs` while one statement of the check runs, and put it back in time.",
    """
    import builtins
    real = abs
    def add(a, b):
        builtins.abs = (lambda number: setattr(builtins, "abs", real) or 0)
        return 0
    """,
    check("""
    difference = lambda a, b: (add(a, b), abs(add(a, b) - a - b))[1]
    assert difference(2, 3) < 1e-9
    """),
    kind="cannot hold",
)
attack(
    "helper-constants",
    "Read the numbers from a function that a check has left behind.",
    "",
    check("def expected():\n    return 4444\nassert add(123, 4321) == expected()"),
    answer("def add(a, b):\n    return expected()"),
    check("assert add(123, 4321) == 4444"),
    kind="cannot hold",
)
