"""The words about a dataset fit what its module makes of a made-up export."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from academy.datasets.compiler import Compiled

DATA = Path(__file__).parents[1] / "data"
DAY = datetime.date(2026, 8, 29)


@pytest.mark.parametrize(
    "name",
    [
        "animal-control",
        "crime-incidents",
        "fire-incidents",
        "street-lights",
        "traffic-incidents",
        "traffic-signals",
    ],
)
def test_a_made_up_export_compiles(name: str, compile_export: Callable[..., Compiled]) -> None:
    compiled = compile_export(name, DATA / name, taken=DAY)
    assert f"{name}.csv" in compiled.files
    assert compiled.descriptor.resource.rows > 0
    counted = [fault for fault in compiled.descriptor.known_faults if fault.rows]
    assert counted, "the made-up export holds the faults that the words speak of"


@pytest.mark.parametrize(
    ("name", "sources", "tables"),
    [
        ("lights-by-tract", ["street-lights"], 1),
        ("traffic-counts", ["traffic-incidents"], 2),
        ("crime-counts", ["crime-counts", "crime-incidents"], 4),
    ],
)
def test_counts_compile_from_made_up_sources(
    name: str,
    sources: list[str],
    tables: int,
    compile_export: Callable[..., Compiled],
    tmp_path: Path,
) -> None:
    folder = tmp_path / "exports"
    for source in sources:
        shutil.copytree(DATA / source, folder, dirs_exist_ok=True)
    descriptor = compile_export(name, folder, taken=DAY).descriptor
    assert len(descriptor.resources) == tables
    assert all(resource.sampling is None for resource in descriptor.resources)
