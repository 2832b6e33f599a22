"""How each attempt went when it was last measured; `table` measures, and writes it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("measured.json")


@dataclass(frozen=True)
class Measured:
    """What came of one attempt.

    Parameters
    ----------
    succeeds_in_stock
        Whether plain nbgrader gave points for it.
    succeeds_here
        Whether we did.
    is_noticed
        Whether an instructor is told to look at it.
    """

    succeeds_in_stock: bool
    succeeds_here: bool
    is_noticed: bool


def measured() -> dict[str, Measured]:
    """Return what was measured, by the names of attempts."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: Measured(**values) for name, values in found.items()}


def write(results: dict[str, Measured]) -> None:
    """Keep what was measured."""
    plain = {name: asdict(one) for name, one in results.items()}
    FILE.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
