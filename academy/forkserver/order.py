"""What the maker of sandboxes is told at its start."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from academy.forkserver.celllimits import CellLimits

#: The folder of the sandboxes' sockets, in the maker's own folder.
CELLS = "cells"
#: Said to the starter when sandboxes can be made; anything else is a reason why not.
READY = "ready"


@dataclass(frozen=True)
class Order:
    """What the maker is told at its start.

    Parameters
    ----------
    folder
        The folder of its socket and of the sandboxes' sockets.
    door
        Descriptor of the socket at which it listens.
    report
        Descriptor of a pipe on which it says whether it can make sandboxes.
    uids
        Who may ask.
    limits
        How much a sandbox may use at most.
    starter
        The process that starts it.
    state
        The state directory, in which refreshed datasets are.
    at_once
        Whether it imports what lessons use before anybody asks.
    """

    folder: str
    door: int
    report: int
    uids: tuple[int, ...]
    limits: CellLimits
    starter: int
    state: str
    at_once: bool

    def to_text(self) -> str:
        """Return the order as a line of text."""
        return json.dumps(asdict(self))


def read_order(text: str | bytes) -> Order:
    """Read what `Order.to_text` wrote."""
    raw = json.loads(text)
    return Order(**{**raw, "limits": CellLimits(**raw["limits"])})
