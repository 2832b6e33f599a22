"""What a fork does anew, so that it shares nothing that must be its own.

Left as they are, and the same in all forks of a template: the seed of string hashes and the
layout of memory. Docs: ``docs/explanation/speed.md``.
"""

from __future__ import annotations

import atexit
import functools
import multiprocessing
import os
import random
import signal
import site
import sys
import sysconfig
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from academy.forkserver import homes


def renew(environment: Mapping[str, str], folder: str, arguments: list[str]) -> None:
    """Make this fork a process of its own.

    Parameters
    ----------
    environment
        Its variables, instead of the template's.
    folder
        Its working directory.
    arguments
        What a program would find in ``sys.argv``.
    """
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    sys.argv = arguments
    sys.path[:0] = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    _renew_chance()
    homes.point_to(str(Path.home()))
    _renew_matplotlib()
    _renew_caches()
    _renew_user_packages()


def restore_signals() -> None:
    """Treat signals as a Python program does that was just started."""
    for number in signal.valid_signals():
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            with suppress(OSError, ValueError):
                signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.set_wakeup_fd(-1)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def run_and_end(program: Callable[[], Any]) -> NoReturn:
    """Run a program to its end, and end the process as Python would.

    Only the last step is left out: the objects of all those modules are not taken apart one by
    one, which would copy most of the memory that is shared.
    """
    code = 1
    try:
        code = _exit_code(program)
    finally:
        # What `python` itself does at its end, in this order.
        with suppress(BaseException):
            threading._shutdown()  # type: ignore[attr-defined]
        with suppress(BaseException):
            atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(BaseException):
                stream.flush()
        os._exit(code)


def _exit_code(program: Callable[[], Any]) -> int:
    try:
        program()
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 0xFF
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:  # noqa: BLE001 - as the interpreter does with what nobody caught
        traceback.print_exc()
        return 1
    return 0


def _renew_chance() -> None:
    """Draw new seeds. What asks the system each time (secrets, uuid, ssl) needs nothing."""
    random.seed()
    tempfile.tempdir = tempfile._name_sequence = None  # type: ignore[attr-defined]
    multiprocessing.current_process().authkey = os.urandom(32)
    numpy = _loaded("numpy")
    if numpy is not None:
        numpy.random.seed()


def _renew_matplotlib() -> None:
    """Read the person's own settings, and the backend that the environment asks for."""
    matplotlib = _loaded("matplotlib")
    if matplotlib is None:
        return
    for name in ("get_configdir", "get_cachedir"):
        # Each remembers its first answer, which was the template's.
        setattr(matplotlib, name, functools.cache(getattr(matplotlib, name).__wrapped__))
    chosen = Path(matplotlib.matplotlib_fname())
    if chosen != Path(matplotlib.get_data_path()) / "matplotlibrc":
        matplotlib.rcParams.update(matplotlib.rc_params_from_file(chosen))
    if os.environ.get("MPLBACKEND"):
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]
    matplotlib.rcParamsOrig._update_raw(matplotlib.rcParams)
    _renew_styles(Path(matplotlib.get_configdir()) / "stylelib")


def _renew_styles(folder: Path) -> None:
    style = _loaded("matplotlib.style")
    if style is not None:
        style.USER_LIBRARY_PATHS[:] = [str(folder)]
        if folder.is_dir():
            style.reload_library()


def _renew_caches() -> None:
    """Point to the person's own folders what was computed from the template's home."""
    parso, jedi = _loaded("parso.cache"), _loaded("jedi.settings")
    if parso is not None:
        parso._default_cache_path = parso._get_default_cache_path()
    if jedi is not None:
        caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache")
        jedi._cache_directory = jedi.cache_directory = str(caches.expanduser() / "jedi")


def _renew_user_packages() -> None:
    site.USER_BASE = site.USER_SITE = None
    site.getusersitepackages()
    sysconfig.get_config_vars()["userbase"] = site.USER_BASE


def _loaded(name: str) -> Any:
    return sys.modules.get(name)
