"""The network: others' ports, the hub's inner ports, the machine's services, the world."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import time
from pathlib import Path

from . import zmtp
from .catalogue import Facts, Outcome, attempt, held, planted, succeeded

NET = "The network"
ADDRESSES = ("127.0.0.1", "::1", "127.0.1.1", "0.0.0.0")
METADATA = "169.254.169.254"
WORLD = "198.51.100.7"
SIOCSIFADDR = 0x8916
SIOCSIFFLAGS = 0x8914


def can_connect(port: int, addresses: tuple[str, ...] = ADDRESSES) -> Outcome:
    """Succeed when something takes a connection at a port."""
    refusals = []
    for address in addresses:
        try:
            with socket.create_connection((address, port), timeout=3):
                return succeeded(f"{address} port {port} took a connection")
        except OSError as error:
            refusals.append(f"{address} {error.strerror or error}")
    return held("; ".join(refusals))


@attempt(NET)
def connect_to_a_server(facts: Facts) -> Outcome:
    """Connect to another learner's server, past the hub's proxy."""
    return can_connect(facts.ports["server"])


@attempt(NET)
def connect_to_a_learners_port(facts: Facts) -> Outcome:
    """Connect to a port that another learner's own program listens on."""
    return can_connect(facts.ports["victim"])


@attempt(NET)
def connect_to_the_proxy(facts: Facts) -> Outcome:
    """Connect to the port through which the hub tells its proxy where to send whom."""
    return can_connect(facts.ports["proxy_api"])


@attempt(NET)
def connect_to_the_formgrader(facts: Facts) -> Outcome:
    """Connect to a course's formgrader, past the hub's proxy."""
    return can_connect(facts.ports["formgrader"])


@attempt(NET)
def connect_to_the_machine(facts: Facts) -> Outcome:
    """Connect to a service of the machine that listens on loopback only."""
    return can_connect(facts.ports["canary"])


@attempt(NET)
def scan_all_ports(facts: Facts) -> Outcome:
    """Scan all ports of loopback and find one that answers and is none of the few doors."""
    doors = {facts.ports["hub"], facts.ports.get("exchange", 0)}
    open_ports = [port for port in range(1, 65_536) if port not in doors and _answers(port)]
    strange = [port for port in open_ports if port not in _own_ports()]
    return succeeded(f"{strange[:8]} answer") if strange else held("only the lab's own answer")


def _answers(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(0.2)
        if connection.connect_ex(("127.0.0.1", port)) != 0:
            return False
        # A port of one's own choosing may meet itself: nobody answers there.
        return bool(connection.getsockname() != connection.getpeername())


def _own_ports() -> set[int]:
    """The ports that listening processes of this view hold: the lab's, and its doors'."""
    own = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        parts = line.split()
        # Without walls this list names everybody's ports, and all of root's are "ours".
        if parts[3] == "0A" and int(parts[7]) == os.getuid() and os.getuid() != 0:
            own.add(int(parts[1].rpartition(":")[2], 16))
    return own | {int(os.environ.get("ACADEMY_INNER_PORT", "0"))}


@attempt(NET)
def read_the_list_of_ports(facts: Facts) -> Outcome:
    """Read in /proc/net/tcp which ports others listen on."""
    listed = Path("/proc/net/tcp").read_text()
    names = [name for name, port in facts.ports.items() if f":{port:04X} " in listed]
    seen = sorted(set(names) - {"hub", "exchange", "squat"})
    return succeeded(f"saw the ports of {seen}") if seen else held("none of others' is listed")


@attempt(NET)
def ask_the_cloud(facts: Facts) -> Outcome:
    """Ask the cloud's metadata service for the machine's credentials."""
    return can_connect(facts.ports["metadata"], (METADATA,))


@attempt(NET)
def reach_the_world(facts: Facts) -> Outcome:
    """Connect to an address outside of the machine."""
    return can_connect(facts.ports["metadata"], (WORLD,))


@attempt(NET)
def find_a_way_out(facts: Facts) -> Outcome:
    """Find a network card other than loopback."""
    cards = [name for _, name in socket.if_nameindex() if name != "lo"]
    known = Path("/proc/net/route").read_text().splitlines()[1:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((WORLD, 53))
    return succeeded(f"cards {cards}, {len(known)} routes, and one leads to {WORLD}")


@attempt(NET)
def open_a_raw_socket(facts: Facts) -> Outcome:
    """Open a raw socket, to write packets with false senders."""
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    return succeeded("opened it")


@attempt(NET)
def listen_to_all_packets(facts: Facts) -> Outcome:
    """Open a packet socket, to hear everything on the network."""
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300).close()
    return succeeded("opened it")


@attempt(NET)
def change_the_network(facts: Facts) -> Outcome:
    """Give the network card another address."""
    address = struct.pack("16sH2s4s8x", b"lo:7", socket.AF_INET, b"\0\0", b"\x7f\x07\x07\x07")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFADDR, address)
        # An alias goes away when it is switched off.
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo:7", 0))
    return succeeded("127.7.7.7 was added")


@attempt(NET, open="held", note="JupyterHub's own servers don't share a port.")
def share_the_servers_port(facts: Facts) -> Outcome:
    """Listen on the port of another's server as well, and take a share of its visitors."""
    _listen_in_a_daemon(facts.ports["server"])
    return planted("listening on it, in the own view")


@attempt(NET)
def squat_a_port(facts: Facts) -> Outcome:
    """Listen on a port of the machine before the server for which the hub chose it does."""
    _listen_in_a_daemon(facts.ports["squat"])
    return planted(f"listening on port {facts.ports['squat']}, in the own view")


def _listen_in_a_daemon(port: int) -> None:
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind(("127.0.0.1", port))
    server.listen()
    if leave_behind() == 0:
        server.settimeout(1)
        # The parent, and whoever waits for what it says, must not wait for this process.
        os.closerange(3, server.fileno())
        os.closerange(server.fileno() + 1, 1000)
        deadline = time.monotonic() + 900
        while time.monotonic() < deadline:
            _greet(server)
        os._exit(0)


def leave_behind() -> int:
    """Fork a process that stays when this one's group is ended; return as ``fork`` does."""
    child = os.fork()
    if child == 0:
        os.setsid()
        return 0
    while os.getsid(child) != child:
        time.sleep(0.01)
    return child


def _greet(server: socket.socket) -> None:
    try:
        visitor, _ = server.accept()
    except OSError:
        return
    with visitor:
        visitor.sendall(b"HTTP/1.0 200 OK\r\n\r\nhostile")


def hear_a_kernel(port: int, seconds: float) -> bytes:
    """Return what a kernel that listens on a TCP port publishes; no key is needed."""
    with socket.create_connection(("127.0.0.1", port), timeout=3) as connection:
        return zmtp.listen(connection, seconds)


@attempt(NET, last=True, open="held", note="The hub has room for more.")
def hold_the_hubs_door(facts: Facts) -> Outcome:
    """Open two thousand connections to the hub and hold them, so that nobody else gets in."""
    connections = []
    for _ in range(2000):
        try:
            connection = socket.create_connection(("127.0.0.1", facts.ports["hub"]), timeout=5)
            connection.sendall(b"GET /hub/ HTTP/1.1\r\n")
        except OSError:
            break
        connections.append(connection)
    if leave_behind() == 0:
        kept = {connection.fileno() for connection in connections}
        for number in set(range(5000)) - kept:
            with contextlib.suppress(OSError):
                os.close(number)
        # Others are asked meanwhile whether they still get in.
        time.sleep(120)
        os._exit(0)
    return planted(f"{len(connections)} connections are held")
