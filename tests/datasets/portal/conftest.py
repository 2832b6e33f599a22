"""Fixtures: a portal that serves small raw files, on a real HTTP server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from academy import paths
from academy.datasets.portal.transport import Transport
from portals.server import PortalServer, running
from portals.tables import Table

ID = "7ixm-mnvx"
# The full exports lie beside the checkout on some machines only; elsewhere there is nothing to do.
EXPORTS = paths.checkout().parent / "shared" / "portal"
collect_ignore = [] if EXPORTS.is_dir() else ["test_full_portal.py"]


@pytest.fixture
def portal() -> Iterator[PortalServer]:
    """Twenty-five rows; each has a comment that nobody must ask for."""
    rows = [{"id": str(number), "comments": "private"} for number in range(25)]
    with running(PortalServer({ID: Table(["id", "closeddate", "comments"], rows)})) as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client wanted to wait between tries; it does not."""
    return []


@pytest.fixture
def transport(portal: PortalServer, waits: list[float]) -> Iterator[Transport]:
    with Transport(portal.url, sleep=waits.append, timeout=5) as transport:
        yield transport
