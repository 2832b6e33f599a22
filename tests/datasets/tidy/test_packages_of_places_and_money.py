"""What people wrote about these datasets fits what their programs make of made-up exports."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from academy.datasets.compiler import Compiled
from datasets.conftest import DATA, DAY, Compile

FROM_EXPORTS = [
    "bus-routes",
    "businesses",
    "businesses-as-exported",
    "census-history",
    "census-tracts",
    "employee-pay",
    "flood-2016",
    "library-hotspot-checkouts",
    "library-visits",
    "library-wifi-sessions",
    "parish-boundary",
    "parks",
    "precinct-votes",
    "property-lots",
    "sales-tax",
]
DERIVED = ["businesses-by-tract", "pay-by-job"]


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder with the made-up exports of all these datasets."""
    folder = tmp_path_factory.mktemp("exports")
    for path in sorted(DATA.glob("*/*.*")):
        shutil.copy(path, folder)
    return folder


@pytest.mark.parametrize("name", [*FROM_EXPORTS, *DERIVED])
def test_words_and_program_agree(name: str, exports: Path, compile_export: Compile) -> None:
    compiled = compile_export(name, exports, taken=DAY)
    assert compiled.descriptor.name == name
    assert all(resource.rows > 0 for resource in compiled.descriptor.resources)
    assert not unmeasured(compiled)


@pytest.mark.parametrize("name", [*FROM_EXPORTS, *DERIVED])
def test_every_number_says_its_unit(name: str, exports: Path, compile_export: Compile) -> None:
    fields = compile_export(name, exports, taken=DAY).descriptor.fields
    plain = {"ward_number", "amendment_number", "park_id", "area_id", "row_number"}
    unitless = [
        each.name for each in fields if each.type in ("integer", "number") and not each.unit
    ]
    assert set(unitless) <= plain


def test_no_person_of_the_made_up_exports_is_in_any_table(
    exports: Path, compile_export: Compile
) -> None:
    for name in ("businesses", "businesses-as-exported", "employee-pay"):
        for content in compile_export(name, exports, taken=DAY).files.values():
            assert isinstance(content, bytes)
            assert b"MADEUP" not in content
            assert b"0xMADE" not in content


def unmeasured(compiled: Compiled) -> list[str]:
    """Name the faults that should have a count of rows, and have none."""
    return [
        fault.id
        for fault in compiled.descriptor.known_faults
        if (fault.rows is None) != (fault.handling == "unknowable")
    ]
