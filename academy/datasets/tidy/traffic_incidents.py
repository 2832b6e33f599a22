"""From the portal's crash reports to the Academy's table ``traffic-incidents``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import (
    ZONE,
    blank_strangers,
    blanks_missing,
    clock,
    coordinates,
    dates,
    in_local_time,
    row_names,
    single_spaces,
)

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "crash_on": ("crash date", "crash_date"),
    "crash_at": ("crash time", "crash_time"),
    "road_kind": ("occured on", "occured_on", "occurred on", "occurred_on"),
    # The export spells it LATTITUDE.
    "latitude": ("lattitude", "latitude"),
    "longitude": ("longitude",),
}
OPTIONAL_COLUMNS = frozenset({"latitude", "longitude"})
PERIOD_COLUMN = "crash_at"
# Before this month the reports had only begun to be kept; from the other one on, a new source adds
# crashes on interstates.
_FULL_FROM = pd.Timestamp("2010-06-01", tz=ZONE)
_NEW_SOURCE = pd.Timestamp("2016-08-01", tz=ZONE)
COLUMNS = ["crash_at", "road_kind", "latitude", "longitude"]


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's crash reports, as text under the portal's names."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    for step in (drop_unreadable_moments, plain_road_kinds, numbers_for_places, blank_strangers):
        frame = step(frame, ledger)
    ordered = blanks_missing(frame[COLUMNS]).sort_values(COLUMNS)
    return Tidied(ordered.reset_index(drop=True), ledger)


def drop_unreadable_moments(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Day and time become one local moment; a report whose moment can't be read is left out."""
    naive = dates(frame["crash_on"]) + clock(frame["crash_at"])
    unreadable = naive.isna()
    ledger.drop(row_names(frame, unreadable), "the day or the time can't be read")
    local, unclear = in_local_time(naive[~unreadable])
    ledger.repair("clock_change", unclear)
    return frame[~unreadable].assign(crash_at=local)


def plain_road_kinds(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """``OFF ROAD/ PRIVATE PROPERTY`` loses the space that it has by mistake."""
    plain = single_spaces(frame["road_kind"]).str.replace("/ ", "/", regex=False)
    return frame.assign(road_kind=plain)


def numbers_for_places(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Degrees become numbers; a street's name in their place is blanked and counted."""
    numbers = coordinates(frame)
    unreadable = numbers.isna().any(axis=1)
    written = frame["latitude"].ne("") | frame["longitude"].ne("")
    ledger.repair("street_in_coordinates", int((unreadable & written).sum()))
    return frame.assign(**numbers.mask(unreadable))


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    moments = frame["crash_at"]
    midnight = moments.dt.normalize().eq(moments)
    late_interstate = frame["road_kind"].eq("INTERSTATE") & moments.ge(_NEW_SOURCE)
    return {
        "exact_doubles": int(frame.duplicated(COLUMNS).sum()),
        "exactly_midnight": int(midnight.sum()),
        "no_place": int(frame["latitude"].isna().sum()),
        "slow_start": int(moments.lt(_FULL_FROM).sum()),
        "new_interstate_source": int(late_interstate.sum()),
    }
