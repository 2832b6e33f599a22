"""What a submission can try while it is graded, and the list of such attempts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

#: Changes the folder of a submission, as it was collected, in place.
Lay = Callable[[Path, dict[str, Any]], None]

#: What an attempt's code can use: targets are told, because a wall that holds only in the dark
#: is none. What it prints last is the attempt's own word on how it went.
PREAMBLE = """\
import errno, json, os, sys
T = json.loads({targets!r})
def tell(succeeded, words=""):
    print("ATTEMPT " + json.dumps([bool(succeeded), str(words)]), flush=True)
def why(error):
    return getattr(error, "strerror", None) or type(error).__name__
def reads(*paths):
    words = "nothing is there"
    for path in paths:
        try:
            if os.path.isdir(path):
                return tell(os.listdir(path), "listed")
            return tell(open(path, "rb").read(100), "read")
        except OSError as error:
            words = why(error)
    tell(False, words)
def writes(*paths):
    words = "nothing is there"
    for path in paths:
        try:
            with open(path, "ab") as file:
                file.write(b" ")
            return tell(True, "written")
        except OSError as error:
            words = why(error)
    tell(False, words)
"""


@dataclass(frozen=True)
class Breakout:
    """One submission that tries one thing.

    Parameters
    ----------
    name
        For tests and tables.
    group
        What it is about.
    aim
        A sentence for people: what it tries.
    holds
        A sentence for people: what must hold.
    code
        What stands where the answer should.
    lay
        What is done to the submission's folder.
    """

    name: str
    group: str
    aim: str
    holds: str
    code: str = ""
    lay: Lay | None = None


breakouts: dict[str, Breakout] = {}


@dataclass(frozen=True)
class Group:
    """Attempts that are about one thing and must meet one wall.

    Parameters
    ----------
    title
        What they are about.
    holds
        What must hold, where an attempt does not say it itself.
    """

    title: str
    holds: str

    def code(self, name: str, aim: str, source: str, holds: str = "") -> None:
        """Add an attempt by code."""
        _add(Breakout(name, self.title, aim, holds or self.holds, dedent(source).strip("\n")))

    def files(self, name: str, aim: str, holds: str = "") -> Callable[[Lay], Lay]:
        """Add an attempt by the files of a submission."""

        def add(lay: Lay) -> Lay:
            _add(Breakout(name, self.title, aim, holds or self.holds, lay=lay))
            return lay

        return add


def _add(one: Breakout) -> None:
    assert one.name not in breakouts, one.name
    breakouts[one.name] = one
