"""The maker of sandboxes that all courses of a running Academy share."""

from __future__ import annotations

import os
import sys
import time

from academy.forkserver.making import VARIABLE, Making, NoSandboxError
from academy.grading.limits import sandbox_limits
from academy.hub import walls
from academy.hub.settings import HubSettings

#: A maker that died is not started again sooner.
_PAUSE_SECONDS = 10.0


class Sandboxes:
    """Keeps a maker at hand while the Academy is open; it imports nothing until somebody asks."""

    def __init__(self) -> None:
        self._making: Making | None = None
        self._next_try = 0.0
        #: Why there is none; empty when there is one.
        self.reason = "none was started yet"

    def variables(self) -> dict[str, str]:
        """Return the variable by which it is found; nothing where there is none."""
        return {VARIABLE: self._making.address} if self._making else {}

    def open_for(self, settings: HubSettings, courses: list[str]) -> None:
        """Have a maker that these courses may ask.

        Parameters
        ----------
        settings
            The operator's settings.
        courses
            Their ids.
        """
        uids = _who_may_ask(settings, courses)
        if self._making is not None and self._making.uids == uids:
            return
        self.close()
        if not sys.platform.startswith("linux"):
            self.reason = "only Linux has the walls (namespaces) that are needed"
            return
        making = Making(sandbox_limits(), uids, at_once=False)
        try:
            making.start()
        except NoSandboxError as error:
            making.stop()
            self.reason = error.reason
        else:
            self._making, self.reason = making, ""

    def mend(self) -> None:
        """Start the maker again where it has died."""
        if self._making is None or self._making.runs or time.monotonic() < self._next_try:
            return
        self._next_try = time.monotonic() + _PAUSE_SECONDS
        try:
            self._making.start()
        except NoSandboxError as error:
            print(f"Nothing can be graded until the Academy is reloaded. {error}", flush=True)

    def close(self) -> None:
        """End the maker and all that it made."""
        if self._making is not None:
            self._making.stop()
            self._making = None


def _who_may_ask(settings: HubSettings, courses: list[str]) -> tuple[int, ...]:
    if not walls.standing(settings).is_on:
        return (os.geteuid(),)
    register = walls.identities()
    return tuple(register.of("course", course).uid for course in sorted(courses))
