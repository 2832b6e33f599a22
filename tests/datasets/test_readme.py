"""Every number of a README says over which rows it was counted."""

from __future__ import annotations

import re

import pytest

from academy import paths
from academy.datasets.card import card_of
from academy.datasets.descriptor import Descriptor, load_descriptor
from academy.datasets.readme import counted_in_words, readme
from academy.datasets.template import template_names

NAMES = template_names()


def embedded(name: str) -> Descriptor:
    return load_descriptor(paths.embedded_datasets() / name)


@pytest.mark.parametrize("name", NAMES)
def test_no_fault_is_in_more_rows_than_were_counted(name: str) -> None:
    descriptor = embedded(name)
    for fault in descriptor.known_faults:
        if fault.rows is not None and not fault.counted_over:
            over = (
                descriptor.source_rows if fault.handling == "repaired" else descriptor.resource.rows
            )
            assert fault.rows <= over, fault.id
    assert descriptor.rows_left_out <= descriptor.source_rows


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_on_the_shelf_is_what_the_descriptor_says(name: str) -> None:
    text = (paths.embedded_datasets() / name / "README.md").read_text("utf-8")
    assert text == readme(embedded(name))
    counted = re.findall(r"^- \*\*[\d,]+ (\w+)", text, flags=re.MULTILINE)
    assert set(counted) <= {"of"}


def test_a_sample_tells_its_own_rows_from_those_of_the_source() -> None:
    text = readme(embedded("crime-incidents"))
    assert "Counted over all 40,432 rows of the copy that left the portal." in text
    assert "of 40,432 rows.** Times before 10:00" in text
    rows = embedded("crime-incidents").resource.rows
    assert f"Counted in this table, which is a sample: {rows:,} rows." in text
    assert f"of {rows:,} rows.** Nearly half of the rows have no ZIP code." in text
    assert "**861 of 40,432 rows:** it is about a sexual offence" in text


def test_what_is_no_row_is_called_by_its_name() -> None:
    text = readme(embedded("crime-counts"))
    assert "of the tracts.** Some tracts have 1 to 9 charges" in text
    assert "of the rows of by-zip.** A count of 1 to 9" in text


def test_a_table_made_from_another_counts_over_that_one() -> None:
    text = readme(embedded("lights-by-tract"))
    assert "Counted over all 42,643 rows of the whole `street-lights`." in text


def test_the_card_says_the_same() -> None:
    descriptor = embedded("service-requests")
    fault = next(each for each in descriptor.known_faults if each.id == "street_in_city")
    words = counted_in_words(fault, descriptor)
    assert words == "47 of the 4,134 rows of this table"
    assert any(f"({words})" in line for line in card_of("service-requests").faults())
