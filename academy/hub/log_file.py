"""The hub's log: a file in the state directory, kept short."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from academy import paths

LARGEST_BYTES = 10_000_000


def log_path() -> Path:
    """Return the file that holds the log of the hub, its services and learners' servers."""
    return paths.hub_state() / "hub.log"


def open_log() -> IO[bytes]:
    """Open the log for writing; a long one is put aside as ``hub.log.1`` first."""
    file = log_path()
    if file.exists() and file.stat().st_size > LARGEST_BYTES:
        file.replace(file.with_name("hub.log.1"))
    log = file.open("ab")
    file.chmod(0o600)
    return log


def last_words(lines: int = 4) -> str:
    """Return the last lines of the log, for a message."""
    with log_path().open("rb") as log:
        log.seek(max(0, log_path().stat().st_size - 4000))
        text = log.read().decode("utf-8", "replace")
    kept = [line for line in text.splitlines() if line.strip()][-lines:]
    ours = [line for line in kept if line.startswith("academy.errors.")]
    if ours:
        # An error of our own ends in a sentence; the traceback above it helps nobody.
        kept = [ours[-1].split(": ", 1)[-1]]
    return "\n  ".join(["", *kept, f"(all of it: {log_path()})"])
