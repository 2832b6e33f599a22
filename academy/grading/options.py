"""How a run of the engine is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How a run is done.

    Parameters
    ----------
    again
        Whether what was graded before is run once more.
    workers
        How many submissions are worked on at once; 0 for one a processor.
    executor
        What runs the work; processes of this machine by default. An executor must run one
        submission at a time in a process.
    is_unsafe
        Whether code may be run without a sandbox where there can be none.
    learners
        Only these; everybody whose submission was collected by default.
    patience_seconds
        How long to wait while somebody else grades the assignment.
    is_within
        Whether this process has the turn at the assignment already.
    arrived
        Asked now and then while submissions are worked on: whose was collected meanwhile, other
        than those. They are graded by the same run.
    """

    again: bool = False
    workers: int = 0
    executor: Executor | None = None
    is_unsafe: bool = False
    learners: frozenset[str] | None = None
    patience_seconds: float = 0.0
    is_within: bool = False
    arrived: Callable[[], Sequence[str]] | None = None
