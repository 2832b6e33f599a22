"""The Linux system calls that Python does not have by itself, each with an honest error."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

CLONE_NEWNS = 0x0002_0000
CLONE_NEWUTS = 0x0400_0000
CLONE_NEWIPC = 0x0800_0000
CLONE_NEWUSER = 0x1000_0000
CLONE_NEWPID = 0x2000_0000
CLONE_NEWNET = 0x4000_0000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_NOSYMFOLLOW = 256
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
_PR_CAPBSET_READ = 23
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_SYS_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
_SYS_KEYCTL = {"x86_64": 250, "aarch64": 219, "riscv64": 219, "ppc64le": 271, "s390x": 280}
_KEYCTL_JOIN_SESSION_KEYRING = 1
_CAPABILITIES_VERSION = 0x2008_0522
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 0x1

_libc = ctypes.CDLL(None, use_errno=True)


def unshare(flags: int) -> None:
    """Leave the namespaces that the flags name for new ones."""
    _check(_libc.unshare(flags), "unshare")


def enter_user_namespace(more: int = 0) -> None:
    """Have privileges over nothing but namespaces that are made from now on; keep the own id.

    Parameters
    ----------
    more
        Flags of further namespaces to enter at once.
    """
    uid, gid = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER | more)
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "gid_map").write_text(f"{gid} {gid} 1")
    (own / "uid_map").write_text(f"{uid} {uid} 1")


def setns(descriptor: int, flags: int) -> None:
    """Enter the namespace that a descriptor of ``/proc/<pid>/ns/*`` stands for."""
    _check(_libc.setns(descriptor, flags), "setns")


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system, or bind or change a mount, as the flags say."""
    result = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind.encode() or None,
        ctypes.c_ulong(flags),
        options.encode() or None,
    )
    _check(result, f"mount {target}")


def unmount(target: str) -> None:
    """Take a mount away at once, also from under those who still use it."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    """Make a folder the root of this mount namespace; the old root moves to another folder."""
    number = _SYS_PIVOT_ROOT[os.uname().machine]
    _check(_libc.syscall(number, os.fsencode(new), os.fsencode(old)), "pivot_root")


def forget_keyring() -> None:
    """Begin with an empty session keyring, so that no key of the starter is in reach."""
    number = _SYS_KEYCTL[os.uname().machine]
    # A kernel without keyrings has none to hand on.
    _libc.syscall(number, _KEYCTL_JOIN_SESSION_KEYRING, None)


def end_with_parent(number: int) -> None:
    """Ask for a signal when the parent dies; changing the user id takes this back."""
    _check(_libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0), "prctl")


def set_name(name: str) -> None:
    """Set how ``ps`` and ``top`` name this process, in at most 15 bytes."""
    _check(_libc.prctl(_PR_SET_NAME, name.encode(), 0, 0, 0), "prctl")


def never_gain_privileges() -> None:
    """Let no set-user-id program or file capability give this process or its children more."""
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl")


def drop_capabilities() -> None:
    """Take every capability out of the set that a program may ever get."""
    number = 0
    while _libc.prctl(_PR_CAPBSET_READ, number, 0, 0, 0) >= 0:
        _check(_libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0), "prctl")
        number += 1


def hold_no_capability() -> None:
    """Give up every capability that this process has now."""
    header = struct.pack("Ii", _CAPABILITIES_VERSION, 0)
    # Three sets (effective, permitted, inheritable) in two halves, all empty.
    _check(_libc.capset(header, bytes(24)), "capset")


def hide_memory() -> None:
    """Let no other process of the same user look into this one."""
    _check(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "prctl")


def bring_up_loopback() -> None:
    """Switch ``lo`` on, which a new network namespace has switched off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", b"lo", _IFF_UP)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)


def _check(result: int, name: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), name)
