"""From the portal's 311 requests to the Academy's table ``service-requests``, step by step."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from academy.datasets.privacy import PLACEHOLDER, block_of, is_safe, street_of
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.errors import AcademyError

ZONE = "America/Chicago"

# Our column, and what an export or the live portal calls it. Comments, names, telephone
# numbers, house numbers and coordinates are not here, so they are never asked for or kept.
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "request_id": ("id",),
    "status": ("statusdesc",),
    "created_at": ("createdate_utc", "createdate"),
    "closed_at": ("closeddate",),
    "parent_type": ("parenttype",),
    "request_type": ("typename",),
    "block_address": ("streetaddress",),
    "city_name": ("cityname",),
    "department_name": ("department",),
    "division_name": ("division",),
    "division_code": ("deptdivid",),
}
# The live portal gives this one only in an older form of the dataset.
OPTIONAL_COLUMNS = frozenset({"division_code"})
PERIOD_COLUMN = "created_at"
# Rows with the same ID are never parted, so that no step looks at rows of two pieces.
PIECE_ROWS = 25_000
PIECE_KEY = ("request_id",)
COLUMNS = [*list(PORTAL_COLUMNS)[:7], "street_name", *list(PORTAL_COLUMNS)[7:]]
NOT_CLOSED = ("OPEN", "IN PROGRESS")


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from rows as the portal gives them.

    Parameters
    ----------
    raw
        Text columns with the portal's names (either spelling in ``PORTAL_COLUMNS``); an empty
        text or a missing value is blank. Any other column is left out.

    Raises
    ------
    AcademyError
        When two rows share an ID and differ, or no row is left.
    """
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS)
    for step in STEPS:
        frame = step(frame, ledger)
    if frame.empty:
        raise AcademyError(
            "The portal's rows hold no usable request.",
            kept="The table that is there stays as it is.",
            next_step="Look at the export: it may be cut off, or its columns may have moved.",
        )
    return Tidied(frame[COLUMNS], ledger)


