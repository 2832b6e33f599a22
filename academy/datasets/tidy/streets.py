"""One spelling for a street, so that no part of its name looks like a house number."""

from __future__ import annotations

import re

_INTERSTATE = re.compile(r"\bI ?-? ?(110|10|12)\b|\b1-(110|10|12)\b")
_BARE_NUMBERED = re.compile(r"\b([NSEW] |BLK )(\d{1,2})(?= (?:ST|TH)\b|$)( TH\b)?")


def street_spelling(address: str) -> str:
    """Spell interstates as ``I-10`` and numbered streets as ``38TH``."""
    text = re.sub(r"\b([NSEW])\.(?=\d)", r"\1 ", address)
    text = _INTERSTATE.sub(lambda found: f"I-{found[1] or found[2]}", text)
    return _BARE_NUMBERED.sub(lambda found: found[1] + ordinal(int(found[2])), text)


def ordinal(number: int) -> str:
    """Return ``1ST``, ``2ND``, ``3RD``, ``11TH``, ``38TH``."""
    ending = {1: "ST", 2: "ND", 3: "RD"}.get(number % 10, "TH")
    return f"{number}{'TH' if number % 100 in (11, 12, 13) else ending}"
