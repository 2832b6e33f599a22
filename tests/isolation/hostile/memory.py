"""Shared memory, sockets without a network, message queues and keyrings."""

from __future__ import annotations

import ctypes
import os
import socket
from contextlib import suppress
from pathlib import Path

from . import zmtp
from .catalogue import Facts, Outcome, attempt, held, search, succeeded
from .system import LIBC, SYS_ADD_KEY, SYS_KEYCTL, checked, syscall

SHARED = "Shared memory, local sockets, keys"
SESSION_KEYRING, USER_KEYRING, USER_SESSION_KEYRING = -3, -4, -5
KEYCTL_SEARCH, KEYCTL_READ = 10, 11
QUEUE = "/hostile-queue"
KEY = "hostile-key"
SHM_RDONLY = 0o10000


@attempt(SHARED)
def subscribe_to_a_kernel(facts: Facts) -> Outcome:
    """Connect to the sockets of another's kernel and read its output; no key is needed for that."""
    refusals = []
    for path in facts.kernel_sockets:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(path)
                heard = zmtp.listen(connection, 3)
        except OSError as error:
            refusals.append(str(error))
            continue
        if facts.is_secret(heard):
            return succeeded(f"heard {len(heard)} bytes of output, with the secret")
    return held(f"{len(facts.kernel_sockets)} sockets: {sorted(set(refusals))}")


@attempt(SHARED)
def connect_to_abstract_sockets(facts: Facts) -> Outcome:
    """Connect to abstract sockets of another learner and of the machine."""
    refusals = []
    for name in facts.abstract_names:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(3)
                connection.connect(f"\0{name}")
                said = connection.recv(1000)
        except OSError as error:
            refusals.append(str(error))
            continue
        if facts.is_secret(said):
            return succeeded(f"{name} told the secret")
    return held(f"{refusals}")


@attempt(SHARED)
def list_abstract_sockets(facts: Facts) -> Outcome:
    """See the names of others' sockets in /proc/net/unix."""
    listed = Path("/proc/net/unix").read_text()
    seen = [name for name in facts.abstract_names if name in listed]
    return succeeded(f"saw {seen}") if seen else held(f"{listed.count(chr(10)) - 1} of our own")


@attempt(SHARED)
def read_shared_memory(facts: Facts) -> Outcome:
    """Attach to System V shared memory of another learner and of the machine, by its key."""
    LIBC.shmat.restype = ctypes.c_void_p
    refusals = []
    for key in facts.shared_memory_keys:
        number = LIBC.shmget(key, 0, 0)
        if number < 0:
            refusals.append(os.strerror(ctypes.get_errno()))
            continue
        address = LIBC.shmat(number, None, SHM_RDONLY)
        failed = (None, ctypes.c_void_p(-1).value)
        if address not in failed and facts.is_secret(ctypes.string_at(address, 64)):
            return succeeded(f"read the secret at key {key}")
    return held(f"{refusals}")


@attempt(SHARED)
def list_shared_memory(facts: Facts) -> Outcome:
    """See which shared memory others have, in /proc/sysvipc."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    seen = [line.split()[0] for line in lines]
    theirs = {str(key) for key in facts.shared_memory_keys} & set(seen)
    return succeeded(f"saw {theirs}") if theirs else held(f"{len(seen)} of our own")


@attempt(SHARED)
def read_posix_shared_memory(facts: Facts) -> Outcome:
    """Find the victim's secret anywhere in /dev/shm."""
    return search(facts, [file for file in Path("/dev/shm").rglob("*") if file.is_file()])


@attempt(SHARED)
def open_message_queue(facts: Facts) -> Outcome:
    """Open a POSIX message queue of the machine."""
    checked(LIBC.mq_open(QUEUE.encode(), os.O_RDONLY))
    return succeeded(f"opened {QUEUE}")


def add_key(keyring: int, secret: bytes) -> int:
    """Put a secret into one of the kernel's keyrings."""
    return syscall(
        SYS_ADD_KEY, b"user", KEY.encode(), secret, ctypes.c_size_t(len(secret)), keyring
    )


@attempt(SHARED)
def read_keyrings(facts: Facts) -> Outcome:
    """Find another's key in the keyrings that we have, such as one that all labs inherited."""
    refusals = []
    for keyring in (SESSION_KEYRING, USER_KEYRING, USER_SESSION_KEYRING):
        try:
            key = syscall(SYS_KEYCTL, KEYCTL_SEARCH, keyring, b"user", KEY.encode(), 0)
            if facts.is_secret(_content_of(key)):
                return succeeded(f"keyring {keyring} holds the secret")
        except OSError as error:
            refusals.append(error.strerror or "")
    return held(f"{refusals}")


def _content_of(key: int) -> bytes:
    buffer = ctypes.create_string_buffer(100)
    length = syscall(SYS_KEYCTL, KEYCTL_READ, key, buffer, ctypes.c_size_t(100))
    return buffer.raw[:length]


@attempt(SHARED)
def read_keys_by_number(facts: Facts) -> Outcome:
    """Try every key that /proc/keys shows."""
    tried = 0
    for line in Path("/proc/keys").read_text().splitlines():
        tried += 1
        with suppress(OSError):
            if facts.is_secret(_content_of(int(line.split()[0], 16))):
                return succeeded(f"read key {line.split()[0]}")
    return held(f"{tried} keys in sight, none told")
