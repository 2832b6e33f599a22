"""How many charges there were, by month, kind, ZIP code and tract: ``crime-counts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from academy.datasets.geo import tract_of
from academy.datasets.privacy import SMALLEST_CELL, protected_rows, suppress_small_cells
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.counting import (
    complete_grid,
    count_rows,
    first_of_month,
    months_between,
    whole_months,
)
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import dates, five_digit_zips, row_names

if TYPE_CHECKING:
    import geopandas

# The course's spelling, then the portal's: either export can be counted by month and ZIP code.
PORTAL_COLUMNS: dict[str, tuple[str, ...]] = {
    "case_number": ("filenumber", "file number", "file_number"),
    "offense_on": ("offensedate", "offense date", "offense_date"),
    "crime_kind": ("crime",),
    "zip_code": ("zip", "zip code", "zip_code"),
}
OPTIONAL_COLUMNS: frozenset[str] = frozenset()
PERIOD_COLUMN = "month"
_PARISH_ZIP = r"^70[78]\d\d$"


def tidy(raw: pd.DataFrame, incidents: pd.DataFrame, tracts: geopandas.GeoDataFrame) -> Tidied:
    """Count charges: by month and ZIP code those of the long export, by tract those with a place.

    Parameters
    ----------
    raw
        Every charge of 2015-2017, as text, without addresses.
    incidents
        Every row of ``crime-incidents``, with its points.
    tracts
        Every row of ``census-tracts``, with its shapes.
    """
    ledger = Ledger()
    charges = dated_charges(raw, ledger)
    placed = in_tracts(incidents, tracts, ledger)
    tract_ids = sorted(tracts["tract_id"].astype(str))
    others = {
        "by-zip": count_by_zip(charges, ledger),
        "by-tract": count_by_tract(placed, tract_ids, ledger),
        "by-tract-and-kind": count_by_tract_and_kind(placed, tract_ids, ledger),
    }
    return Tidied(count_by_month(charges), ledger, others=others)


def dated_charges(raw: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Read the days and write the kinds as the portal does; all rows stay.

    Many rows stand twice or more to the letter. Beside the fuller export nearly all of them are
    different charges of one case, which look the same only because the charge's own words are
    missing: they are counted.
    """
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    ledger.repair("exact_doubles", int(raw.duplicated().sum()))
    days = dates(frame["offense_on"])
    ledger.drop(row_names(frame, days.isna()), "the day can't be read")
    dated = frame.assign(offense_on=days, crime_kind=frame["crime_kind"].str.upper())
    return dated[days.notna()]


def count_by_month(charges: pd.DataFrame) -> pd.DataFrame:
    """Count the charges and the cases of each month and kind."""
    first, last = charges["offense_on"].min(), charges["offense_on"].max()
    kinds = sorted(charges["crime_kind"].unique())
    grid = complete_grid({"month": months_between(first, last), "crime_kind": kinds})
    rows = charges.assign(month=first_of_month(charges["offense_on"]))
    counts = count_rows(rows, grid, "charge_count")
    cases = rows.drop_duplicates(["month", "crime_kind", "case_number"])
    counts["case_count"] = count_rows(cases, grid, "case_count")["case_count"]
    return counts.assign(is_whole_month=whole_months(counts["month"], first, last))


def count_by_zip(charges: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Count the charges of each ZIP code and kind, small counts hidden.

    Kinds about juveniles and sexual assault are left out, as ZIP codes are put on maps.
    """
    open_kinds = charges[~protected_rows(charges, ["crime_kind"])]
    rows = open_kinds.assign(zip_code=known_zips(open_kinds["zip_code"], ledger))
    rows = rows[rows["zip_code"].ne("")]
    zips, kinds = sorted(rows["zip_code"].unique()), sorted(rows["crime_kind"].unique())
    grid = complete_grid({"zip_code": zips, "crime_kind": kinds})
    counts = count_rows(rows, grid, "charge_count")
    return hidden(counts, [["zip_code"]], "small_cells_by_zip", ledger)


def known_zips(written: pd.Series[str], ledger: Ledger) -> pd.Series[str]:
    """Keep the parish's ZIP codes that stand on ten charges or more; count what is not kept."""
    zips = five_digit_zips(written)
    here = zips.where(zips.str.contains(_PARISH_ZIP), "")
    often = here.where(here.map(here.value_counts()) >= SMALLEST_CELL, "")
    ledger.repair("zip_blank", int(written.eq("").sum()))
    ledger.repair("zip_unreadable", int((zips.eq("") & written.ne("")).sum()))
    ledger.repair("zip_elsewhere", int((here.eq("") & zips.ne("")).sum()))
    ledger.repair("zip_rare", int((often.eq("") & here.ne("")).sum()))
    return often


def in_tracts(
    incidents: pd.DataFrame, tracts: geopandas.GeoDataFrame, ledger: Ledger
) -> pd.DataFrame:
    """Give each charge the tract that its block lies in; those without one are counted."""
    found = tract_of(incidents["latitude"], incidents["longitude"], tracts)
    unplaced = incidents["latitude"].isna()
    ledger.repair("no_place", int(unplaced.sum()))
    ledger.repair("outside_the_tracts", int((found.isna() & ~unplaced).sum()))
    rows = pd.DataFrame(incidents[["case_number", "crime_kind"]]).assign(tract_id=found)
    return rows[found.notna()]


def count_by_tract(placed: pd.DataFrame, tract_ids: list[str], ledger: Ledger) -> pd.DataFrame:
    """Count the charges and cases of each tract; under ten, the tract is not covered."""
    grid = complete_grid({"tract_id": tract_ids})
    counts = count_rows(placed, grid, "charge_count")
    cases = placed.drop_duplicates(["tract_id", "case_number"])
    counts["case_count"] = count_rows(cases, grid, "case_count")["case_count"]
    counts["is_covered"] = counts["charge_count"] >= SMALLEST_CELL
    few = counts["charge_count"].between(1, SMALLEST_CELL - 1)
    ledger.repair("small_tracts", int(few.sum()))
    for name in ("charge_count", "case_count"):
        counts[name] = counts[name].astype("Int64").mask(few)
    return counts


def count_by_tract_and_kind(
    placed: pd.DataFrame, tract_ids: list[str], ledger: Ledger
) -> pd.DataFrame:
    """Count the charges of each tract and kind, small counts hidden."""
    kinds = sorted(placed["crime_kind"].astype(str).unique())
    grid = complete_grid({"tract_id": tract_ids, "crime_kind": kinds})
    counts = count_rows(placed, grid, "charge_count")
    return hidden(counts, [["tract_id"]], "small_cells_by_tract", ledger)


def hidden(
    counts: pd.DataFrame, within: list[list[str]], fault: str, ledger: Ledger
) -> pd.DataFrame:
    """Blank small counts, and those from which they could be worked out with a total."""
    shown = suppress_small_cells(counts, "charge_count", within=within)
    ledger.repair(fault, int(shown.isna().sum()))
    return counts.assign(charge_count=shown)


def measure_shown_faults(
    frame: pd.DataFrame, *, by_tract: pd.DataFrame, **_others: pd.DataFrame
) -> dict[str, int]:
    """Count the rows of every fault that is left in the tables."""
    return {
        "part_of_a_month": int((~frame["is_whole_month"]).sum()),
        "not_covered": int((~by_tract["is_covered"]).sum()),
    }
