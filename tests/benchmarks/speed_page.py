"""Put what was measured last into docs/explanation/speed.md.

First `python tests/benchmarks/run.py kernels classroom memory notebooks`, then this.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from academy import paths

MEASURED = paths.checkout() / "test-results" / "benchmarks.json"
PAGE = paths.checkout() / "docs" / "explanation" / "speed.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def lines(measured: dict[str, Any], day: date, gigabytes: float) -> Iterator[str]:
    """Yield the table, as Markdown.

    Parameters
    ----------
    measured
        What `tests/benchmarks/run.py` has written.
    day
        When that was.
    gigabytes
        The machine's memory.
    """
    yield (
        f"{measured['cores']} cores, {gigabytes:.0f} GB, Python {measured['python']}, "
        f"{day.day} {day:%B %Y}:"
    )
    yield ""
    yield "| what | stock | the Academy | stock by the Academy |"
    yield "|---|---|---|---|"
    for row in measured["rows"]:
        if row["stock"]:
            yield (
                f"| {row['what']} | {_amount(row['stock'], row['unit'])} "
                f"| {_amount(row['academy'], row['unit'])} "
                f"| {row['stock'] / row['academy']:.1f} |"
            )


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 20 else 1 if value >= 2 else 2
    return f"{value:.{digits}f} {unit}"


def main() -> None:
    """Write the table between its marks."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    day = date.fromtimestamp(MEASURED.stat().st_mtime)
    table = "\n".join(lines(measured, day, psutil.virtual_memory().total / 2**30))
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{PAGE} has no longer the marks between which the table stands.")
    paths.write_atomically(PAGE, f"{before}{BEGIN}\n{table}\n\n{END}{after}")


if __name__ == "__main__":
    main()
