"""Hold a secret in every way in which a process can, as the victim, or as the machine does.

`python -m hostile.holder TAG FILE` reads the secret from its standard input, writes what it holds
to FILE as JSON and stays until it is ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from . import memory
from .system import LIBC, checked

IPC_CREAT, IPC_RMID = 0o1000, 0


def hold(tag: str, secret: str) -> dict[str, Any]:
    """Hold a secret; return the names of what holds it, none of which is secret."""
    told: dict[str, Any] = {"pid": os.getpid(), "files": _files(tag, secret)}
    told["abstract"] = f"hostile-{tag}-{os.getpid()}"
    told["port"] = _listen(socket.create_server(("127.0.0.1", 0)), secret)
    local = socket.socket(socket.AF_UNIX)
    local.bind(f"\0{told['abstract']}")
    local.listen()
    _listen(local, secret)
    told["shared_memory"] = random.SystemRandom().randrange(1 << 20, 1 << 30)
    told["shared_memory_id"] = _shared_memory(told["shared_memory"], secret)
    told["refused"] = [_try(lambda: _keys(secret)), _try(_queue)]
    told["program"] = _program(secret)
    return told


def _files(tag: str, secret: str) -> list[str]:
    names = [f"/tmp/hostile-{tag}.txt", f"/dev/shm/hostile-{tag}"]
    for name in names:
        Path(name).write_text(secret)
        Path(name).chmod(0o666)
    return names


def _listen(server: socket.socket, secret: str) -> int:
    """Tell everybody who connects the secret; return the port."""

    def serve() -> None:
        while True:
            visitor, _ = server.accept()
            with visitor, contextlib.suppress(OSError):
                visitor.sendall(secret.encode())

    if server.family == socket.AF_UNIX:
        threading.Thread(target=serve, daemon=True).start()
        return 0
    server.listen()
    threading.Thread(target=serve, daemon=True).start()
    port: int = server.getsockname()[1]
    return port


def _shared_memory(key: int, secret: str) -> int:
    LIBC.shmat.restype = ctypes.c_void_p
    number = checked(LIBC.shmget(key, 4096, IPC_CREAT | 0o666))
    address = LIBC.shmat(number, None, 0)
    ctypes.memmove(address, secret.encode(), len(secret))
    return number


def _keys(secret: str) -> None:
    memory.add_key(memory.SESSION_KEYRING, secret.encode())
    memory.add_key(memory.USER_KEYRING, secret.encode())


def _queue() -> None:
    checked(LIBC.mq_open(memory.QUEUE.encode(), os.O_CREAT | os.O_RDWR, 0o666, None))


def _try(step: Any) -> str:
    try:
        step()
    except OSError as error:
        return str(error)
    return ""


def _program(secret: str) -> int:
    """Start a program that has the secret in its command line and environment."""
    code = "import time; time.sleep(3600)"
    environment = dict(os.environ, HOSTILE_SECRET=secret)
    return subprocess.Popen([sys.executable, "-c", code, secret], env=environment).pid


def main() -> None:
    """Hold until the end, then take away what would stay."""
    tag, file = sys.argv[1:]
    told = hold(tag, sys.stdin.read().strip())
    Path(file).write_text(json.dumps(told))
    signal.sigwait([signal.SIGTERM, signal.SIGINT])
    LIBC.shmctl(told["shared_memory_id"], IPC_RMID, None)
    LIBC.mq_unlink(memory.QUEUE.encode())
    for name in told["files"]:
        Path(name).unlink(missing_ok=True)
    os.kill(told["program"], signal.SIGKILL)


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM, signal.SIGINT])
    main()
