"""Loopback ports between the hub, its proxy and its services, kept over a restart of the hub.

Learners' servers are told the hub's address when they start, so a hub that comes back must come
back to the same port.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable

from academy import paths

PUBLIC_PORT_VARIABLE = "ACADEMY_PORT"


def internal_ports(names: Iterable[str]) -> dict[str, int]:
    """Return a port for each name: the one it had before, or a free one, which is remembered."""
    remembered = _read()
    wanted = list(names)
    missing = [name for name in wanted if name not in remembered]
    if missing:
        remembered |= dict(zip(missing, _free_ports(len(missing)), strict=True))
        _write(remembered)
    return {name: remembered[name] for name in wanted}


def forget_busy_ports() -> None:
    """Forget the remembered ports that somebody else holds; call it when no hub runs."""
    _write({name: port for name, port in _read().items() if is_free("127.0.0.1", port)})


def is_free(address: str, port: int) -> bool:
    """Tell whether a port can be listened on."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _free_ports(count: int) -> list[int]:
    """Hold all of them at once, so that no two are the same."""
    probes = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _read() -> dict[str, int]:
    try:
        ports: dict[str, int] = json.loads((paths.hub_state() / "ports.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return ports


def _write(ports: dict[str, int]) -> None:
    paths.write_atomically(paths.hub_state() / "ports.json", json.dumps(ports, indent=1))
