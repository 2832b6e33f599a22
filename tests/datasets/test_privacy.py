"""Addresses become blocks; people, their words and small counts stay out."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.descriptor import load_descriptor
from academy.datasets.privacy import (
    SAFE_PATTERN,
    block_of,
    business_name,
    drop_personal_columns,
    hidden_cells,
    is_personal_column,
    is_protected,
    is_safe,
    protected_rows,
    street_of,
    suppress_small_cells,
    zip_centres,
)
from academy.paths import embedded_datasets

# Web reports without an address carry their street in the city field.
CITY = ("service-requests", "city_name")


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("9012 GREAT SMOKY AVE", "9000 BLK GREAT SMOKY AVE"),
        ("9000 BLK GREAT SMOKY AVE", "9000 BLK GREAT SMOKY AVE"),
        ("  9012   Great Smoky Ave ", "9000 BLK GREAT SMOKY AVE"),
        ("42 PRETEND LN", "0 BLK PRETEND LN"),
        ("0 BLK PRETEND LN", "0 BLK PRETEND LN"),
        ("9012 99TH AVE", "9000 BLK 99TH AVE"),
        ("9012 PRETEND ST APT 12", "9000 BLK PRETEND ST"),
        ("9012 PRETEND ST STE B", "9000 BLK PRETEND ST"),
        ("9012 PRETEND ST #4", "9000 BLK PRETEND ST"),
        ("9012 PRETEND ST 12", "9000 BLK PRETEND ST"),
        ("9012 1/2 PRETEND ST", "9000 BLK PRETEND ST"),
        ("9012-B PRETEND ST", "9000 BLK PRETEND ST"),
        ("B-9012 PRETEND ST", "9000 BLK PRETEND ST"),
        ("6148/6152 PRETEND ST", "6100 BLK PRETEND ST"),
        ("R/323&325 W PRETEND ST", "300 BLK W PRETEND ST"),
        ("SIGN 781 SIGN 7810 S PRETEND DR", "7800 BLK S PRETEND DR"),
        ("PRETEND BLVD 1234", "1200 BLK PRETEND BLVD"),
        ("OLD PRETEND HIGHWAY 9012", "9000 BLK OLD PRETEND HIGHWAY"),
        ("11031 HIGHWAY 99", "11000 BLK HIGHWAY 99"),
        ("9012 LA-426", "9000 BLK LA-426"),
        ("7321", "7300 BLK"),
        ("100 BLK E I10 HW", "100 BLK E I10 HW"),
        ("112 E INTERSTATE 10 HW", "100 BLK E INTERSTATE 10 HW"),
        ("912 S 13 ST", "900 BLK S 13 ST"),
        ("212 I 12 HW", "200 BLK I 12 HW"),
        ("10712 19 HW", "10700 BLK 19 HW"),
        ("912 13 ST", "900 BLK 13 ST"),
        ("I-10", "I-10"),
        ("PRETEND ST", "PRETEND ST"),
        ("2 FALSE", "2 FALSE"),
        ("", ""),
    ],
)
def test_block_of(address: str, block: str) -> None:
    assert block_of(address) == block
    assert is_safe(block)
    assert block_of(block) == block, "rounding twice must change nothing"


@pytest.mark.parametrize(
    "address",
    [
        "9012 PRETEND ST",
        "9012 BLK PRETEND ST",
        "PRETEND HIGHWAY 9012",
        "9012 FALSE",
        "9012",
        "B-9012",
        "912 ST",
        "12 S 13 ST",
    ],
)
def test_an_address_that_points_to_a_house_is_not_safe(address: str) -> None:
    assert not is_safe(address)


@pytest.mark.parametrize(
    ("block", "street"),
    [
        ("9000 BLK GREAT SMOKY AVE", "GREAT SMOKY AVE"),
        ("7300 BLK", ""),
        ("2 FALSE", ""),
        ("PRETEND ST", "PRETEND ST"),
        ("300 BLK 99TH AVE", "99TH AVE"),
    ],
)
def test_street_of(block: str, street: str) -> None:
    assert street_of(block) == street


def test_every_descriptor_promises_the_same_pattern() -> None:
    patterns = {
        (folder.name, field.name): field.constraints.pattern
        for folder in embedded_datasets().iterdir()
        if (folder / "datapackage.json").is_file()
        for resource in load_descriptor(folder).resources
        for field in resource.table_schema.fields
        if field.name == "block_address" or (folder.name, field.name) == CITY
    }
    assert {CITY, ("service-requests", "block_address")} <= set(patterns)
    assert {key for key, pattern in patterns.items() if pattern != SAFE_PATTERN} == set()


def test_a_zip_code_is_no_house_number() -> None:
    assert block_of("70805") == "70805"
    assert is_safe("70805")
    assert street_of("70805") == ""
    assert block_of("90805") == "90800 BLK"


@pytest.mark.parametrize(
    "name",
    [
        "OWNER NAME",
        "first_name",
        "lastName",
        "E-MAIL ADDRESS",
        "Phone",
        "COMMENTS",
        "Remarks",
        "TAXPAYER ADDRESS",
        "Complainant Street ",
        "employee_name",
        "caller name",
        "DOB",
        "Fax",
    ],
)
def test_columns_about_people_are_told_by_their_names(name: str) -> None:
    assert is_personal_column(name)


@pytest.mark.parametrize(
    "name",
    [
        "OWNER",
        "street_name",
        "DEPARTMENT NAME",
        "park_name",
        "DISPATCH DATE",
        "tract_name",
        "NAME",
        "BUSINESS NAME",
        "city_name",
        "CONTENTS LOSS",
        "last_action_on",
        "FIRST AID CALLS",
    ],
)
def test_other_columns_are_left_alone(name: str) -> None:
    assert not is_personal_column(name)


def test_personal_columns_are_dropped_from_a_raw_row() -> None:
    raw = pd.DataFrame(
        {"ID": ["1"], "OWNER NAME": ["Ann Pretend"], "Comments": ["call me"], "U": ""}
    )
    kept, dropped = drop_personal_columns(raw, also=["U"])
    assert list(kept) == ["ID"]
    assert dropped == ["OWNER NAME", "Comments", "U"]


@pytest.mark.parametrize(
    "name",
    [
        "PRETEND BAKERY LLC",
        "PRETEND BAKERY L.L.C.",
        "PRETEND, INC.",
        "BEST PRETEND STORES LP #495",
        "PRETEND L L C",
        "ANN PRETEND DDS APLC",
        "PRETEND CO",
        "PRETEND & CO LP",
        "9012 PRETEND LLC",
    ],
)
def test_a_company_keeps_its_name(name: str) -> None:
    assert business_name(f" {name.replace(' ', '  ')} ") == name


@pytest.mark.parametrize(
    "name",
    [
        "ANN PRETEND",
        "ANN PRETEND JR",
        "ANN PRETEND & CO",
        "PRETEND AND COMPANY",
        "INCA PRETEND",
        "",
        "PRETEND LLC ANN PRETEND",
        "MARCO",
        "DALLCO",
        "PRETEND FOUNDATION",
    ],
)
def test_what_may_be_a_persons_name_is_withheld(name: str) -> None:
    assert business_name(name) == ""


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("JUVENILE", True),
        ("SEXUAL ASSAULT", True),
        ("BATT/SEXUAL", True),
        ("RAPE/FORCIBLE", True),
        ("CRUELTY TO JUVENILES", True),
        ("VIDEO VOYEURISM", True),
        ("KIDNAPPING/AGG/CHILD", True),
        ("IND BEHAVIOR W/JUV", True),
        ("THEFT", False),
        ("BATT/SIMPLE", False),
        ("CHILD RESTRAINTS", True),
        ("FAIL TO REGISTER AS A SEX OFFENDER", True),
        ("PEEPING TOM/CC", True),
        ("SEXUAL ACTS PROHIBITED IN PUBLIC", True),
        ("OBSCENITY", True),
        ("INT EXPOSURE TO AIDS VIRUS", True),
        ("NONCONSENSUAL DISCLOSURE OF PRIVATE IMAGES", True),
        ("MISREP OF AGE TO OBTAIN ALCOHOLIC BEV", True),
        ("UNLAWFUL SALE/TOBACCO UNDER 18", True),
        ("HUMAN TRAFFICKING", True),
        ("CRIME AGAINST NATURE/AGG", True),
        ("BATT/DOM ABU CHILD ENDANGER/MISD", True),
        ("CRIM ABANDONMENT", True),
        ("FETICIDE,2ND DEGREE", True),
        ("DOMESTIC ABUSE BATTERY/CC", False),
        ("VIOL OF PROTECTIVE ORDERS", False),
        ("CRIM NEGLECT OF FAMILY", False),
        ("BIGAMY", False),
        ("PROSTITUTION/CC", False),
        ("PANDERING", False),
        ("MISREP TO PURCHASE/ENTER ALCOH", False),
        ("UNLAW USE PICT ID TO ENTER ALC/CC", False),
        ("PICTURE ID REQUIRED ENTRANCE TO LIC ALCOHOLIC OUTLET", False),
        ("PURCH/POSS ALC PERS UNDER 21/CC", False),
        ("CYBERBULLYING", False),
        ("BATT/SCHOOL TEACHER", False),
        ("TRESPASS/SCHOOL GRND", False),
        ("MISREP DUR BOOKING", False),
        ("ENT/REM AFTER FORB/CC", False),
        ("THEFT UNDER $50 COINOP MACHINE", False),
        ("VIOL CDS LAW NEAR SCHOOL", False),
        ("DRINKING IN PUBLIC/CC", False),
        ("OBST JUSTICE", False),
        ("", False),
    ],
)
def test_protected_kinds_and_charges(text: str, protected: bool) -> None:
    assert is_protected(text) is protected


def test_protected_rows_look_into_every_column() -> None:
    rows = pd.DataFrame(
        {"kind": ["THEFT", "JUVENILE", "OTHER", None], "charge": ["", "", "SEXTING", "BATT/SIMPLE"]}
    )
    assert protected_rows(rows, ["kind", "charge"]).tolist() == [False, True, True, False]
    assert protected_rows(rows, ["kind"]).tolist() == [False, True, False, False]


def test_the_centre_of_a_zip_code_is_nobodys_place() -> None:
    address = pd.Series(["70805", "100 BLK PRETEND ST", "", "70802", None])
    latitude = pd.Series([30.48, 30.48, 30.5, None, None])
    longitude = pd.Series([-91.15, -91.15, -91.15, None, None])
    found = zip_centres(address, latitude, longitude)
    assert found.tolist() == [True, True, False, True, False]


def cells(*counts: int | None) -> pd.DataFrame:
    """A 2 by n table: the first half of the counts is January's."""
    half = len(counts) // 2
    months = ["January"] * half + ["February"] * (len(counts) - half)
    areas = [f"area {place % half}" for place in range(len(counts))]
    return pd.DataFrame({"month": months, "area": areas, "n": pd.array(counts, dtype="Int64")})


