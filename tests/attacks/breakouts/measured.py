"""How each attempt went when it was last measured; `table` measures, and writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from attacks.breakouts.run import Came

FILE = Path(__file__).with_name("measured.json")


def measured() -> dict[str, Came]:
    """Return what was measured, by the names of attempts."""
    found = json.loads(FILE.read_text(encoding="utf-8"))
    return {name: Came(**values) for name, values in found.items()}


def write(came: Mapping[str, Came]) -> None:
    """Keep what was measured."""
    plain = {name: asdict(one) for name, one in came.items()}
    FILE.write_text(json.dumps(plain, indent=1) + "\n", encoding="utf-8")
