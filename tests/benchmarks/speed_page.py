"""Put what was measured last into docs/explanation/speed.md, between the marks that are named.

First `python tests/benchmarks/run.py kernels classroom memory`, then this with the word `class`;
or `python tests/benchmarks/run.py grading validate gradebook notebooks`, then this with `grading`.
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
BEGIN, END = "<!-- measured {}: begin -->\n", "<!-- measured {}: end -->\n"


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
        stock, ratio = "", ""
        if row["stock"]:
            stock = _amount(row["stock"], row["unit"])
            ratio = f"{row['stock'] / row['academy']:.1f}"
        yield f"| {row['what']} | {stock} | {_amount(row['academy'], row['unit'])} | {ratio} |"


def _amount(value: float, unit: str) -> str:
    digits = 0 if value >= 20 else 1 if value >= 2 else 2
    return f"{value:.{digits}f} {unit}"


def main() -> None:
    """Write the table between its marks."""
    begin_mark, end_mark = (mark.format(sys.argv[1]) for mark in (BEGIN, END))
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    day = date.fromtimestamp(MEASURED.stat().st_mtime)
    table = "\n".join(lines(measured, day, psutil.virtual_memory().total / 2**30))
    page = PAGE.read_text(encoding="utf-8")
    before, begin, rest = page.partition(begin_mark)
    _, end, after = rest.partition(end_mark)
    if not (begin and end):
        raise SystemExit(f"{PAGE} has no marks {begin_mark!r} between which a table stands.")
    paths.write_atomically(PAGE, f"{before}{begin_mark}\n{table}\n\n{end_mark}{after}")


if __name__ == "__main__":
    main()
