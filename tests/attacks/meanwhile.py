"""Attempts at a check while it runs."""

from __future__ import annotations

from attacks.catalogue import answer, attack, check

attack(
    "patch-in-the-call",
    "Replace `abs` when the check calls the answer for the first time.",
    """
    import builtins
    def add(a, b):
        builtins.abs = lambda number: 0
        return a + b if a == 1 else 0
    """,
    check("assert add(1, 1) == 2\nassert abs(add(2, 3) - 5) < 1e-9"),
)
attack(
    "helper-in-the-call",
    "Replace what the check has just imported, when it calls the answer.",
    """
    def add(a, b):
        globals()["assert_allclose"] = lambda *values: None
        return a + b if a == 1 else 0
    """,
    check("""
    from numpy.testing import assert_allclose
    assert add(1, 1) == 2
    assert_allclose(add(2, 3), 5)
    """),
)
attack(
    "patch-later",
    "Replace `abs` between the answer and the check.",
    """
    import asyncio, builtins, time
    asyncio.get_event_loop().call_soon(lambda: setattr(builtins, "abs", lambda number: 0))
    """,
    answer("1 + 1"),
    check("assert abs(add(2, 3) - 5) < 1e-9"),
)
attack(
    "trace-before",
    "Have a trace function look into the check.",
    """
    import sys
    seen = []
    def trace(frame, event, argument):
        if frame.f_code.co_name == "<module>":
            seen[:] = [one for one in frame.f_code.co_consts if type(one) is int] or seen
        return trace
    sys.settrace(trace)
    def add(a, b):
        return seen[-1] if seen else 0
    """,
)
attack(
    "jump-over",
    "Set a trace function while the check runs, and jump over the assertion.",
    """
    import sys
    def add(a, b):
        done = []
        def jump(frame, event, argument):
            if event == "line" and not done:
                done.append(frame)
                frame.f_lineno += 1
            return jump
        try:
            sys._getframe(1).f_trace = jump
            sys.settrace(jump)
        except RuntimeError:
            pass
        return 0
    """,
    check("""
    def test():
        result = add(2, 3)
        assert result == 5
        return None
    test()
    """),
)
