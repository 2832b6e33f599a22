"""From the fire department's calls to the Academy's table ``fire-incidents``, step by step."""

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

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "incident_number": ("incident number", "inci_no"),
    "exposure_number": ("exposure number", "exp_no"),
    "dispatched_on": ("dispatch date", "disp_date"),
    "dispatched_at": ("dispatch time", "disp_time"),
    "cleared_on": ("clear date", "clr_date"),
    "cleared_at": ("clear time", "clr_time"),
    "incident_type_code": ("incident type", "inci_type"),
    "incident_type": ("incident description", "inci_descript"),
    "block_address": ("formatted street", "formattedstreet"),
    "zip_code": ("zip",),
    "ems_vehicle_count": ("ems apparatus", "ems_app"),
    "rescue_vehicle_count": ("rescue apparatus", "rescue_app"),
    "suppression_vehicle_count": ("suppression apparatus", "sup_app"),
    "other_vehicle_count": ("other apparatus", "oth_app"),
}
VEHICLES = list(PORTAL_COLUMNS)[-4:]
OPTIONAL_COLUMNS = frozenset({"exposure_number", "cleared_at", "zip_code", *VEHICLES})
PERIOD_COLUMN = "dispatched_on"
KEY = ["incident_number", "exposure_number"]
COLUMNS = [
    *KEY,
    "dispatched_on",
    "dispatched_at",
    "cleared_at",
    "incident_group",
    "incident_type_code",
    "incident_type",
    "block_address",
    "zip_code",
    *VEHICLES,
]
# The first digit of the national code (NFIRS) says the group.
GROUPS = {
    "1": "Fire",
    "2": "Overpressure or explosion without fire",
    "3": "Rescue and medical",
    "4": "Hazardous condition without fire",
    "5": "Service call",
    "6": "Good intent call",
    "7": "False alarm",
    "8": "Severe weather",
    "9": "Other",
}
MEDICAL = "3"


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's incidents, as text under the portal's names."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    for step in STEPS:
        frame = step(frame, ledger)
    ordered = blanks_missing(frame[COLUMNS]).sort_values(KEY)
    return Tidied(ordered.reset_index(drop=True), ledger)


def drop_unreadable(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """An incident without a number or a day is left out; a number is kept once an exposure."""
    blank = frame["incident_number"].eq("") | dates(frame["dispatched_on"]).isna()
    ledger.drop(row_names(frame, blank), "it has no number or no readable day")
    repeated = frame.duplicated(KEY) & ~blank
    ledger.drop(frame.loc[repeated, "incident_number"], "the number stands there already")
    kept = frame[~blank & ~repeated]
    exposure = pd.to_numeric(kept["exposure_number"], errors="coerce").fillna(0)
    return kept.assign(exposure_number=exposure.astype("int64"))


def moments(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Days and times become local moments; a dispatch at exactly 00:00:00 is a blank time."""
    sent_on, cleared_on = dates(frame["dispatched_on"]), dates(frame["cleared_on"])
    sent_time, cleared_time = clock(frame["dispatched_at"]), clock(frame["cleared_at"])
    blank = sent_time.eq(pd.Timedelta(0))
    ledger.repair("dispatch_time_blank", int(blank.sum()))
    sent, unclear = in_local_time(sent_on + sent_time.mask(blank))
    cleared, also_unclear = in_local_time(cleared_on + cleared_time)
    ledger.repair("clock_change", unclear + also_unclear)
    return frame.assign(dispatched_on=sent_on, dispatched_at=sent, cleared_at=cleared)


def name_groups(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """The first digit of the incident's code names its group."""
    return frame.assign(incident_group=frame["incident_type_code"].str[:1].map(GROUPS))


def blocks_only(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """House numbers become blocks; an address that can't be read is withheld."""
    before = frame["block_address"].str.upper()
    block = mapped(before, block_of)
    safe = block.map(is_safe).astype(bool)
    ledger.repair("house_numbers", int((block.ne(before) & safe).sum()))
    ledger.repair("addresses_withheld", int((~safe).sum()))
    return frame.assign(block_address=block.where(safe, ""))


def withhold_patients(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Where somebody was ill or hurt is nobody's business: no address for medical calls."""
    medical = frame["incident_type_code"].str.startswith(MEDICAL)
    written = frame["block_address"].ne("") | frame["zip_code"].ne("")
    ledger.repair("patients_withheld", int((medical & written).sum()))
    return frame.assign(
        block_address=frame["block_address"].mask(medical, ""),
        zip_code=five_digit_zips(frame["zip_code"]).mask(medical, ""),
    )


def count_vehicles(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """Counts of vehicles become whole numbers."""
    counts = frame[VEHICLES].apply(pd.to_numeric, errors="coerce").astype("Int64")
    return frame.assign(**counts)


Step = Callable[[pd.DataFrame, Ledger], pd.DataFrame]
STEPS: tuple[Step, ...] = (
    drop_unreadable,
    moments,
    name_groups,
    blocks_only,
    withhold_patients,
    count_vehicles,
)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    took = frame["cleared_at"] - frame["dispatched_at"]
    return {
        "address_blank": int(frame["block_address"].isna().sum()),
        "clears_before_dispatch": int(took.lt(pd.Timedelta(0)).sum()),
        "took_half_a_day": int(took.ge(pd.Timedelta(hours=12)).sum()),
    }