def shown(*counts: int | None, within: list[list[str]]) -> list[int | None]:
    column = suppress_small_cells(cells(*counts), "n", within=within)
    return [None if pd.isna(value) else int(value) for value in column]


def test_small_cells_are_hidden_and_zero_is_not() -> None:
    assert shown(0, 1, 9, 10, None, 50, within=[]) == [0, None, None, 10, None, 50]


def test_a_single_hidden_cell_takes_the_next_smallest_with_it() -> None:
    assert shown(5, 40, 30, 0, 12, 20, within=[["month"]]) == [None, 40, None, 0, 12, 20]


def test_hidden_cells_that_hold_too_little_together_take_one_more() -> None:
    assert shown(1, 2, 30, 40, 50, 60, within=[["month"]]) == [None, None, None, 40, 50, 60]


def test_a_cell_is_small_when_any_of_its_counts_is() -> None:
    table = pd.DataFrame({"charges": [12, 40, 0, 15], "cases": [4, 30, 0, 12]})
    assert hidden_cells(table, ["charges", "cases"]).tolist() == [True, False, False, False]
    # The total of all cells is known: the smallest of the rest covers the one that is hidden.
    covered = hidden_cells(table, ["charges", "cases"], within=[[]])
    assert covered.tolist() == [True, False, False, True]


def test_both_margins_are_kept_safe() -> None:
    counts = (5, 40, 30, 20, 12, 25)
    result = shown(*counts, within=[["month"], ["area"]])
    table = cells(*counts).assign(shown=result)
    for margin in ("month", "area"):
        for _, group in table.groupby(margin):
            hidden = group["n"][group["shown"].isna()]
            assert hidden.empty or (len(hidden) > 1 and hidden.sum() >= 10)
    assert table["shown"].isna().sum() == 4
