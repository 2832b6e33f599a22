"""Host names under which people reach the Academy, as an operator may write them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})+")


def check_origin(value: str) -> str:
    """Accept an address that is a scheme, a host and perhaps a port; nothing behind it.

    Parameters
    ----------
    value
        E.g. ``https://academy.example.org``; an empty text is accepted too.

    Raises
    ------
    ValueError
        When it is anything else, with an example of what it should be.
    """
    if not value:
        return value
    parts = urlsplit(value)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = None
    host = parts.hostname or ""
    is_plain = port is not None and value == f"{parts.scheme}://{host}{port}"
    if parts.scheme not in ("http", "https") or not is_plain or not _NAME.fullmatch(host):
        raise ValueError(
            f"{value!r} must be http:// or https://, a host name in small letters with a dot in "
            "it, and perhaps a port, with nothing behind it; e.g. https://academy.example.org"
        )
    if re.fullmatch(r"[0-9.]+", host):
        raise ValueError(f"{value!r} must be a host name, because a number has no names below it")
    return value


def check_addresses(values: list[str]) -> list[str]:
    """Accept a list of IP addresses.

    Parameters
    ----------
    values
        E.g. ``["127.0.0.1"]``.

    Raises
    ------
    ValueError
        When one of them is no address.
    """
    for value in values:
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(f"{value!r} is not an IP address such as 127.0.0.1") from None
    return values
