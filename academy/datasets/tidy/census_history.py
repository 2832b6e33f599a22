"""From the portal's census demographics to the Academy's table ``census-history``."""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.numbers import money, percents, whole_numbers
from academy.datasets.tidy.repairs import row_names

COUNTS: dict[str, tuple[str, ...]] = {
    "population": ("total population", "total_population"),
    "population_white": ("population white", "population_white"),
    "population_black": ("population black", "population_black"),
    "population_asian": ("population asian", "population_asian"),
    "housing_units": ("housing units", "housing_units"),
    "occupied_housing_units": ("occupied housing units", "occupied_housing_units"),
}
MEDIANS: dict[str, tuple[str, ...]] = {
    "median_age_years": ("median age", "median_age"),
    "median_household_income_usd": ("median household income", "median_household_income"),
    "median_home_value_usd": (
        "median house value owner occupied",
        "median_house_value_owner_occupied",
    ),
    "median_year_built": ("median year built", "median_year_built"),
}
PERCENTS: dict[str, tuple[str, ...]] = {
    "owner_occupied_percent": ("percent owner occupied", "percent_owner_occupied"),
    "vacant_percent": ("vacancy rates", "vacancy_rates"),
}
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "year": ("census year", "census_year"),
    "block_group_id": ("fips id", "fips_id"),
    **COUNTS,
    **MEDIANS,
    **PERCENTS,
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "year"
COLUMNS = [
    "year",
    "block_group_id",
    "tract_id",
    "tract_number",
    *COUNTS,
    *MEDIANS,
    *PERCENTS,
]
KEY = ["year", "block_group_id"]
WHOLE_MEDIANS = [name for name in MEDIANS if name != "median_age_years"]


def tidy(raw: pd.DataFrame) -> Tidied:
    """Make the tidy table from the portal's rows (as text)."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS).reset_index(drop=True)
    for step in STEPS:
        frame = step(frame, ledger)
    return Tidied(frame[COLUMNS].sort_values(KEY).reset_index(drop=True), ledger)


def drop_rows_without_a_number(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """A block group is known by 12 digits, and has one row a census."""
    unknown = ~frame["block_group_id"].str.fullmatch(r"\d{12}")
    ledger.drop(row_names(frame, unknown), "the block group's number has not 12 digits")
    repeated = frame.duplicated(KEY) & ~unknown
    ledger.drop(row_names(frame, repeated), "the block group stands there already")
    return frame[~unknown & ~repeated]


def tracts_in_numbers(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """The tract is in the number: 220330040131 is block group 1 of tract 40.13."""
    ledger.repair("tract_from_number", len(frame))
    tract = frame["block_group_id"].str.slice(0, 11)
    hundredths = tract.str.slice(5).astype("int64")
    whole, rest = (hundredths // 100).astype("str"), (hundredths % 100).astype("str").str.zfill(2)
    number = whole.where(rest.eq("00"), whole + "." + rest)
    return frame.assign(tract_id=tract, tract_number=number, year=whole_numbers(frame["year"]))


def texts_become_numbers(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """``$43300.00``, ``43.38%`` and ``36.799999999999997`` become numbers."""
    ledger.repair("numbers_as_text", len(frame))
    counts = {name: whole_numbers(frame[name]) for name in COUNTS}
    medians = {name: money(frame[name]).round(1) for name in MEDIANS}
    shares = {name: percents(frame[name]) for name in PERCENTS}
    return frame.assign(**counts, **medians, **shares)


def no_medians_of_zero(frame: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """No home is worth $0 and none was built in the year 0: such a median is missing."""
    zero = frame[list(MEDIANS)].eq(0)
    ledger.repair("median_is_zero", int(zero.any(axis=1).sum()))
    medians = frame[list(MEDIANS)].mask(zero)
    return frame.assign(**medians).astype(dict.fromkeys(WHOLE_MEDIANS, "Int64"))


STEPS = (drop_rows_without_a_number, tracts_in_numbers, texts_become_numbers, no_medians_of_zero)


def vacancy_disagrees(frame: pd.DataFrame) -> pd.Series[bool]:
    """Tell which rows have a vacancy rate five points or more from what the homes say."""
    homes = frame["housing_units"].where(frame["housing_units"] > 0)
    computed = 100 * (homes - frame["occupied_housing_units"]) / homes
    differs = (computed.astype("float64") - frame["vacant_percent"]).abs() >= 5
    return differs.fillna(False).astype(bool)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    more = frame["occupied_housing_units"] > frame["housing_units"]
    return {
        "more_occupied_than_homes": int(more.fillna(False).sum()),
        "vacancy_disagrees": int(vacancy_disagrees(frame).sum()),
        "population_missing": int(frame["population"].isna().sum()),
    }
