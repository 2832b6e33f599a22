"""Messages between those who ask for a process and those who fork it.

A message is a frame on a Unix stream socket: four bytes of length, then JSON; descriptors travel
with the length. What may be secret (an environment) is not in a message but in a memory file
whose descriptor travels along, so that only the new process ever reads it.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from academy.errors import AcademyError

VERSION = 1
#: A message is small: what is long travels as a memory file.
LONGEST_BYTES = 1 << 16
MOST_DESCRIPTORS = 8
_LENGTH = struct.Struct("!I")
_CREDENTIALS = struct.Struct("3i")


class ProtocolError(AcademyError):
    """What came over the socket is not a message of ours."""


def send(
    connection: socket.socket, message: Mapping[str, Any], descriptors: Iterable[int] = ()
) -> None:
    """Send one message.

    Parameters
    ----------
    connection
        A connected Unix stream socket.
    message
        What can be said in JSON; the version is added.
    descriptors
        Descriptors that the other side gets copies of, at most `MOST_DESCRIPTORS`.

    Raises
    ------
    OSError
        When the other side is gone.
    """
    text = json.dumps({"version": VERSION, **message}).encode()
    sent = socket.send_fds(connection, [_LENGTH.pack(len(text))], list(descriptors))
    if sent != _LENGTH.size:
        raise BrokenPipeError("a message could not be sent whole")
    connection.sendall(text)


def receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Receive one message, and the descriptors that came with it, which the caller must close.

    Raises
    ------
    EOFError
        When the other side has closed.
    ProtocolError
        When it is not a message, too long, or of another version.
    """
    head, descriptors, _, _ = socket.recv_fds(connection, _LENGTH.size, MOST_DESCRIPTORS)
    try:
        message = _read(connection, head)
    except BaseException:
        close_all(descriptors)
        raise
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return message, descriptors


def _read(connection: socket.socket, head: bytes) -> dict[str, Any]:
    head += _read_bytes(connection, _LENGTH.size - len(head)) if head else b""
    if not head:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST_BYTES:
        raise ProtocolError(f"A message of {length} bytes came; {LONGEST_BYTES} is the most.")
    try:
        message = json.loads(_read_bytes(connection, length))
    except (ValueError, RecursionError) as error:
        raise ProtocolError("Something came that is not a message.") from error
    if not isinstance(message, dict) or message.get("version") != VERSION:
        raise ProtocolError(
            f"A message of version {VERSION} was expected, and another came.",
            next_step="Start the Academy again, so that all of it is of one version.",
        )
    return message


def _read_bytes(connection: socket.socket, wanted: int) -> bytes:
    """Read so many bytes."""
    got = bytearray()
    while len(got) < wanted:
        piece = connection.recv(wanted - len(got))
        if not piece:
            raise EOFError
        got += piece
    return bytes(got)


def peer(connection: socket.socket) -> tuple[int, int]:
    """Return the process id and the user id of who is on the other side (the kernel says so)."""
    return _credentials(connection)[:2]


def peer_group(connection: socket.socket) -> int:
    """Return the group id of who is on the other side (the kernel says so)."""
    return _credentials(connection)[2]


def _credentials(connection: socket.socket) -> tuple[int, int, int]:
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    process, user, group = _CREDENTIALS.unpack(packed)
    return process, user, group


def memory_file(content: Mapping[str, Any]) -> int:
    """Return the descriptor of a file that is on no disk and holds the content as JSON."""
    descriptor = os.memfd_create("academy", os.MFD_CLOEXEC)
    text = json.dumps(content).encode()
    while text:
        text = text[os.write(descriptor, text) :]
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def read_memory_file(descriptor: int) -> dict[str, Any]:
    """Return the content of a memory file, and close it."""
    with os.fdopen(descriptor, "rb") as file:
        content: dict[str, Any] = json.load(file)
    return content


def close_all(descriptors: Sequence[int]) -> None:
    """Close descriptors that nobody needs any more."""
    for descriptor in descriptors:
        os.close(descriptor)
