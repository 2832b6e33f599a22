"""From the state's results by precinct to the Academy's table ``precinct-votes``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.numbers import whole_numbers
from academy.datasets.tidy.repairs import blanks_missing, row_names

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "parish": ("parish",),
    "amendment_number": ("amendment",),
    "precinct_id": ("precinct",),
    "registered_voters": ("qualified_voters",),
    "people_who_voted": ("count_voted",),
    "yes_votes": ("yes",),
    "no_votes": ("no",),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = None
COLUMNS = [
    "amendment_number",
    "precinct_id",
    "ward_number",
    "is_early_voting",
    *list(PORTAL_COLUMNS)[3:],
]
KEY = ["amendment_number", "precinct_id"]
PARISH = "East Baton Rouge"
EARLY = "Early Voting"


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the state's rows (as text)."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS).reset_index(drop=True)
    for step in (drop_other_parishes, drop_repeats, na_is_missing, wards, early_votes_apart):
        frame = step(frame, ledger)
    ordered = blanks_missing(frame).sort_values(KEY)
    return Tidied(ordered[COLUMNS].reset_index(drop=True), ledger)


def drop_other_parishes(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The state's file may hold other parishes."""
    elsewhere = frame["parish"].ne(PARISH)
    ledger.drop(row_names(frame, elsewhere), "it is of another parish")
    return frame[~elsewhere]


def drop_repeats(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A precinct has one row an amendment."""
    repeated = frame.duplicated(KEY)
    ledger.drop(row_names(frame, repeated), "the precinct has a row for that amendment already")
    return frame[~repeated]


def na_is_missing(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The file writes NA where it has no number."""
    counts = ["amendment_number", *list(PORTAL_COLUMNS)[3:]]
    said_na = frame[counts].apply(lambda column: column.eq("NA"))
    ledger.repair("na_as_text", int(said_na.any(axis=1).sum()))
    return frame.assign(
        **{name: whole_numbers(frame[name].mask(said_na[name], "")) for name in counts}
    )


def wards(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """The two digits before the stroke are the ward's: ``01/002 A`` is in ward 1."""
    digits = frame["precinct_id"].str.extract(r"^(\d{2})/")[0].fillna("")
    return frame.assign(ward_number=whole_numbers(digits))


def early_votes_apart(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """Early votes are told for the whole parish, as if they were one more precinct."""
    return frame.assign(is_early_voting=frame["precinct_id"].eq(EARLY))


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    counted = frame["yes_votes"] + frame["no_votes"]
    return {
        "early_votes_without_precinct": int(frame["is_early_voting"].sum()),
        "more_voters_than_votes": int((counted < frame["people_who_voted"]).fillna(False).sum()),
    }
