"""Refresh of a simulated portal of 1.2 million 311 rows beside a bare download; load times."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx

from academy import paths
from academy.datasets.portal.soda import PAGE_ROWS
from benchmarks.row import Row

ROWS = 1_200_000
FEWER_ROWS = 300_000
# Assumed, not measured: how many rows a second a portal may give. 0 is all that this machine can,
# from pages that were made and packed before: faster than any portal is.
PACES = (0, 25_000, 12_500)
_MOST_MEGABYTES = 400
_ID = "7ixm-mnvx"
_PORTAL = Path(__file__).parents[1] / "portals" / "simulated.py"

_REFRESH = """
import sys
from academy.cli.main import main
try:
    main()
finally:
    status = open("/proc/self/status").read()
    print("peak", [line.split()[1] for line in status.splitlines() if "VmHWM" in line][0])
"""

_LOAD = """
import json, sys, time
import geopandas, pandas, pyarrow.parquet
from academy.datasets import list_datasets, load_dataset
from academy.datasets.catalogue import folder_of
from academy.datasets.descriptor import load_descriptor
from academy.datasets.load import read_verified
from academy.datasets.tables import read_table

def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start

def from_csv(folder, descriptor, resource):
    path = folder / resource.path
    content = read_verified(path, descriptor.name, resource)
    return read_table(content, resource.format, resource, str(path))

for name in ("sales-tax", "parish-boundary", "traffic-signals"):
    load_dataset(name)
found = []
for name in list_datasets():
    folder = folder_of(name)
    descriptor = load_descriptor(folder)
    for resource in descriptor.resources:
        as_learners_do = seconds(lambda: load_dataset(name, resource=resource.name))
        csv = seconds(lambda: from_csv(folder, descriptor, resource)) if resource.copies else None
        found.append([name, resource.name, resource.rows, resource.format, as_learners_do, csv])
print(json.dumps(found))
"""


def measure(folder: Path) -> list[Row]:
    """Refresh from a portal that is as fast as it can be, and from those that take their time."""
    rows = refreshes(folder, ROWS, PACES) + refreshes(folder, FEWER_ROWS, PACES[:1])
    return rows + _loads()


def refreshes(folder: Path, rows: int, paces: Sequence[int]) -> list[Row]:
    """Refresh from one portal at several paces, each beside a bare download at the same pace."""
    with _portal(rows) as address:
        _download(address, rows)  # the portal keeps its pages, so all get them ready-made
        return [row for pace in paces for row in _refreshed(folder, address, rows, pace)]


def _refreshed(folder: Path, address: str, rows: int, pace: int) -> list[Row]:
    server = f"at {pace:,} rows/s (assumed)" if pace else "as fast as it can"
    what = f"refresh of {rows:,} 311 rows, portal {server}"
    httpx.get(f"{address}/pace/{pace}")
    bare, size = _download(address, rows)
    seconds, busy, peak = _refresh(address, folder / f"state-{rows}-{pace}")
    how = f"bare download of the same pages, {size / 1e6:.0f} MB packed"
    over = "what the portal is not waited for: begin, sorting, tidying, checks, two files"
    return [
        Row(what, seconds, bare, how=how),
        Row(f"{what}: share of the portal", 100 * bare / seconds, unit="%", how="of the time"),
        Row(f"{what}: beyond the download", seconds - bare, how=over),
        Row(f"{what}: processor time", busy, how="user and system, of the refresh alone"),
        Row(f"{what}: rows per second", rows / seconds, rows / bare, "1/s", "the same"),
        Row(f"{what}: peak memory", peak, _MOST_MEGABYTES, "MB", "stock: the limit set for it"),
    ]


@contextmanager
def _portal(rows: int) -> Iterator[str]:
    command = [sys.executable, str(_PORTAL), str(rows), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def _download(address: str, rows: int) -> tuple[float, int]:
    """Take the pages that a pull asks for and throw them away; seconds, and packed bytes."""
    names = ",".join([":id", *_columns(address)])
    size, start = 0, time.monotonic()
    with httpx.Client(headers={"Accept-Encoding": "gzip"}, timeout=120) as client:
        for first in range(0, rows, PAGE_ROWS):
            overlap = 1 if first else 0
            query = {
                "$select": names,
                "$order": ":id",
                "$limit": str(PAGE_ROWS + overlap),
                "$offset": str(first - overlap),
            }
            with client.stream("GET", f"{address}/resource/{_ID}.json", params=query) as answer:
                size += sum(map(len, answer.iter_raw()))
    return time.monotonic() - start, size


def _columns(address: str) -> list[str]:
    view = httpx.get(f"{address}/api/views/{_ID}.json").json()
    return [column["fieldName"] for column in view["columns"]]


def _refresh(address: str, state: Path) -> tuple[float, float, float]:
    """Run the command in a process of its own; seconds, processor seconds, peak memory in MB."""
    arguments = ["data", "refresh", "service-requests", "--portal", address]
    start, used = time.monotonic(), _used_by_children()
    done = subprocess.run(
        [sys.executable, "-c", _REFRESH, *arguments],
        cwd=paths.checkout(),
        env=os.environ | {paths.STATE_VARIABLE: str(state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    seconds, busy = time.monotonic() - start, _used_by_children() - used
    peak = next(line for line in done.stdout.splitlines() if line.startswith("peak "))
    return seconds, busy, int(peak.split()[1]) / 1024


def _used_by_children() -> float:
    """Processor seconds of children that have ended: the portal has not."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _loads() -> list[Row]:
    """Load each embedded table once, in one process that has imported all libraries."""
    environment = os.environ | {paths.STATE_VARIABLE: "/nonexistent"}
    done = subprocess.run(
        [sys.executable, "-c", _LOAD],
        cwd=paths.checkout(),
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [_load_row(*each) for each in json.loads(done.stdout.splitlines()[-1])]


def _load_row(
    name: str, table: str, rows: int, file_format: str, seconds: float, csv: float | None
) -> Row:
    label = name if table == name else f"{name}/{table}"
    how = "Parquet beside the same table from CSV" if csv is not None else f"from {file_format}"
    return Row(f"load {label} ({rows:,} rows)", seconds, csv, how=how)


def main() -> None:
    """Print what this file measures; with the word ``loads`` the load times alone."""
    quick = sys.argv[1:] == ["loads"]
    with tempfile.TemporaryDirectory() as folder:
        for row in _loads() if quick else measure(Path(folder)):
            print(row, flush=True)


if __name__ == "__main__":
    main()
