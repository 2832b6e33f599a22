from __future__ import annotations

import socket
from pathlib import Path

from academy.hub import ports


def test_names_keep_their_ports(hub_state: Path) -> None:
    first = ports.internal_ports(["hub", "proxy"])
    second = ports.internal_ports(["proxy", "hub", "course"])

    assert second["hub"] == first["hub"]
    assert second["proxy"] == first["proxy"]
    assert len(set(second.values())) == 3


def test_a_port_that_somebody_took_is_forgotten(hub_state: Path) -> None:
    before = ports.internal_ports(["hub", "proxy"])
    with socket.create_server(("127.0.0.1", before["hub"])):
        ports.forget_busy_ports()
        after = ports.internal_ports(["hub", "proxy"])

    assert after["hub"] != before["hub"]
    assert after["proxy"] == before["proxy"]


def test_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert not ports.is_free("127.0.0.1", server.getsockname()[1])