def drop_unreadable_ids(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A request without a whole number as its ID can't be told from others: it is left out."""
    readable = frame["request_id"].str.fullmatch(r"\d+")
    ledger.drop(frame.loc[~readable, "request_id"], "the ID is not a whole number")
    kept = frame[readable].copy()
    kept["request_id"] = kept["request_id"].astype("int64")
    return kept


def drop_repeats(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A row that stands twice, to the letter, is kept once; a differing one stops the work."""
    repeated = frame.duplicated()
    ledger.drop(frame.loc[repeated, "request_id"], "the same row stands there already")
    kept = frame[~repeated]
    clashes = kept.loc[kept["request_id"].duplicated(), "request_id"]
    if not clashes.empty:
        raise AcademyError(
            f"{len(clashes)} IDs stand on rows that differ, e.g. {clashes.iloc[0]}; "
            "an ID must name one request.",
            kept="The table that is there stays as it is.",
            next_step="The portal may have changed while it was read: try again later.",
        )
    return kept


def drop_unreadable_times(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A time that can't be read is not guessed, and not made to look like an open request."""
    created = pd.to_datetime(frame["created_at"], format="ISO8601", errors="coerce")
    closed = pd.to_datetime(frame["closed_at"], format="ISO8601", errors="coerce")
    bad_created = created.isna()
    bad_closed = closed.isna() & frame["closed_at"].ne("")
    ledger.drop(frame.loc[bad_created, "request_id"], "the time of creation can't be read")
    ledger.drop(
        frame.loc[bad_closed & ~bad_created, "request_id"], "the time of closing can't be read"
    )
    times = frame.assign(created_at=created, closed_at=closed)
    return times[~bad_created & ~bad_closed]


def created_from_utc(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The portal gives the time of creation in UTC; the table gives it in local time."""
    local = frame["created_at"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
    ledger.repair("created_in_utc", len(frame))
    return frame.assign(created_at=local)


def closed_in_local_time(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The time of closing is local already; it gets its zone, and blank means not closed.

    In the hour that autumn's clock change repeats, the first reading is taken; in the hour that
    spring's leaves out, the time moves an hour on. Both are counted.
    """
    naive = frame["closed_at"]
    unclear = naive.dt.tz_localize(ZONE, ambiguous="NaT", nonexistent="NaT").isna()
    ledger.repair("closed_at_clock_change", int((unclear & naive.notna()).sum()))
    first_reading = [True] * len(naive)
    local = naive.dt.tz_localize(ZONE, ambiguous=first_reading, nonexistent=pd.Timedelta(hours=1))
    return frame.assign(closed_at=local)


def round_house_numbers(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """House numbers become blocks, in the address and in the city field alike."""
    address = _mapped(frame["block_address"], block_of)
    city = _mapped(frame["city_name"], block_of)
    changed = address.ne(frame["block_address"]) | city.ne(frame["city_name"])
    ledger.repair("house_numbers", int(changed.sum()))
    return frame.assign(block_address=address, city_name=city)


def withhold_unsafe_addresses(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """An address that still holds a number we can't place is withheld, not published."""
    unsafe_address = ~frame["block_address"].map(is_safe).astype(bool)
    unsafe_city = ~frame["city_name"].map(is_safe).astype(bool)
    ledger.repair("addresses_withheld", int((unsafe_address | unsafe_city).sum()))
    return frame.assign(
        block_address=frame["block_address"].mask(unsafe_address, ""),
        city_name=frame["city_name"].mask(unsafe_city, ""),
    )


def name_streets(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The street without its block, and none where the address is only ``2 FALSE``."""
    placeholders = frame["block_address"].str.fullmatch(PLACEHOLDER.pattern)
    ledger.repair("address_is_false", int(placeholders.sum()))
    return frame.assign(street_name=_mapped(frame["block_address"], street_of))


def type_the_rest(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:  # noqa: ARG001
    """Blank texts become missing, codes become numbers, rows stand in the order of IDs."""
    texts = frame.select_dtypes(include=["object", "string"]).columns
    blank_free = frame.assign(**{name: frame[name].replace("", None) for name in texts})
    codes = pd.to_numeric(blank_free["division_code"]).astype("Int64")
    ordered = blank_free.assign(division_code=codes).sort_values("request_id")
    return ordered.reset_index(drop=True)


Step = Callable[[pd.DataFrame, Ledger], pd.DataFrame]
STEPS: tuple[Step, ...] = (
    drop_unreadable_ids,
    drop_repeats,
    drop_unreadable_times,
    created_from_utc,
    closed_in_local_time,
    round_house_numbers,
    withhold_unsafe_addresses,
    name_streets,
    type_the_rest,
)


def closes_before_creation(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which requests close before they begin."""
    return frame["closed_at"] < frame["created_at"]


def city_is_a_street(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which requests carry a street in the city field (those without an address of their own).

    Known by the address ``2 FALSE`` beside it, so that no list of towns is needed.
    """
    found: pd.Series[bool] = frame["block_address"].str.fullmatch(PLACEHOLDER.pattern, na=False)
    return found


def status_disagrees(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which requests are closed without a close date, or open with one."""
    return frame["closed_at"].isna() != frame["status"].isin(NOT_CLOSED)


def batch_closed(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which requests made up to 2019 were closed in 2020-2022."""
    made_early: pd.Series[bool] = frame["created_at"].dt.year <= 2019
    closed_later: pd.Series[bool] = frame["closed_at"].dt.year.between(2020, 2022)
    return made_early & closed_later


# What is wrong and stays in the table: the fault's id, and the rows that have it.
SHOWN: dict[str, Callable[[pd.DataFrame], pd.Series[bool]]] = {
    "closes_before_creation": closes_before_creation,
    "batch_closures": batch_closed,
    "street_in_city": city_is_a_street,
    "address_blank": lambda frame: frame["block_address"].isna(),
    "address_without_number": lambda frame: (
        frame["block_address"].notna() & ~frame["block_address"].str.contains(r"^\d", na=False)
    ),
    "parent_type_blank": lambda frame: frame["parent_type"].isna(),
    "expired_type": lambda frame: frame["request_type"].str.startswith("ZZZ", na=False),
    "not_closed_yet": lambda frame: frame["closed_at"].isna(),
    "status_disagrees": status_disagrees,
}


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    return {fault: int(rows(frame).sum()) for fault, rows in SHOWN.items()}


def _mapped(column: pd.Series[str], function: Callable[[str], str]) -> pd.Series[str]:
    """Apply a function once to each distinct text: streets repeat a great deal."""
    return column.map({text: function(text) for text in column.unique()}).astype(column.dtype)
