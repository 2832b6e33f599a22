"""One-time links by which a person sets the password of an account that was kept for them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from academy import paths


@dataclass(frozen=True)
class Invitation:
    """A link that was given out.

    Parameters
    ----------
    user_name
        Whose password it sets.
    token_sha256
        The hash of the secret in the link; the secret itself is not kept.
    expires_at
        Seconds since 1970 after which it no longer works.
    """

    user_name: str
    token_sha256: str
    expires_at: float


def invite(user_name: str, *, hours: float) -> str:
    """Make a one-time token for a user name; earlier ones for that name end.

    Parameters
    ----------
    user_name
        Whose password the link sets.
    hours
        How long it works.

    Returns
    -------
    str
        The secret for the link.
    """
    token = secrets.token_urlsafe(24)
    fresh = Invitation(user_name, _digest(token), time.time() + hours * 3600)
    with _exclusive():
        _write([entry for entry in _read() if entry.user_name != user_name] + [fresh])
    return token


def invited_name(token: str) -> str | None:
    """Return whose link a token is, or None when it was used, replaced or is too old."""
    entry = _find(_read(), token)
    return None if entry is None else entry.user_name


def use(token: str) -> str | None:
    """Use a token up and return whose it was, or None when it does not work (any more)."""
    with _exclusive():
        entries = _read()
        entry = _find(entries, token)
        if entry is not None:
            _write([other for other in entries if other is not entry])
    return None if entry is None else entry.user_name


def _find(entries: list[Invitation], token: str) -> Invitation | None:
    digest, now = _digest(token), time.time()
    for entry in entries:
        if secrets.compare_digest(entry.token_sha256, digest) and entry.expires_at > now:
            return entry
    return None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _file() -> Path:
    return paths.hub_state() / "invitations.json"


def _read() -> list[Invitation]:
    try:
        content = json.loads(_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return [Invitation(**entry) for entry in content]


def _write(entries: list[Invitation]) -> None:
    content = json.dumps([asdict(entry) for entry in entries], indent=1)
    paths.write_atomically(_file(), content, mode=0o600)


@contextmanager
def _exclusive() -> Iterator[None]:
    """The command line and the hub may write at the same time."""
    with (paths.hub_state() / "invitations.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
