"""Cut the network: move this process into a network namespace that has nothing but ``lo``."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1
MARK = "ACADEMY_NETWORK_CUT"


def cut_network() -> bool:
    """Leave the machine's network for good; tell whether that worked."""
    if sys.platform != "linux" or not _works_in_a_child():
        return False
    _leave()
    os.environ[MARK] = "1"
    return True


def _works_in_a_child() -> bool:
    """Try it in a child first: where the system lets it go half-way only, this process stays."""
    child = os.fork()
    if child == 0:
        try:
            _leave()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _leave() -> None:
    user, group = os.getuid(), os.getgid()
    flags = CLONE_NEWNET if user == 0 else CLONE_NEWNET | CLONE_NEWUSER
    if ctypes.CDLL(None, use_errno=True).unshare(flags) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    _bring_up("lo")


def _bring_up(interface: str) -> None:
    """Kernels and servers talk over loopback, which a new namespace has switched off."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sH14x", interface.encode(), IFF_UP)
        fcntl.ioctl(control, SIOCSIFFLAGS, request)
