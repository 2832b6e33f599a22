"""Texts that a spreadsheet would run are made harmless; numbers and names are left alone."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.formulas import defuse
from academy.datasets.scanner import is_formula
from academy.datasets.schema import Field
from academy.datasets.tidy.ledger import Ledger

HARMFUL = [
    "=cmd|' /C calc'!A0",
    "=1+1",
    "+1+cmd|'/C calc'!A0",
    "-2+3+cmd",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    "- see remarks",
]
HARMLESS = ["", "-", "-91.1", "+5", "1=2", "A-B", "O'NEAL", "'=1", "5+5"]


def text_field(name: str) -> Field:
    return Field(name=name, title=name, type="string", description="A made-up column.")


@pytest.mark.parametrize("text", HARMFUL)
def test_a_formula_is_known_and_made_harmless(text: str) -> None:
    assert is_formula(text)
    ledger = Ledger()
    frame = pd.DataFrame({"street": [text, "MADE UP AVE"], "city": ["ZACHARY", text]})
    safe = defuse(frame, [text_field("street"), text_field("city")], ledger)
    assert safe["street"].tolist() == ["'" + text, "MADE UP AVE"]
    assert not safe.map(is_formula).any(axis=None)
    assert ledger.repaired == {"formula_signs": 2}


def test_plain_texts_and_missing_ones_are_left_alone() -> None:
    ledger = Ledger()
    frame = pd.DataFrame({"street": [*HARMLESS, None]})
    assert defuse(frame, [text_field("street")], ledger) is frame
    assert ledger.repaired == {}
