"""The scanner finds people in a table, and leaves places and companies alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from academy import paths
from academy.datasets.descriptor import load_descriptor
from academy.datasets.scanner import is_formula, looks_like_a_person, privacy_faults
from academy.datasets.schema import Field, Resource, Schema
from academy.datasets.verify import verify_folder
from academy.datasets.writing import hash_of


def resource(**types: str) -> Resource:
    """A table with these columns."""
    fields = [
        Field.model_validate(
            {"name": name, "title": name, "type": kind, "description": "A column."}
            | ({"timezone": "America/Chicago"} if kind == "datetime" else {})
        )
        for name, kind in types.items()
    ]
    return Resource.model_validate(
        {"name": "table", "path": "table.csv", "bytes": 1, "rows": 1, "hash": f"sha256:{'0' * 64}"}
        | {"table_schema": Schema(fields=fields)}
    )


def problems(column: str, *values: str, kind: str = "string", first_row: int = 1) -> list[str]:
    found = privacy_faults(resource(**{column: kind}), {column: values}, first_row)
    return [f"{row}: {problem}" for problem, row, _ in found]


@pytest.mark.parametrize(
    "text",
    [
        "(225) 389-3090",
        "225-389-3090",
        "225.389.3090",
        "call 389-3090",
        "CELL: 389 3090",
        "1 225 389 3090",
        "ask Ann 2253893090",
    ],
)
def test_telephone_numbers_are_found(text: str) -> None:
    assert problems("condition", "fine", text) == ["2: condition holds a telephone number"]


@pytest.mark.parametrize(
    "text",
    [
        "1600033277",
        "22033004201",
        "2016-08-12",
        "30.464211, -91.110257",
        "14:103A(1)",
        "70805-1234",
        "0x902BA3CD",
        "15-0002675",
        "2012-07-10T16:33:00-05:00",
        "389-3090",
    ],
)
def test_numbers_that_are_no_telephones_are_left_alone(text: str) -> None:
    assert problems("case_number", text, "other") == []


def test_a_column_of_bare_telephone_numbers_is_found() -> None:
    numbers = [f"225389{number}" for number in range(3000, 3010)]
    (found,) = problems("contact_code", *numbers, "", kind="integer")
    assert found == "1: The column contact_code looks like telephone numbers"


def test_an_e_mail_address_is_found_and_masked() -> None:
    columns = {"condition": ["write to ann.pretend@example.org"]}
    ((problem, row, value),) = privacy_faults(resource(condition="string"), columns, 1)
    assert (problem, row) == ("condition holds an e-mail address", 1)
    assert value == "write to ***@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "9012 GREAT SMOKY AVE",
        "found at 9012 Pretend Ln",
        "9012-B N PRETEND ST",
        "12 1/2 PRETEND RD",
        "314 77TH AVE",
        "9012 OLD PRETEND HWY",
    ],
)
def test_house_numbers_are_found_in_any_column(text: str) -> None:
    assert problems("location", text) == ["1: location holds a house number"]


@pytest.mark.parametrize(
    "text",
    [
        "9000 BLK GREAT SMOKY AVE",
        "I-10 E",
        "77TH AVE",
        "HIGHWAY 19",
        "311 CALL CENTER MANAGER",
        "24 MONTHS OR MORE",
        "THEFT 2ND OFFENSE",
        "100 BLK S 13 ST",
        "Census Tract 36.04",
    ],
)
def test_blocks_and_streets_are_left_alone(text: str) -> None:
    assert problems("location", text) == []


def test_an_address_column_must_be_safe_in_every_row() -> None:
    rows = ["9000 BLK PRETEND ST", "", "PRETEND ST 12B", "70805"]
    assert problems("block_address", *rows, first_row=101) == [
        "103: block_address holds a house number"
    ]


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\tx", "\rx"])
def test_formulas_are_found(text: str) -> None:
    assert is_formula(text)
    assert "begins like a formula" in problems("condition", text)[0]


@pytest.mark.parametrize("text", ["-91.15", "+5", "-", "a=b", "-12.5%", "1e-5", ""])
def test_numbers_and_signs_are_no_formulas(text: str) -> None:
    assert not is_formula(text)


@pytest.mark.parametrize(
    "name", ["Mary Pretend", "PRETEND, JOHN", "Robert T Pretend Jr", "William O'Pretend"]
)
def test_a_persons_name_is_told_by_its_shape(name: str) -> None:
    assert looks_like_a_person(name)


@pytest.mark.parametrize(
    "name",
    [
        "BATON ROUGE",
        "Howell Community Park",
        "MARTIN LUTHER KING BLVD",
        "Anna T Jordan Park",
        "POLICE OFFICER",
        "GREENWELL SPRINGS",
        "Mary",
        "JOHN 3:16",
        "SHERWOOD FOREST",
    ],
)
def test_places_and_titles_are_no_persons(name: str) -> None:
    assert not looks_like_a_person(name)


def test_a_column_of_names_is_found_whatever_it_is_called() -> None:
    people = ["Mary Pretend", "John Pretend", "Linda Q", "James Q", "Susan Pretend", "elm", "oak"]
    found = privacy_faults(resource(found_code="string"), {"found_code": people}, 1)
    assert [(problem, value) for problem, _, value in found if "names" in problem] == [
        ("The column found_code looks like people's names", "J. Q.")
    ]
    assert problems("found_code", *people[:4], "elm") == []


def test_a_column_called_after_people_is_found_even_when_it_is_blank() -> None:
    (found,) = problems("owner_name", "", "")
    assert found.startswith("1: The column owner_name is called like one")
    assert problems("owner_name", "", first_row=20_001) == [], "a column is judged once"


def test_a_business_must_be_a_company() -> None:
    found = problems("business_name", "PRETEND LLC", "2358 COLLEGE DR INC", "ANN PRETEND", "")
    assert found == ["3: business_name may be a person's own name"]


def test_protected_charges_may_not_stand_beside_a_place() -> None:
    told = resource(charge_description="string", block_address="string")
    columns = {
        "charge_description": ["THEFT", "BATT/SEXUAL", "SEAT BELT VIOL"],
        "block_address": ["100 BLK PRETEND ST"] * 3,
    }
    ((problem, row, _),) = privacy_faults(told, columns, 1)
    assert problem.startswith("charge_description is about a sexual offence or a young person")
    assert row == 2
    del columns["block_address"]
    assert list(privacy_faults(told, columns, 1)) == [], "a table of counts tells no place"
    other = {"request_type": ["MINOR SIGNAL ISSUE"], "block_address": ["100 BLK PRETEND ST"]}
    assert list(privacy_faults(resource(**dict.fromkeys(other, "string")), other, 1)) == []


def test_numbers_are_not_looked_into() -> None:
    assert problems("latitude", "225-389-3090", kind="number") == []


def test_verify_fails_on_what_the_scanner_finds(folder: Path) -> None:
    table, descriptor = folder / "service-requests.csv", folder / "datapackage.json"
    text = table.read_text().replace("SANITATION", "ASK 225-389-3090", 1)
    table.write_text(text)
    data = json.loads(descriptor.read_text())
    for field in data["resources"][0]["schema"]["fields"]:
        field.pop("categories", None)
    data["resources"][0] |= {"hash": hash_of(text.encode()), "bytes": len(text.encode())}
    descriptor.write_text(json.dumps(data))
    (finding,) = verify_folder(folder)
    assert finding.problem == "division_name holds a telephone number (found 'ASK ###-###-####')."


@pytest.mark.parametrize("folder", sorted(paths.embedded_datasets().glob("*/datapackage.json")))
def test_the_tables_of_the_checkout_hold_nobody(folder: Path) -> None:
    from academy.datasets.load import load_folder

    for each in load_descriptor(folder.parent).resources:
        frame = load_folder(folder.parent, each.name)
        columns = {name: frame[name].astype("str").where(frame[name].notna(), "") for name in frame}
        texts = {field.name: columns[field.name].tolist() for field in each.fields}
        assert list(privacy_faults(each, texts, 1)) == []


def test_what_was_harmless_in_one_block_hides_nothing_in_the_next() -> None:
    table, known = resource(condition="string"), dict[str, set[str]]()
    first = list(privacy_faults(table, {"condition": ["fine", "225-389-3090"]}, 1, known))
    assert known == {"condition": {"fine"}}
    second = list(privacy_faults(table, {"condition": ["fine", "225-389-3090"]}, 3, known))
    assert [(row, value) for _, row, value in first + second] == [
        (2, "###-###-####"),
        (4, "###-###-####"),
    ]
