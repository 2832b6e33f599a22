"""From the portal's traffic signals to the Academy's table ``traffic-signals``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import (
    blank_strangers,
    blanks_missing,
    coordinates,
    single_spaces,
)

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "signal_id": ("traffic signal inventory no", "tsi_num"),
    "owner": ("owner",),
    "main_street_name": ("primary street name", "main"),
    "cross_street_name": ("secondary street name", "minor"),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
KEY = "signal_id"


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's signals, as text under the portal's names."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS)
    frame = drop_unnumbered(frame, ledger)
    frame = single_spaces_in_streets(frame, ledger)
    frame = blank_strangers(frame.assign(**coordinates(frame)), ledger)
    return Tidied(blanks_missing(frame).sort_values(KEY).reset_index(drop=True), ledger)


def drop_unnumbered(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A signal without a number, or with one that stands there already, is left out."""
    blank = frame[KEY].eq("")
    ledger.drop([f"row {place + 1}" for place in frame.index[blank]], "it has no number")
    repeated = frame[KEY].duplicated() & ~blank
    ledger.drop(frame.loc[repeated, KEY], "the number stands there already")
    return frame[~blank & ~repeated]


def single_spaces_in_streets(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Two spaces inside a street's name make it another name to a program: one is kept."""
    main = single_spaces(frame["main_street_name"])
    cross = single_spaces(frame["cross_street_name"])
    changed = main.ne(frame["main_street_name"]) | cross.ne(frame["cross_street_name"])
    ledger.repair("double_spaces", int(changed.sum()))
    return frame.assign(main_street_name=main, cross_street_name=cross)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    several = frame["cross_street_name"].str.contains("/", na=False)
    return {"several_cross_streets": int(several.sum())}
