"""nbval over every course notebook, on stock kernels and on forked ones: seconds and verdicts."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

from academy import paths
from academy.forkserver.local import nursery_at_hand
from benchmarks.row import Row, median_row

REPEATS = 3
_COMMAND = ("-m", "pytest", "-q", "--nbval-lax", "-p", "no:cacheprovider", "--noconftest")


def measure(folder: Path) -> list[Row]:
    """Run nbval in turns; every cell must get the same verdict from both."""
    count = len(list(paths.shipped_courses().rglob("*.ipynb")))
    seconds: dict[str, list[float]] = {"stock": [], "academy": []}
    verdicts = []
    for number in range(REPEATS):
        report = folder / f"{number}.xml"
        seconds["stock"].append(_nbval(report, {}))
        verdicts.append(_verdicts(report))
        start = time.monotonic()
        with nursery_at_hand() as variables:  # its start and end are part of what it costs
            _nbval(report, variables)
        seconds["academy"].append(time.monotonic() - start)
        verdicts.append(_verdicts(report))
    assert all(one == verdicts[0] for one in verdicts), "the kernels do not agree"
    assert len(verdicts[0]) > count, f"only {len(verdicts[0])} cells were run"
    how = f"pytest --nbval-lax, one process; {len(verdicts[0])} cells, the same verdicts"
    return [median_row(f"nbval over all {count} notebooks", **seconds, how=how)]


def _nbval(report: Path, variables: dict[str, str]) -> float:
    start = time.monotonic()
    subprocess.run(
        [sys.executable, *_COMMAND, f"--junitxml={report}", str(paths.shipped_courses())],
        cwd=paths.checkout(),
        env=os.environ | variables,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return time.monotonic() - start


def _verdicts(report: Path) -> list[tuple[str, str]]:
    """Return each cell's name with what became of it."""
    cases = ElementTree.parse(report).getroot().iter("testcase")
    return sorted(
        (f"{case.get('classname')} {case.get('name')}", ",".join(each.tag for each in case))
        for case in cases
    )
