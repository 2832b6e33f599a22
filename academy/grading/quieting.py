"""Code that is run in a Python kernel before a submission: it bounds what one cell may print.

A runaway print is then cut where it starts, and two hundred megabytes never travel. It helps
against accidents; what a kernel sends all the same is cut once more when it arrives.
"""

from __future__ import annotations

import inspect


def bound_streams(limit: int) -> None:
    """Let each cell write no more than a number of characters to stdout, and to stderr.

    This runs in the kernel, so it imports what it needs itself. It starts anew before each
    cell, because IPython puts back the streams' own ``write`` after each.
    """
    import sys
    from collections.abc import Callable

    from IPython import get_ipython

    def bounded(write: Callable[[str], int]) -> Callable[[str], int]:
        left = limit

        def write_some(text: str) -> int:
            nonlocal left
            if isinstance(text, str) and len(text) > left:
                kept, left = text[:left], 0
                if kept:
                    write(kept)
                return len(text)
            count = write(text)
            left -= count or 0
            return count

        return write_some

    def before_cell(*_: object) -> None:
        for stream in (sys.stdout, sys.stderr):
            own = type(stream).write.__get__(stream)
            stream.write = bounded(own)  # type: ignore[method-assign]

    get_ipython().events.register("pre_run_cell", before_cell)


def kernel_code(limit: int) -> str:
    """Return the code that bounds a kernel's streams and leaves no name behind."""
    name = bound_streams.__name__
    return f"{inspect.getsource(bound_streams)}\n{name}({limit})\ndel {name}\n"
