"""Messages with descriptors, and what is not one."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterator

import pytest

from academy.forkserver import protocol
from forkserver.kernels import descriptors

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    ours, theirs = socket.socketpair()
    theirs.settimeout(30)
    with ours, theirs:
        yield ours, theirs


def frame(content: bytes) -> bytes:
    return struct.pack("!I", len(content)) + content


def test_a_message_arrives_with_its_descriptors(pair: Pair) -> None:
    ours, theirs = pair
    reading, writing = os.pipe()

    protocol.send(ours, {"fork": "kernel"}, [writing])
    os.close(writing)
    message, (received,) = protocol.receive(theirs)
    os.write(received, b"it works")

    assert message == {"version": protocol.VERSION, "fork": "kernel"}
    assert not os.get_inheritable(received)
    assert os.read(reading, 100) == b"it works"
    protocol.close_all([reading, received])


def test_a_message_may_come_in_pieces(pair: Pair) -> None:
    ours, theirs = pair
    whole = frame(json.dumps({"version": protocol.VERSION, "word": "später"}).encode())
    ours.sendall(whole[:2])
    ours.sendall(whole[2:9])
    ours.sendall(whole[9:])

    assert protocol.receive(theirs)[0]["word"] == "später"


def test_a_closed_socket_is_an_end(pair: Pair) -> None:
    pair[0].close()
    with pytest.raises(EOFError):
        protocol.receive(pair[1])


@pytest.mark.parametrize("cut", [1, 3, 4, 10])
def test_half_a_message_is_an_end(pair: Pair, cut: int) -> None:
    pair[0].sendall(frame(b'{"version": 1}')[:cut])
    pair[0].close()
    with pytest.raises(EOFError):
        protocol.receive(pair[1])


@pytest.mark.parametrize(
    "content",
    [
        struct.pack("!I", protocol.LONGEST_BYTES + 1),
        struct.pack("!I", 0xFFFF_FFFF),
        frame(b"not a message"),
        frame(b"\xff\xfe\x00"),
        frame(b""),
        frame(b'["a", "list"]'),
        frame(b'{"fork": "kernel"}'),
        frame(b'{"version": 99, "fork": "kernel"}'),
        frame(b"[" * protocol.LONGEST_BYTES),
    ],
    ids=[
        "too-long",
        "far-too-long",
        "words",
        "bytes",
        "empty",
        "list",
        "no-version",
        "version",
        "deep",
    ],
)
def test_what_is_no_message_is_refused(pair: Pair, content: bytes) -> None:
    pair[0].sendall(content)
    with pytest.raises(protocol.ProtocolError):
        protocol.receive(pair[1])


def test_descriptors_of_what_is_no_message_are_closed(pair: Pair) -> None:
    before = descriptors()
    for _ in range(5):
        socket.send_fds(pair[0], [frame(b"not a message")], [0, 1, 2])
        with pytest.raises(protocol.ProtocolError):
            protocol.receive(pair[1])
    assert descriptors() == before


def test_more_descriptors_than_may_come_are_not_kept(pair: Pair) -> None:
    before = descriptors()
    content = frame(json.dumps({"version": protocol.VERSION}).encode())
    socket.send_fds(pair[0], [content], [0] * (protocol.MOST_DESCRIPTORS + 5))

    _, received = protocol.receive(pair[1])

    assert len(received) <= protocol.MOST_DESCRIPTORS
    protocol.close_all(received)
    assert descriptors() == before


def test_who_is_on_the_other_side_is_known(pair: Pair) -> None:
    assert protocol.peer(pair[0]) == (os.getpid(), os.geteuid())


def test_a_memory_file_is_on_no_disk_and_read_once() -> None:
    content = {"environment": {"TOKEN": "x" * 200_000, "ODD": os.fsdecode(b"\xe9\xff")}}
    before = descriptors()

    number = protocol.memory_file(content)

    assert "memfd:academy" in descriptors()[number]
    assert not os.get_inheritable(number)
    assert protocol.read_memory_file(number) == content
    assert descriptors() == before
