"""How often one address, and all addresses together, may try to come in."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

#: Our own proxy runs on this machine and speaks to the hub from here.
PROXY_ADDRESS = "127.0.0.1"
#: So many addresses are remembered; the one that was quiet longest is forgotten first.
MOST_ADDRESSES = 10_000


@dataclass
class _Bucket:
    """Tries that are left, and when that was counted."""

    left: float
    counted_at: float


class Rates:
    """Token buckets, in memory: one for each address and one for all.

    Parameters
    ----------
    at_once
        Tries that an address has when it comes for the first time.
    per_minute
        Tries that it gets back each minute.
    in_all
        Tries per minute of all addresses together.
    clock
        Seconds, as by ``time.monotonic``.
    """

    def __init__(
        self,
        at_once: int,
        per_minute: int,
        in_all: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once = at_once
        self._per_second = per_minute / 60
        self._clock = clock
        self._in_all = in_all
        self._all = _Bucket(in_all, clock())
        self._addresses: OrderedDict[str, _Bucket] = OrderedDict()

    def __len__(self) -> int:
        """Return how many addresses are remembered."""
        return len(self._addresses)

    def wait(self, address: str) -> int:
        """Use up one try of an address.

        Parameters
        ----------
        address
            As ``client_address`` returns it.

        Returns
        -------
        int
            0 when it may go on; else the seconds to wait, and no try was used up.
        """
        now = self._clock()
        one = self._addresses.get(address) or _Bucket(self._at_once, now)
        _fill(one, self._at_once, self._per_second, now)
        _fill(self._all, self._in_all, self._in_all / 60, now)
        if one.left < 1:
            return math.ceil((1 - one.left) / self._per_second)
        if self._all.left < 1:
            return math.ceil((1 - self._all.left) * 60 / self._in_all)
        one.left -= 1
        self._all.left -= 1
        self._remember(address, one)
        return 0

    def _remember(self, address: str, bucket: _Bucket) -> None:
        self._addresses[address] = bucket
        self._addresses.move_to_end(address)
        if len(self._addresses) > MOST_ADDRESSES:
            self._addresses.popitem(last=False)


def _fill(bucket: _Bucket, most: float, per_second: float, now: float) -> None:
    bucket.left = min(most, bucket.left + (now - bucket.counted_at) * per_second)
    bucket.counted_at = now


def client_address(request: Any, trusted: Collection[str]) -> str:
    """Return where a request comes from, as far as that can't be made up.

    Our proxy adds the address that it saw at the end of ``X-Forwarded-For``; what stands before
    was written by whoever called it, and counts only where that was a server that the operator
    trusts. A request that did not come through our proxy, such as one from a learner's lab, is
    known by the address of its connection alone.

    Parameters
    ----------
    request
        Tornado's request.
    trusted
        Addresses of web servers in front of the proxy.

    Returns
    -------
    str
        An IPv4 address, or the first half of an IPv6 address, which is what one household has.
    """
    peer = _peer(request)
    if peer != PROXY_ADDRESS:
        return _in_short(peer)
    forwarded = [one.strip() for one in request.headers.get("X-Forwarded-For", peer).split(",")]
    while len(forwarded) > 1 and _in_short(forwarded[-1]) in {_in_short(one) for one in trusted}:
        forwarded.pop()
    return _in_short(forwarded[-1])


def _peer(request: Any) -> str:
    """Return the other end of the connection, which no header can change."""
    try:
        return str(request.connection.stream.socket.getpeername()[0])
    except (AttributeError, OSError):
        return "unknown"


def _in_short(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
