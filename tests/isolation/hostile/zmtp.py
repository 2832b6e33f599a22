"""Listen to a kernel's output as any program may that can connect to its socket.

This is the part of ZMTP 3.0 that a subscriber without any key needs: what a Jupyter kernel
publishes is signed, but not encrypted, and whoever can connect may read it.
"""

from __future__ import annotations

import contextlib
import socket
import time

GREETING = b"\xff" + b"\0" * 8 + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + b"\0" * 32
READY = b"\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
SUBSCRIBE_TO_ALL = b"\x00\x01\x01"


def listen(connection: socket.socket, seconds: float) -> bytes:
    """Subscribe to everything and return what arrives within some seconds.

    Parameters
    ----------
    connection
        A connected socket, TCP or unix.
    seconds
        How long to listen.
    """
    connection.settimeout(2)
    connection.sendall(GREETING)
    heard = b""
    while len(heard) < 64:
        heard += _more(connection)
    connection.sendall(b"\x04" + bytes([len(READY)]) + READY)
    connection.sendall(SUBSCRIBE_TO_ALL)
    deadline = time.monotonic() + seconds
    connection.settimeout(0.3)
    while time.monotonic() < deadline:
        with contextlib.suppress(TimeoutError):
            heard += _more(connection)
    return heard


def _more(connection: socket.socket) -> bytes:
    more = connection.recv(65_536)
    if not more:
        raise ConnectionError("it hung up: not a kernel's output")
    return more
