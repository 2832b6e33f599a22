"""From the portal's crime incidents to the Academy's table ``crime-incidents``, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from academy.datasets.privacy import block_of, is_safe, protected_rows, street_of, zip_centres
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import (
    blank_strangers,
    blanks_missing,
    clock,
    dates,
    five_digit_zips,
    in_local_time,
    mapped,
    points_from_text,
    row_names,
    single_spaces,
)
from academy.datasets.tidy.streets import street_spelling

# The code of the charge is not asked for: a spreadsheet made clock times of most of them.
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "case_number": ("file number", "file_number"),
    "offense_on": ("offense date", "offense_date"),
    "offense_at": ("offense time", "offense_time"),
    "crime_kind": ("crime",),
    "charge_description": (
        "offense desc",
        "offense_desc",
        "offense description",
        "offense_description",
    ),
    "is_attempted": ("committed", "a_c"),
    "block_address": ("address", "full address", "full_address"),
    "zip_code": ("zip", "zip code", "zip_code"),
    "police_district": ("district",),
    "police_zone": ("zone",),
    "police_subzone": ("subzone",),
    "location": ("geolocation",),
}
OPTIONAL_COLUMNS = frozenset({"location"})
PERIOD_COLUMN = "offense_on"
KEY = ["case_number", "charge_number"]
COLUMNS = [
    *KEY,
    "offense_on",
    "offense_at",
    "crime_kind",
    "charge_description",
    "is_attempted",
    "block_address",
    "street_name",
    "zip_code",
    "police_district",
    "police_subzone",
    "latitude",
    "longitude",
]
_CHARGE = COLUMNS[2:]
PROTECTED = "it is about a sexual offence, or about a child or young person"
SAME_CASE = "another charge of its case is about one of these"
# A thousandth of a degree is about 100 m: a point as coarse as a block.
HOUSE_DECIMALS = 3
# The parish's own ZIP codes; a few others are the mail's, or wrong.
_PARISH_ZIP = r"^70[78]"


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's charges, as text under the portal's names."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    for step in STEPS:
        frame = step(frame, ledger)
    return Tidied(frame[COLUMNS], ledger)


def points(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The coordinates stand inside the location's text; a ZIP code's centre is nobody's place.

    This is done first: protected rows tell where these centres are.
    """
    places = points_from_text(frame["location"])
    first_line = frame["location"].str.split("\n").str[0].fillna("")
    centres = zip_centres(first_line, places["latitude"], places["longitude"])
    ledger.repair("point_inside_address", int(places["latitude"].notna().sum()))
    ledger.repair("zip_centre", int(centres.sum()))
    return frame.assign(
        latitude=places["latitude"].mask(centres), longitude=places["longitude"].mask(centres)
    )


