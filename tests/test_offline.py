"""Nothing at run time comes from the internet."""

from __future__ import annotations

import os
import re
import socket

import pytest

import offline


@pytest.mark.skipif(
    not os.environ.get("ACADEMY_NO_SKIPS") and not os.environ.get(offline.MARK),
    reason="these tests run with the network",
)
def test_the_network_is_cut() -> None:
    names = [name for _, name in socket.if_nameindex()]

    assert os.environ.get(offline.MARK) == "1", "the tests must not reach the network here"
    assert names == ["lo"]
    # An address that is set aside for documents; nobody answers there.
    with pytest.raises(OSError, match="unreachable"):
        socket.create_connection(("192.0.2.1", 80), timeout=5)


def test_loopback_works() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_a_learners_map_needs_no_network() -> None:
    import offlinefolium as folium

    page = folium.Map(location=[30.45, -91.15], tiles=None).get_root().render()

    loaded = re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=[\"'](https?:[^\"']+)", page)
    assert loaded == []
    assert "leaflet" in page.lower()
