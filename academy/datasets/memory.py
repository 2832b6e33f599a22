"""Give memory back that is no longer in use, so that a long refresh stays small."""

from __future__ import annotations

import ctypes
import functools
import gc
import sys


@functools.cache
def _set_the_libraries_aside() -> None:
    """What was imported stays for good; looking through it each time takes longer than work."""
    gc.collect()
    gc.freeze()


def _collect() -> None:
    _set_the_libraries_aside()
    gc.collect()


def give_back() -> None:
    """Hand free memory to the system; without it, what one step needed stays with the process.

    The C library of Linux keeps what was freed, for each thread on its own, and so does Arrow.
    Where the system has no such call, only Arrow's is handed back.
    """
    _collect()
    if (arrow := sys.modules.get("pyarrow")) is not None:
        arrow.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
