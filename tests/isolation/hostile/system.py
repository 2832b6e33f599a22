"""System calls that Python has no function for."""

from __future__ import annotations

import ctypes
import os

LIBC = ctypes.CDLL(None, use_errno=True)
SYS_PIVOT_ROOT = 155
SYS_ADD_KEY = 248
SYS_REQUEST_KEY = 249
SYS_KEYCTL = 250
SYS_BPF = 321
SYS_PERF_EVENT_OPEN = 298
SYS_INIT_MODULE = 175
SYS_CAPSET = 126
SYS_FANOTIFY_INIT = 300

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
CLONE_NEWPID = 0x20000000


def checked(result: int) -> int:
    """Return what a system call returned, or raise what it refused."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def syscall(number: int, *arguments: object) -> int:
    """Make a system call by its number on x86-64."""
    if os.uname().machine != "x86_64":
        raise NotImplementedError("the numbers of system calls are those of x86-64")
    return checked(LIBC.syscall(ctypes.c_long(number), *arguments))


def unshare(flags: int) -> None:
    """Leave some of the namespaces that this process is in."""
    checked(LIBC.unshare(flags))


def mount(source: str, target: str, kind: str, flags: int = 0) -> None:
    """Mount something."""
    checked(LIBC.mount(source.encode(), target.encode(), kind.encode(), flags, None))


def unmount(target: str) -> None:
    """Take a mount away, at once or as soon as it is free."""
    checked(LIBC.umount2(target.encode(), 2))
