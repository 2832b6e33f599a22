"""One request to a server that is busy, broken, slow or not what was expected."""

from __future__ import annotations

import email.utils
import socket
import threading
import time
from typing import Any

import httpx
import pytest

from academy.datasets.portal.transport import (
    LONGEST_WAIT,
    TooLargeError,
    Transport,
    asked_wait,
    wait_before,
)
from academy.errors import AcademyError
from portals.server import PortalServer

PAGE = ("/resource/7ixm-mnvx.json", {"$select": ":id,id", "$order": ":id"})


@pytest.mark.parametrize(
    "fault", ["429", "429 without a word", "500", "503", "html", "cut", "cut inside"]
)
def test_a_fault_that_passes_costs_one_more_try(
    transport: Transport, portal: PortalServer, waits: list[float], fault: str
) -> None:
    portal.faults = [fault]
    assert len(transport.json(*PAGE)) == 25
    assert len(portal.requests) == 2
    if fault == "429":
        assert waits == [7.0], "the portal said how long to wait"
    else:
        assert len(waits) == 1
        assert 0.5 <= waits[0] <= 1.5


def test_a_storm_of_429_is_waited_out_with_growing_waits(
    transport: Transport, portal: PortalServer, waits: list[float]
) -> None:
    portal.faults = ["429 without a word"] * 7
    assert len(transport.json(*PAGE)) == 25
    assert len(waits) == 7
    for attempt, wait in enumerate(waits):
        assert 0.5 * min(2**attempt, 60) <= wait <= 1.5 * min(2**attempt, 60)


def test_a_storm_without_end_is_given_up_and_said(
    transport: Transport, portal: PortalServer, waits: list[float]
) -> None:
    portal.faults = ["503"] * 7 + ["html"]
    with pytest.raises(AcademyError, match=r"8 tries; the last time: JSON was expected.*text/html"):
        transport.json(*PAGE)
    assert len(waits) == 7


def test_waits_differ_between_clients() -> None:
    assert len({wait_before(3) for _ in range(20)}) > 10


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("7", 7, 7),
        ("999999", LONGEST_WAIT, LONGEST_WAIT),
        (-20, 0, 0),
        (30, 1, 30),
        (9999, LONGEST_WAIT, LONGEST_WAIT),
    ],
)
def test_how_long_a_server_asks_to_wait(header: str | int, low: float, high: float) -> None:
    if isinstance(header, int):
        header = email.utils.formatdate(time.time() + header, usegmt=True)
    wait = asked_wait(httpx.Response(429, headers={"Retry-After": header}))
    assert wait is not None
    assert low <= wait <= high


@pytest.mark.parametrize("header", ["", "soon", "-3"])
def test_a_wait_that_can_not_be_read_is_none(header: str) -> None:
    assert asked_wait(httpx.Response(429, headers={"Retry-After": header})) is None


def test_answers_come_packed(transport: Transport, portal: PortalServer) -> None:
    transport.json(*PAGE)
    assert portal.headers[0]["Accept-Encoding"] == "gzip"


def test_bytes_that_are_not_utf8_are_not_guessed(
    transport: Transport, portal: PortalServer, waits: list[float]
) -> None:
    portal.tables["7ixm-mnvx"].rows[0]["id"] = "CAFÉ"
    portal.faults = ["latin-1"]
    with pytest.raises(AcademyError, match=r"not UTF-8 text: byte 0xc9 .*CAF'.*stays as it is"):
        transport.json(*PAGE)
    assert waits == []


def test_a_stalled_connection_is_left_and_asked_again(portal: PortalServer) -> None:
    portal.faults = ["stalled"]
    with Transport(portal.url, timeout=0.3, sleep=lambda _seconds: None) as transport:
        assert len(transport.json(*PAGE)) == 25
    assert len(portal.requests) == 2


def test_a_server_that_sends_a_byte_now_and_then_is_stalled_too() -> None:
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not stop.wait(0.02):
                    connection.sendall(b" ")

        server = threading.Thread(target=drip)
        server.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with (
            Transport(address, tries=1, timeout=5, deadline=0.3) as transport,
            pytest.raises(AcademyError, match="not whole after 0 seconds"),
        ):
            transport.json("/", {})
        stop.set()
        server.join()


def test_an_answer_that_memory_can_not_hold(portal: PortalServer) -> None:
    portal.tables["7ixm-mnvx"].rows[0]["id"] = "x" * 3_000_000
    with (
        Transport(portal.url, largest=1024 * 1024) as transport,
        pytest.raises(TooLargeError, match="larger than 1 MB"),
    ):
        transport.json(*PAGE)


def test_a_refusal_is_told_in_the_servers_words_and_not_tried_again(
    transport: Transport, waits: list[float]
) -> None:
    with pytest.raises(AcademyError, match=r"HTTP 404\. no such dataset"):
        transport.json("/resource/aaaa-bbbb.json", {})
    assert waits == []


def test_a_server_that_is_not_there(waits: list[float]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with (
        Transport(address, tries=2, sleep=waits.append) as transport,
        pytest.raises(AcademyError, match=r"could not be read in 2 tries.*stays as it is"),
    ):
        transport.json("/", {})
    assert len(waits) == 1


def test_closing_ends_a_wait_at_once(portal: PortalServer) -> None:
    portal.faults = ["429"] * 8
    transport = Transport(portal.url)
    problems: list[Any] = []

    def ask() -> None:
        try:
            transport.json(*PAGE)
        except AcademyError as error:
            problems.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not portal.requests:
        time.sleep(0.01)
    transport.close()
    asking.join(timeout=5)
    assert not asking.is_alive()
    assert "closed" in str(problems[0])
