"""Addresses become blocks."""

from __future__ import annotations

import pytest

from academy.datasets.privacy import SAFE_PATTERN, block_of, is_safe, street_of
from academy.datasets.template import load_template


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


def test_the_descriptor_promises_the_same_pattern() -> None:
    limits = {
        field.name: field.constraints for field in load_template("service-requests").table.fields
    }
    assert limits["block_address"].pattern == limits["city_name"].pattern == SAFE_PATTERN
