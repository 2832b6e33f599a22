"""Make texts harmless that a spreadsheet would run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from academy.datasets.descriptor import KnownFault
from academy.datasets.scanner import is_formula

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.schema import Field
    from academy.datasets.tidy.ledger import Ledger

WORDS = KnownFault(
    id="formula_signs",
    description="A text can begin with a sign that makes a spreadsheet run it as a formula.",
    handling="repaired",
    what_was_done="An apostrophe was put in front, which makes it plain text.",
)


def defuse(frame: pd.DataFrame, fields: Sequence[Field], ledger: Ledger) -> pd.DataFrame:
    """Put an apostrophe before texts that a spreadsheet would run, and count the rows."""
    changed = None
    repaired = {}
    for field in fields:
        if field.type != "string" or field.name not in frame:
            continue
        column = frame[field.name].astype("str")
        risky = column.isin([text for text in column.dropna().unique() if is_formula(text)])
        if risky.any():
            repaired[field.name] = column.mask(risky, "'" + column)
            changed = risky if changed is None else changed | risky
    if changed is None:
        return frame
    ledger.repair(WORDS.id, int(changed.sum()))
    return frame.assign(**repaired)
