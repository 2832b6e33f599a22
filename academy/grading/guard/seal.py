"""How the engine and the guard in the kernel speak, past everything in between.

Between them lie Jupyter's libraries, in the process of the learner's code, which may have changed
them. So an order travels sealed, and the verdict carries a proof that only the guard can make.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b, shake_256
from secrets import token_bytes

#: In the metadata of requests and replies.
NAME = "academy"

#: What stands in the request, and in IPython's history, in place of a check.
PLACEHOLDER = "# A check of the course."

_NONCE = 16
_MARK = 32


@dataclass(frozen=True)
class Keys:
    """The two secrets of one run of one notebook.

    Parameters
    ----------
    orders
        Seals what the engine says.
    verdicts
        Proves what the guard says.
    """

    orders: bytes
    verdicts: bytes


def new_keys() -> Keys:
    """Draw keys for a run."""
    return Keys(token_bytes(32), token_bytes(32))


def seal(key: bytes, fields: tuple[str, ...]) -> str:
    """Return text that only the holder of the key can read or make."""
    plain = "\0".join(fields).encode()
    nonce = token_bytes(_NONCE)
    body = _mixed(key, nonce, plain)
    return (nonce + _mark(key, nonce + body) + body).hex()


def unseal(key: bytes, text: str) -> tuple[str, ...] | None:
    """Return the fields of a sealed text, or None where it was made without the key."""
    try:
        whole = bytes.fromhex(text)
    except (TypeError, ValueError):
        return None
    nonce, mark, body = whole[:_NONCE], whole[_NONCE : _NONCE + _MARK], whole[_NONCE + _MARK :]
    if mark != _mark(key, nonce + body):
        return None
    return tuple(_mixed(key, nonce, body).decode().split("\0"))


def proof(key: bytes, request: str, told: str) -> str:
    """Return what shows that the guard said this about that request."""
    return _mark(key, repr((request, told)).encode()).hex()


def after_notice(key: bytes) -> bytes:
    """Return the key that takes the place of another for good once something was noticed.

    The way back can't be computed: whoever finds the key after that can't unsay it.
    """
    return _mark(key, b"noticed")


def _mixed(key: bytes, nonce: bytes, text: bytes) -> bytes:
    stream = shake_256(key + nonce).digest(len(text))
    mixed = int.from_bytes(text, "big") ^ int.from_bytes(stream, "big")
    return mixed.to_bytes(len(text), "big")


def _mark(key: bytes, text: bytes) -> bytes:
    return blake2b(text, key=key, digest_size=_MARK).digest()
