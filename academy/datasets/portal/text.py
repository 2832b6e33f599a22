"""Values as the text that a portal's own CSV export holds, whatever way they came."""

from __future__ import annotations

import datetime
import json
from typing import Any

# Portals write UTC without a zone.
_EPOCH = datetime.datetime(1970, 1, 1)


def as_text(value: Any) -> str:
    """Write one value of a portal's JSON as its CSV export would; blank for none.

    A point becomes ``POINT (-91.1 30.4)``, a place of the older kind ``(30.4, -91.1)`` after its
    address, an address of a link the link; any other object its JSON.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return _object_text(value)
    return json.dumps(value, ensure_ascii=False)


def moment_text(milliseconds: float | None) -> str:
    """Write a map service's date (milliseconds since 1970, UTC) as ``2024-02-01T15:30:00.000``.

    Returns
    -------
    str
        In UTC, without a zone, as portals write times; blank for none.
    """
    if milliseconds is None:
        return ""
    moment = _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec="milliseconds")


def _object_text(value: dict[str, Any]) -> str:
    if value.get("type") == "Point":
        longitude, latitude = value["coordinates"][:2]
        return f"POINT ({longitude} {latitude})"
    if "latitude" in value and "longitude" in value:
        return _place_text(value)
    if isinstance(value.get("url"), str):
        return str(value["url"])
    return json.dumps(value, ensure_ascii=False)


def _place_text(place: dict[str, Any]) -> str:
    """A place of the older kind: its address in lines, then the coordinates."""
    lines = _address_lines(place.get("human_address"))
    if place["latitude"] is not None and place["longitude"] is not None:
        lines.append(f"({place['latitude']}, {place['longitude']})")
    return "\n".join(lines)


def _address_lines(address: Any) -> list[str]:
    """The portal sends the address as JSON inside of text."""
    try:
        parts = json.loads(address) if isinstance(address, str) else {}
    except ValueError:
        return [str(address)]
    city = ", ".join(part for part in (parts.get("city"), parts.get("state")) if part)
    town = " ".join(part for part in (city, parts.get("zip")) if part)
    return [line for line in (parts.get("address"), town) if line]
