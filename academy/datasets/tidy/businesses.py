"""From the portal's business register to the Academy's table ``businesses``, step by step."""

from __future__ import annotations

import pandas as pd

from academy.datasets.geo import inside_bounds
from academy.datasets.privacy import block_of, business_name, street_of
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import (
    blank_strangers,
    blanks_missing,
    coordinates,
    dates,
    mapped,
    points_from_text,
    row_names,
)

PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "business_name": ("business name", "tname"),
    "opened_on": ("business open date", "topendate"),
    "status": ("business status", "tstatus"),
    "closed_on": ("business close date", "tclosedate"),
    "naics_code": ("naics code", "tnaic"),
    "industry": ("naics category", "naicname"),
    "industry_group": ("naics group", "naicgroupname"),
    "street_name": ("full street name", "tphysicaladdress1"),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "location": ("location",),
}
# The export has two columns of coordinates, the live register an address with a point behind it.
OPTIONAL_COLUMNS = frozenset({"latitude", "longitude", "location"})
PERIOD_COLUMN = "opened_on"
COLUMNS = list(PORTAL_COLUMNS)[:10]
STATUSES = {"O": "open", "C": "closed"}
# A business without a company's name may be in somebody's home: about a block, and no nearer.
BLOCK_DECIMALS = 3
GROUP_NAMES = {
    "ACCOMODATION & FOOD SERVICES": "ACCOMMODATION & FOOD SERVICES",
    "PROFESSIONAL, SCIENTIFIC & TECHNICAL SERV": "PROFESSIONAL, SCIENTIFIC & TECHNICAL SERVICES",
    "SERVICES": "INFORMATION",
}
MASS_CLOSING = pd.Timestamp(2022, 11, 4)


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's rows (as text)."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    for step in STEPS:
        frame = step(frame, ledger)
    return Tidied(in_order(blanks_missing(frame))[COLUMNS], ledger)


def drop_repeats(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A row that stands twice, to the letter, is kept once."""
    repeated = frame.duplicated()
    ledger.drop(row_names(frame, repeated), "the same row stands there already")
    return frame[~repeated]


def days(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Days of opening and closing; a row without a day of opening is left out."""
    opened, closed = dates(frame["opened_on"]), dates(frame["closed_on"])
    ledger.drop(row_names(frame, opened.isna()), "the day of opening can't be read")
    return frame.assign(opened_on=opened, closed_on=closed)[opened.notna()]


def statuses_in_words(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """O and C become open and closed; any other letter stays as it is, for `verify` to tell."""
    ledger.repair("status_as_letter", int(frame["status"].isin(STATUSES).sum()))
    return frame.assign(status=frame["status"].replace(STATUSES))


def clean_industry_groups(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Groups lose the letter behind them, a misspelling and a cut-off end."""
    letterless = frame["industry_group"].str.replace(r" ?\( ?[A-Z] ?\)$", "", regex=True)
    cleaned = letterless.replace(GROUP_NAMES)
    ledger.repair("industry_group_spelling", int(cleaned.ne(frame["industry_group"]).sum()))
    return frame.assign(industry_group=cleaned)


def swap_latitude_longitude(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The two headings are swapped: only the other way round do the points lie in the parish."""
    latitude, longitude = frame["latitude"], frame["longitude"]
    swapped = ~inside_bounds(latitude, longitude) & inside_bounds(longitude, latitude)
    ledger.repair("latitude_longitude_swapped", int(swapped.sum()))
    return frame.assign(
        latitude=latitude.mask(swapped, longitude), longitude=longitude.mask(swapped, latitude)
    )


def points(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """Latitude and longitude become numbers; without them, the point behind the address is read."""
    told, behind = coordinates(frame), points_from_text(frame["location"])
    return frame.assign(**told.fillna(behind))


def round_to_the_block(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Points are rounded to about a block (100 m), as a business may be somebody's home."""
    rounded = frame[["latitude", "longitude"]].round(BLOCK_DECIMALS)
    ledger.repair("points_rounded", int(rounded["latitude"].notna().sum()))
    return frame.assign(latitude=rounded["latitude"], longitude=rounded["longitude"])


def withhold_names(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A name stays only where it ends as a company's does; sole traders register as themselves."""
    names = mapped(frame["business_name"], business_name)
    ledger.repair("names_withheld", int((names.eq("") & frame["business_name"].ne("")).sum()))
    return frame.assign(business_name=names)


def streets_without_numbers(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Only the street of an address is told, never the house."""
    streets = mapped(frame["street_name"], lambda address: street_of(block_of(address)))
    ledger.repair("house_numbers", int(frame["street_name"].str.contains(r"^\d+ ").sum()))
    return frame.assign(street_name=streets)


STEPS = (
    drop_repeats,
    days,
    statuses_in_words,
    clean_industry_groups,
    points,
    swap_latitude_longitude,
    blank_strangers,
    round_to_the_block,
    withhold_names,
    streets_without_numbers,
)


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Oldest first; the register gives an account no number, so all columns order the rest."""
    keys = ["opened_on", "street_name", "business_name", *COLUMNS[2:7], "latitude", "longitude"]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def repeats_an_account(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows repeat an earlier one's name, day of opening and street."""
    named = frame["business_name"].notna()
    return named & frame.duplicated(["business_name", "opened_on", "street_name"])


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    opened = frame["opened_on"].dt
    return {
        "repeats_an_account": int(repeats_an_account(frame).sum()),
        "opened_on_first_of_january": int(((opened.month == 1) & (opened.day == 1)).sum()),
        "closed_on_one_day": int(frame["closed_on"].eq(MASS_CLOSING).sum()),
        "closed_after_the_last_opening": int(frame["closed_on"].gt(frame["opened_on"].max()).sum()),
    }
