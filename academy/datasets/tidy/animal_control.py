"""From the portal's animal control calls to the table ``animal-control``, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from academy.datasets.privacy import block_of, is_safe
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import (
    blanks_missing,
    clock,
    dates,
    five_digit_zips,
    in_local_time,
    mapped,
    row_names,
)

# People, remarks, vehicles of officers, collars and tags are not asked for.
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "call_number": ("file number", "file_number"),
    "called_on": ("incident date", "incident_date"),
    "called_at": ("incident time", "incident_time"),
    "dispatched_at": ("dispatched time", "dispatched_time"),
    "arrived_at": ("arrival time", "arrival_time"),
    "finished_at": ("available time", "available_time"),
    "request_type": ("request type", "request_type"),
    "impound_number": ("impound number", "impound_number"),
    "impounded_on": ("impound date", "impound_date"),
    "impounded_at": ("impound time", "impound_time"),
    "block_address": ("location",),
    "municipality": ("municipality",),
    "zip_code": ("zip code", "zip_code"),
    "impound_reason": ("service code", "service_code"),
    "species": ("species",),
    "breed": ("breed",),
    "sex": ("sex",),
    "size": ("size",),
    "color": ("color",),
    "condition": ("condition",),
    "temperament": ("temperment", "temperament"),
    "outcome": ("disposition",),
    "outcome_on": ("disposition date", "disposition_date"),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "called_on"
KEY = ["call_number", "animal_number"]
COLUMNS = [
    *KEY,
    *[name for name in PORTAL_COLUMNS if name not in ("call_number", "impound_number")],
]
SEXES = {"F": "female", "M": "male", "U": "unknown"}
STAGES = ["dispatched_at", "arrived_at", "finished_at"]


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's rows, as text under the portal's names."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    for step in STEPS:
        frame = step(frame, ledger)
    return Tidied(blanks_missing(frame[COLUMNS]), ledger)


def drop_unreadable(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A row without a number or a readable day is left out."""
    unreadable = frame["call_number"].eq("") | dates(frame["called_on"]).isna()
    ledger.drop(row_names(frame, unreadable), "it has no number or no readable day")
    return frame[~unreadable]


def number_animals(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """The animals of a call are numbered from 1; a call without an impounded animal has 0."""
    impound = pd.to_numeric(frame["impound_number"], errors="coerce")
    ordered = frame.assign(impound=impound).sort_values(
        ["call_number", "impound", *PORTAL_COLUMNS], ignore_index=True
    )
    place = ordered.groupby("call_number").cumcount() + 1
    alone = ordered["impound_number"].eq("") & ~ordered["call_number"].duplicated(keep=False)
    return ordered.assign(animal_number=place.mask(alone, 0))


def call_moments(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The day of the call and its four times become local moments; ``0:00`` is a blank time.

    A unit was seldom sent out, there or free at midnight to the minute; rows that were never
    sent out have 0:00 in all three. A call at 0:00 is left, as it may be true.
    """
    day = dates(frame["called_on"])
    moments = {"called_at": in_local_time(day + clock(frame["called_at"]))[0]}
    blank = frame[STAGES].isin(["0:00"])
    ledger.repair("time_blank", int(blank.any(axis=1).sum()))
    for stage in STAGES:
        moments[stage] = in_local_time(day + clock(frame[stage].mask(blank[stage], "")))[0]
    return frame.assign(**moments, called_on=day)


def impound_moments(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A time of impounding such as ``64:00:00`` can't be: it is missing, its day stays."""
    day, time = dates(frame["impounded_on"]), clock(frame["impounded_at"])
    ledger.repair(
        "impound_time_impossible", int((frame["impounded_at"].ne("") & time.isna()).sum())
    )
    moment, _ = in_local_time(day + time)
    return frame.assign(
        impounded_on=day, impounded_at=moment, outcome_on=dates(frame["outcome_on"])
    )


def blocks_only(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """House numbers become blocks; an address that can't be read is withheld."""
    before = frame["block_address"].str.upper()
    block = mapped(before, block_of)
    safe = block.map(is_safe).astype(bool)
    ledger.repair("house_numbers", int((block.ne(before) & safe).sum()))
    ledger.repair("addresses_withheld", int((~safe).sum()))
    return frame.assign(
        block_address=block.where(safe, ""), zip_code=five_digit_zips(frame["zip_code"])
    )


def sexes_in_words(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """``F``, ``M`` and ``U`` become words."""
    return frame.assign(sex=frame["sex"].replace(SEXES))


Step = Callable[[pd.DataFrame, Ledger], pd.DataFrame]
STEPS: tuple[Step, ...] = (
    drop_unreadable,
    number_animals,
    call_moments,
    impound_moments,
    blocks_only,
    sexes_in_words,
)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    return {
        "no_animal": int(frame["animal_number"].eq(0).sum()),
        "call_repeats": int(frame["call_number"].duplicated().sum()),
        "impounded_before_call": int((frame["impounded_on"] < frame["called_on"]).sum()),
        "finished_before_call": int((frame["finished_at"] < frame["called_at"]).sum()),
        "request_type_unknown": int(frame["request_type"].eq("UNKNOWN").sum()),
    }
