"""How many charges there were, by month, kind, ZIP code and tract: ``crime-counts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from academy.datasets.geo import tract_of
from academy.datasets.privacy import SMALLEST_CELL, hidden_cells, protected_rows
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
COUNTS = ["charge_count", "case_count"]
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
    by_tract = count_by_tract(placed, sorted(tracts["tract_id"].astype(str)), ledger)
    others = {
        "by-zip": count_by_zip(charges, ledger),
        "by-tract": by_tract,
        "by-tract-and-kind": count_by_tract_and_kind(placed, by_tract, ledger),
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
    counts = with_cases(rows, grid)
    return counts.assign(is_whole_month=whole_months(counts["month"], first, last))


def count_by_zip(charges: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Count the charges of each ZIP code and kind, small counts hidden.

    Kinds about young people and sexual offences are left out, as ZIP codes are put on maps.
    """
    open_kinds = charges[~protected_rows(charges, ["crime_kind"])]
    rows = open_kinds.assign(zip_code=known_zips(open_kinds["zip_code"], ledger))
    rows = rows[rows["zip_code"].ne("")]
    zips, kinds = sorted(rows["zip_code"].unique()), sorted(rows["crime_kind"].unique())
    grid = complete_grid({"zip_code": zips, "crime_kind": kinds})
    return without_small_cells(with_cases(rows, grid), [["zip_code"]], "small_cells_by_zip", ledger)


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


def with_cases(rows: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """Count the charges of each combination of a grid, and the cases they belong to."""
    counts = count_rows(rows, grid, "charge_count")
    cases = rows.drop_duplicates([*grid.columns, "case_number"])
    return counts.assign(case_count=count_rows(cases, grid, "case_count")["case_count"])


def count_by_tract(placed: pd.DataFrame, tract_ids: list[str], ledger: Ledger) -> pd.DataFrame:
    """Count the charges and cases of each tract; under ten of either, the tract is not covered.

    The rows of all tracts together can be counted elsewhere, so the hidden tracts must be two or
    more, with ten cases or more between them.
    """
    counts = with_cases(placed, complete_grid({"tract_id": tract_ids}))
    counts["is_covered"] = counts["case_count"] >= SMALLEST_CELL
    small = hidden_cells(counts, COUNTS, within=[[]])
    ledger.repair("small_tracts", int(small.sum()))
    return counts.assign(**{name: counts[name].astype("Int64").mask(small) for name in COUNTS})


def count_by_tract_and_kind(
    placed: pd.DataFrame, by_tract: pd.DataFrame, ledger: Ledger
) -> pd.DataFrame:
    """Count the charges of each tract and kind, small counts hidden.

    A tract whose own total is hidden shows no kind either: the kinds would add up to it.
    """
    kinds = sorted(placed["crime_kind"].astype(str).unique())
    tract_ids = list(by_tract["tract_id"])
    counts = with_cases(placed, complete_grid({"tract_id": tract_ids, "crime_kind": kinds}))
    of_hidden = counts["tract_id"].isin(by_tract.loc[by_tract["charge_count"].isna(), "tract_id"])
    counts["case_count"] = counts["case_count"].mask(of_hidden & counts["case_count"].gt(0), 1)
    margins = [["tract_id"], ["crime_kind"]]
    return without_small_cells(counts, margins, "small_cells_by_tract", ledger)


def without_small_cells(
    counts: pd.DataFrame, within: list[list[str]], fault: str, ledger: Ledger
) -> pd.DataFrame:
    """Blank counts of few charges or few cases, and those that would give them away."""
    hidden = hidden_cells(counts, COUNTS, within=within)
    ledger.repair(fault, int(hidden.sum()))
    shown = counts["charge_count"].astype("Int64").mask(hidden)
    return counts.drop(columns="case_count").assign(charge_count=shown)


def measure_shown_faults(
    frame: pd.DataFrame, *, by_tract: pd.DataFrame, **_others: pd.DataFrame
) -> dict[str, int]:
    """Count the rows of every fault that is left in the tables."""
    return {
        "part_of_a_month": int((~frame["is_whole_month"]).sum()),
        "not_covered": int((~by_tract["is_covered"]).sum()),
    }
