"""What the guard sees of attempts to find it, by Python's own audit events.

Who has memory, frames or all objects in hand can find anything in a process. The interpreter tells
of such an act before it happens, so it is noted first, and refused while a check runs.

The guard has a copy of this module to itself, so it defines no class.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from collections.abc import Callable
from sys import _getframe
from typing import Any

FRAMES = "looked at the frames of running code"
OBJECTS = "looked through the objects in memory"
TRACING = "set a trace function"
MEMORY = "reached into memory"
CODE = "replaced the code of a function"
HOOKS = "added an audit hook"

_WORDS = {
    "code.__new__": CODE,
    "ctypes.addressof": MEMORY,
    "ctypes.call_function": MEMORY,
    "ctypes.cdata": MEMORY,
    "ctypes.dlopen": MEMORY,
    "ctypes.dlsym": MEMORY,
    "ctypes.string_at": MEMORY,
    "gc.get_objects": OBJECTS,
    "gc.get_referents": OBJECTS,
    "gc.get_referrers": OBJECTS,
    "object.__getattr__": FRAMES,
    "object.__setattr__": CODE,
    "open": MEMORY,
    "sys._current_exceptions": FRAMES,
    "sys._current_frames": FRAMES,
    "sys._getframe": FRAMES,
    "sys.addaudithook": HOOKS,
    "sys.setprofile": TRACING,
    "sys.settrace": TRACING,
}
#: Attributes that lead to a frame. `f.__code__` and the like are read in honest work.
_TO_FRAMES = frozenset({"tb_frame", "gi_frame", "cr_frame", "ag_frame", "f_code"})
_OF_FUNCTIONS = frozenset({"__code__", "__defaults__", "__kwdefaults__"})
#: Files that act for whoever calls them, and functions elsewhere that do.
_TOOLS = ("/inspect.py", "/ctypes/__init__.py", "/ctypes/util.py", "/threading.py")
_TOOL_FUNCTIONS = {
    ("/logging/__init__.py", "<lambda>"),
    ("/logging/__init__.py", "currentframe"),
    ("/traceback.py", "walk_stack"),
}
#: Where code lies that is not a learner's.
_OURS = (
    sys.prefix,
    sys.base_prefix,
    os.__file__.rpartition("/")[0],
    __file__.rpartition("/grading/")[0],
    "<frozen ",
)


_busy: set[int] = set()
_told: list[Callable[..., Any]] = []


def begin(note: Callable[[str], None], checking: Callable[[], str]) -> None:
    """Say what is to be done about what is seen.

    Parameters
    ----------
    note
        Is told a word for what the learner's code is about to do.
    checking
        Returns the file name of the check that is being run, in which case the act is refused,
        or an empty string.
    """
    _told[:] = [note, checking]


def see(event: str, arguments: tuple[Any, ...]) -> None:
    """Look at an audit event, before what it tells of happens.

    Raises
    ------
    RuntimeError
        Where the act is refused; Python raises it in place of the act.
    """
    word = _WORDS.get(event)
    if word is None or not _matters(event, arguments):
        return
    thread = get_ident()
    if thread in _busy:  # our own look at the frames
        return
    note, checking = _told
    _busy.add(thread)
    try:
        is_learners = _is_learners(_getframe(2), checking())
    finally:
        _busy.discard(thread)
    if is_learners:
        note(word)
        if checking() or _is_never_allowed(event, arguments):
            raise RuntimeError("This can't be used in a submission.")


def _matters(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "open":
        path = arguments[0]
        return isinstance(path, str) and path.startswith("/proc/") and path.endswith("mem")
    if event == "object.__getattr__":
        return arguments[1] in _TO_FRAMES
    if event == "object.__setattr__":
        return arguments[1] in _OF_FUNCTIONS
    return True


def _is_never_allowed(event: str, arguments: tuple[Any, ...]) -> bool:
    """Tell whether an act outlasts the cell and can't be undone before a check."""
    if event == "object.__setattr__":
        return getattr(arguments[0], "__module__", "") != "__main__"
    # Another hook would be shown the code of a check before it is run.
    return event == "sys.addaudithook"


def _is_learners(frame: Any, check: str) -> bool:
    while frame is not None and _is_tool(frame.f_code):
        frame = frame.f_back
    if frame is None:
        return False
    file = frame.f_code.co_filename
    return file != check and not file.startswith(_OURS)


def _is_tool(code: Any) -> bool:
    file = code.co_filename
    if file.endswith(_TOOLS):
        return True
    return any(file.endswith(end) and code.co_name == name for end, name in _TOOL_FUNCTIONS)