def withhold_protected(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Cases about sexual offences and young people are left out whole, with their points.

    The other charges of such a case would still tell its day and its block.
    """
    found = protected_rows(frame, ["crime_kind", "charge_description"])
    cases = set(frame.loc[found, "case_number"]) - {""}
    same_case = frame["case_number"].isin(cases) & ~found
    ledger.withhold(int(found.sum()), PROTECTED)
    ledger.withhold(int(same_case.sum()), SAME_CASE)
    return frame[~found & ~same_case]


def drop_without_case(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A charge without a case number can't be told from others: it is left out."""
    blank = frame["case_number"].eq("")
    ledger.drop(row_names(frame, blank), "it has no case number")
    return frame[~blank]


def moments(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Day and time become a local moment; times get their lost leading zeros back.

    A row whose day can't be read is left out; a time that can't be read is missing.
    """
    days, times = dates(frame["offense_on"]), clock(frame["offense_at"])
    ledger.drop(frame.loc[days.isna(), "case_number"], "the day can't be read")
    shortened = frame["offense_at"].str.fullmatch(r"\d{1,3}")
    ledger.repair("lost_leading_zeros", int((shortened & days.notna()).sum()))
    local, unclear = in_local_time(days + times)
    ledger.repair("clock_change", unclear)
    return frame.assign(offense_on=days, offense_at=local)[days.notna()]


def attempted_as_flag(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """``ATTEMPTED`` becomes true and ``COMMITTED`` false; anything else is missing."""
    words = frame["is_attempted"].str.upper().str[:1].map({"A": True, "C": False})
    return frame.assign(is_attempted=words.astype("boolean"))


def whole_districts(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The subzone is put together anew, as a spreadsheet had made 1E1 the number 1.00E+01.

    ``O``, ``T`` and ``H`` in the three columns together say ``OTH``: outside the four districts.
    """
    whole = frame["police_district"] + frame["police_zone"] + frame["police_subzone"]
    other = whole.eq("OTH")
    ledger.repair("district_other", int(other.sum()))
    ledger.repair("subzone_as_number", int(frame["police_zone"].eq("E").sum()))
    return frame.assign(
        police_district=frame["police_district"].mask(other, "OTHER"),
        police_subzone=whole.mask(other, ""),
    )


def readable_zips(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A ZIP code that is not five digits is blanked: what it should have been can't be known."""
    zips = five_digit_zips(frame["zip_code"])
    ledger.repair("zip_unreadable", int((zips.eq("") & frame["zip_code"].ne("")).sum()))
    return frame.assign(zip_code=zips)


def streets_by_name(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Streets get one spelling, so that no part of a street's name looks like a house number.

    ``E I10 HW`` and ``W 1-10 HW`` are I-10, ``N 38 ST`` and ``75 TH ST`` are 38TH ST and 75TH ST.
    """
    spaced = single_spaces(frame["block_address"].str.upper())
    named = mapped(spaced, street_spelling)
    ledger.repair("street_spelling", int(named.ne(frame["block_address"]).sum()))
    return frame.assign(block_address=named)


def blocks_only(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """House numbers become blocks, in the address and in the point alike.

    The portal gives blocks. Where it gives a house, its point is rounded to about 100 m; where a
    second number stands behind the block, it may be a house's: address and point are withheld.
    """
    before = frame["block_address"]
    block = mapped(before, block_of)
    had_block = before.str.contains(r"\bBLK\b")
    unsafe = ~block.map(is_safe).astype(bool) | (had_block & block.ne(before))
    rounded = block.ne(before) & ~unsafe
    ledger.repair("house_numbers", int(rounded.sum()))
    ledger.repair("addresses_withheld", int(unsafe.sum()))
    block = block.mask(unsafe, "")
    places = frame[["latitude", "longitude"]]
    places = places.where(~rounded, places.round(HOUSE_DECIMALS)).mask(unsafe)
    streets = mapped(block, street_of)
    return frame.assign(**places, block_address=block, street_name=streets)


def number_charges(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """A case's charges are numbered from 1, in a stated order, as the portal numbers none."""
    ordered = blanks_missing(frame).sort_values(["case_number", *_CHARGE], ignore_index=True)
    return ordered.assign(charge_number=ordered.groupby("case_number").cumcount() + 1)


Step = Callable[[pd.DataFrame, Ledger], pd.DataFrame]
STEPS: tuple[Step, ...] = (
    points,
    withhold_protected,
    drop_without_case,
    moments,
    attempted_as_flag,
    whole_districts,
    readable_zips,
    streets_by_name,
    blank_strangers,
    blocks_only,
    number_charges,
)


def exactly_midnight(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which charges stand at 0:00 to the minute."""
    same: pd.Series[bool] = frame["offense_at"].dt.normalize().eq(frame["offense_at"])
    return same


def case_on_two_days(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which charges belong to a case whose charges differ in their day."""
    days: pd.Series[int] = frame.groupby("case_number")["offense_on"].transform("nunique")
    return days > 1


def two_street_types(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which charges lie on a block whose street has two types (``BL`` here, ``DR`` there)."""
    stem = frame["block_address"].str.replace(r" [A-Z]{2}$", "", regex=True)
    kinds: pd.Series[int] = frame["block_address"].groupby(stem).transform("nunique")
    return kinds > 1


def burglary_under_other(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which burglaries and lootings the portal counts under OTHER."""
    words = frame["charge_description"].str.contains(r"^BURG|^LOOTING", na=False)
    found: pd.Series[bool] = frame["crime_kind"].eq("OTHER") & words
    return found


# What is wrong and stays in the table: the fault's id, and the rows that have it.
SHOWN: dict[str, Callable[[pd.DataFrame], pd.Series[bool]]] = {
    "exact_doubles": lambda frame: frame.duplicated(["case_number", *_CHARGE]),
    "case_on_two_days": case_on_two_days,
    "exactly_midnight": exactly_midnight,
    "burglary_under_other": burglary_under_other,
    "zip_blank": lambda frame: frame["zip_code"].isna(),
    "zip_elsewhere": lambda frame: ~frame["zip_code"].str.contains(_PARISH_ZIP, na=True),
    "district_blank": lambda frame: frame["police_district"].isna(),
    "no_place": lambda frame: frame["latitude"].isna(),
    "two_street_types": two_street_types,
}


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    return {fault: int(rows(frame).sum()) for fault, rows in SHOWN.items()}
