"""`make bench`: measure the Academy beside the stock tools, in one run; a table and JSON.

Name parts to run only those: `make bench` runs all; `python tests/benchmarks/run.py hub grading`.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rich.console import Console
from rich.table import Table

from academy import paths
from benchmarks import (
    classroom,
    datasets,
    gradebook,
    grading,
    hub,
    install,
    kernels,
    memory,
    notebooks,
    validate,
)
from benchmarks.row import Row

PARTS: dict[str, Callable[[Path], list[Row]]] = {
    "install": install.measure,
    "hub": hub.measure,
    "kernels": kernels.measure,
    "classroom": classroom.measure,
    "memory": memory.measure,
    "grading": grading.measure,
    "validate": validate.measure,
    "gradebook": gradebook.measure,
    "notebooks": notebooks.measure,
    "datasets": datasets.measure,
}


def main() -> None:
    """Run the parts that were named, or all, and print what they measured."""
    wanted = sys.argv[1:] or list(PARTS)
    rows: list[Row] = []
    try:
        for name in wanted:
            print(f"measuring: {name} ...", flush=True)
            with tempfile.TemporaryDirectory(prefix="academy-bench-") as folder:
                rows += PARTS[name](Path(folder))
    finally:
        # Where a part fails, what the others measured is kept.
        _print(rows)
        _write(rows)


def _print(rows: list[Row]) -> None:
    table = Table(title=f"{os.cpu_count()} cores, Python {platform.python_version()}")
    for heading in ("what", "stock", "Academy", "unit", "how"):
        table.add_column(heading, justify="right" if heading in ("stock", "Academy") else "left")
    for row in rows:
        stock = "-" if row.stock is None else f"{row.stock:.2f}"
        table.add_row(row.what, stock, f"{row.academy:.2f}", row.unit, row.how)
    Console(width=130).print(table)


def _write(rows: list[Row]) -> None:
    folder = paths.checkout() / "test-results"
    folder.mkdir(exist_ok=True)
    file = folder / "benchmarks.json"
    content = {"cores": os.cpu_count(), "python": platform.python_version()}
    measured = [row.as_dict() for row in rows]
    paths.write_atomically(file, json.dumps({**content, "rows": measured}, indent=1) + "\n")
    print(f"written to {file}")


if __name__ == "__main__":
    main()
