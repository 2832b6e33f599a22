"""Repairs that several of the portal's tables need: dates, times, points, ZIP codes, blanks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from academy.datasets.geo import DECIMALS, inside_bounds
from academy.datasets.tidy.ledger import Ledger

ZONE = "America/Chicago"

# A live pull says 2016-04-03T00:00:00.000; exports say 04/03/2016, 4/3/2016 or 4/3/16.
_ISO_DAY = r"^\d{4}-\d{2}-\d{2}"
_US_STYLES = ((r"^\d{1,2}/\d{1,2}/\d{4}$", "%m/%d/%Y"), (r"^\d{1,2}/\d{1,2}/\d{2}$", "%m/%d/%y"))
_CLOCK = r"^(?P<hour>\d{1,2}):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d))? ?(?P<half>[AP]M)?$"
_POINT_STYLES = (
    r"\(\s*(?P<latitude>-?\d+(?:\.\d+)?)\s*,\s*(?P<longitude>-?\d+(?:\.\d+)?)\s*\)\s*$",
    r"^POINT ?\(\s*(?P<longitude>-?\d+(?:\.\d+)?)\s+(?P<latitude>-?\d+(?:\.\d+)?)\s*\)$",
)


def dates(text: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Read days as exports and the live portal write them; what can't be read is missing.

    Parameters
    ----------
    text
        ``4/3/2016``, ``04/03/2016``, ``4/3/16`` or ISO 8601; a time of day behind it is left out.
    """
    iso = text.where(text.str.contains(_ISO_DAY), None).str.slice(0, 10)
    read = pd.to_datetime(iso, format="%Y-%m-%d", errors="coerce")
    for pattern, style in _US_STYLES:
        fitting = text.where(text.str.contains(pattern), None)
        read = read.fillna(pd.to_datetime(fitting, format=style, errors="coerce"))
    return read


def clock(text: pd.Series[str]) -> pd.Series[pd.Timedelta]:
    """Read times of day, as the time since midnight; what can't be read is missing.

    Parameters
    ----------
    text
        ``3:18 PM``, ``15:30``, ``14:35:38``, or digits that may have lost their leading zeros:
        ``5`` is 00:05 and ``850`` is 08:50.
    """
    padded = text.where(~text.str.fullmatch(r"\d{1,4}"), zero_padded_times(text))
    parts = padded.str.upper().str.extract(_CLOCK)
    hour, minute = pd.to_numeric(parts["hour"]), pd.to_numeric(parts["minute"])
    second = pd.to_numeric(parts["second"]).fillna(0)
    half_day = parts["half"].notna()
    possible = hour.between(1, 12).where(half_day, hour.between(0, 23))
    hour = hour.where(~half_day, hour % 12 + 12 * (parts["half"] == "PM"))
    seconds = hour * 3600 + minute * 60 + second
    return pd.to_timedelta(seconds.where(possible.astype(bool)), unit="s")


def zero_padded_times(text: pd.Series[str]) -> pd.Series[str]:
    """Give times their leading zeros back: ``5`` is ``00:05``, ``850`` is ``08:50``."""
    digits = text.str.zfill(4)
    padded: pd.Series[str] = digits.str.slice(0, 2) + ":" + digits.str.slice(2)
    return padded


def in_local_time(naive: pd.Series[pd.Timestamp]) -> tuple[pd.Series[pd.Timestamp], int]:
    """Give local times their zone, and tell how many fall in the hour of a clock change.

    In the hour that autumn's change repeats, the first reading is taken; in the hour that spring's
    leaves out, the time moves an hour on.
    """
    unclear = naive.dt.tz_localize(ZONE, ambiguous="NaT", nonexistent="NaT").isna()
    first_reading = np.ones(len(naive), dtype=bool)
    local = naive.dt.tz_localize(ZONE, ambiguous=first_reading, nonexistent=pd.Timedelta(hours=1))
    return local, int((unclear & naive.notna()).sum())


def points_from_text(text: pd.Series[str]) -> pd.DataFrame:
    """Read latitude and longitude (degrees) out of a text, missing where it holds no point.

    Parameters
    ----------
    text
        ``(30.4, -91.1)``, an address with such a line at its end, or ``POINT (-91.1 30.4)``.
    """
    flat = text.str.strip()
    first, second = (flat.str.extract(style).astype("float64") for style in _POINT_STYLES)
    return first.fillna(second)[["latitude", "longitude"]]


def coordinates(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn the text columns ``latitude`` and ``longitude`` into degrees, to about 11 cm."""
    numbers = {
        name: pd.to_numeric(frame[name], errors="coerce") for name in ("latitude", "longitude")
    }
    return pd.DataFrame(numbers).round(DECIMALS)


def blank_strangers(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A point far outside the parish is a failed look-up: both its numbers are blanked."""
    known = frame["latitude"].notna() & frame["longitude"].notna()
    good = known & inside_bounds(frame["latitude"], frame["longitude"])
    ledger.repair("outside_parish", int((known & ~good).sum()))
    return frame.assign(
        latitude=frame["latitude"].where(good), longitude=frame["longitude"].where(good)
    )


def five_digit_zips(text: pd.Series[str]) -> pd.Series[str]:
    """Keep ZIP codes of five digits (``70805-1234`` loses its end); anything else is blank."""
    short = text.str.replace(r"^(\d{5})-\d{4}$", r"\1", regex=True)
    kept: pd.Series[str] = short.where(short.str.fullmatch(r"\d{5}"), "")
    return kept


def single_spaces(text: pd.Series[str]) -> pd.Series[str]:
    """Write one space where there are several."""
    spaced: pd.Series[str] = text.str.replace(r"\s+", " ", regex=True).str.strip()
    return spaced


def blanks_missing(frame: pd.DataFrame) -> pd.DataFrame:
    """Blank texts become missing values."""
    texts = frame.select_dtypes(include=["object", "string"]).columns
    return frame.assign(**{name: frame[name].replace("", None) for name in texts})


def mapped(column: pd.Series[str], function: Callable[[str], str]) -> pd.Series[str]:
    """Apply a function once to each distinct text: streets repeat a great deal."""
    return column.map({text: function(text) for text in column.unique()}).astype(column.dtype)


def row_names(frame: pd.DataFrame, rows: pd.Series[bool]) -> list[str]:
    """Name rows that have no key by their place in the export, counted from 1."""
    return [f"row {place + 1}" for place in frame.index[rows]]
