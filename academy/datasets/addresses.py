"""Addresses become blocks: a house number is rounded down to its hundred."""

from __future__ import annotations

import functools
import re

# The portal writes this where a web report had no address; it holds no house number.
PLACEHOLDER = re.compile(r"\d FALSE")
# The parish's ZIP codes begin with 707 and 708, and no house number there is that high.
ZIP_ALONE = re.compile(r"70[78]\d\d")
_STREET_NUMBER = re.compile(r"\d{1,3}(?:ST|ND|RD|TH)|I-?\d{1,3}|(?:US|LA)-\d{1,4}")
# Longer numbers after these words are a house's: OLD PRETEND HIGHWAY 9012.
_ROUTE_NUMBER = re.compile(r"\d{1,3}")
_ROUTE_WORDS = {"HIGHWAY", "HWY", "I", "INTERSTATE", "ROUTE"}
# The police write 13TH ST as 13 ST, and HIGHWAY 19 as 19 HW.
_BARE_STREET_NUMBER = re.compile(r"\d{1,2}")
_ENDS = {"AV", "AVE", "DR", "HW", "HWY", "ST"}
_FRACTION = re.compile(r"(?<!\d)\d/\d(?!\d)")
_UNIT = re.compile(
    r" (?:APT|UNIT|STE|SUITE|LOT|BLDG|RM|ROOM|TRLR|TRAILER|SPC|SPACE) #?(?:\d[\w-]*|[A-Z])$|\s*#.*$"
)
_WORD = (
    r"(?:[^ 0-9]+|\d{1,3}(?:ST|ND|RD|TH)|I-?\d{1,3}|(?:US|LA)-\d{1,4}"
    r"|(?:HIGHWAY|HWY|I|INTERSTATE|ROUTE) \d{1,3}|\d{1,2}(?= (?:AV|AVE|DR|HW|HWY|ST)$))"
)
SAFE_PATTERN = (
    rf"^(?:\d FALSE|70[78]\d\d|(?:\d*00|0) BLK|(?:(?:\d*00|0) BLK )?{_WORD}(?: {_WORD})*)$"
)
_SAFE = re.compile(SAFE_PATTERN)
# Addresses repeat a great deal, within a table and from piece to piece of a long one.
_REMEMBERED = 50_000


@functools.lru_cache(maxsize=_REMEMBERED)
def block_of(address: str) -> str:
    """Round the house number of an address down to its block of a hundred.

    Parameters
    ----------
    address
        As the portal writes it: ``9012 GREAT SMOKY AVE``, or already ``9000 BLK GREAT SMOKY AVE``.

    Returns
    -------
    str
        ``9000 BLK GREAT SMOKY AVE``. Units (``APT 4``) are dropped; numbered streets (``77TH
        AVE``, ``HIGHWAY 19``), a ZIP code alone and a street without a house number stay as they
        are.
    """
    text = " ".join(address.upper().split())
    if PLACEHOLDER.fullmatch(text) or ZIP_ALONE.fullmatch(text):
        return text
    words = _UNIT.sub("", _FRACTION.sub("", text)).split()
    trailing = _pop_trailing_numbers(words)
    places = [place for place in range(len(words)) if _is_house_number(words, place)]
    if not places:
        return " ".join([*_block(trailing), *words]) if trailing else " ".join(words)
    last = places[-1]
    street = [word for word in words[last + 1 :] if word != "BLK"]
    return " ".join([*_block(words[last]), *street])


@functools.lru_cache(maxsize=_REMEMBERED)
def is_safe(address: str) -> bool:
    """Tell whether an address holds no number but a block's, a street's, a route's or a ZIP's."""
    return not address or _SAFE.match(address) is not None


@functools.lru_cache(maxsize=_REMEMBERED)
def street_of(address: str) -> str:
    """Return the street of a block address; an empty text where it names none."""
    if PLACEHOLDER.fullmatch(address) or ZIP_ALONE.fullmatch(address):
        return ""
    return re.sub(r"^\d+ BLK ?", "", address)


def _pop_trailing_numbers(words: list[str]) -> str:
    """Take a number off the end where a street stands before it: a unit, or a late house number."""
    taken = ""
    while len(words) > 1 and _is_house_number(words, len(words) - 1):
        taken = words.pop()
    return taken


def _is_house_number(words: list[str], place: int) -> bool:
    word = words[place]
    if not re.search(r"\d", word) or _STREET_NUMBER.fullmatch(word):
        return False
    if place > 0 and words[place - 1] in _ROUTE_WORDS:
        return not _ROUTE_NUMBER.fullmatch(word)
    before_the_end = place > 0 and place == len(words) - 2 and words[-1] in _ENDS
    return not (before_the_end and _BARE_STREET_NUMBER.fullmatch(word))


def _block(number: str) -> list[str]:
    """``8248/8252`` becomes ``8200 BLK``; the largest number is the house's, not the unit's."""
    largest = max(int(digits) for digits in re.findall(r"\d+", number))
    return [str(largest // 100 * 100), "BLK"]
