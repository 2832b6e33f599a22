"""Steps that the library's monthly tables share: a column a branch becomes a row a branch."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger
from academy.datasets.tidy.numbers import months, whole_numbers
from academy.datasets.tidy.repairs import row_names

KEY = ["month", "branch_name"]
BRANCHES = {
    "Main": ("main",),
    "Baker": ("baker",),
    "Bluebonnet": ("bluebonnet",),
    "Carver": ("carver",),
    "Central": ("central",),
    "Delmont Gardens": ("delmont gardens", "delmont_gardens"),
    "Eden Park": ("eden park", "eden_park"),
    "Fairwood": ("fairwood",),
    "Greenwell Springs": ("greenwell springs", "greenwell_springs"),
    "Jones Creek": ("jones creek", "jones_creek"),
    "Pride": ("pride",),
    "River Center": ("river center", "river_center"),
    "Scotlandville": ("scotlandville",),
    "Zachary": ("zachary",),
}
# A month that repeats the year before once may be chance; three in a row were copied.
SHORTEST_COPY = 3


def wide_table(
    raw: pd.DataFrame,
    columns: Mapping[str, tuple[str, ...]],
    ledger: Ledger,
    optional: Collection[str] = (),
) -> pd.DataFrame:
    """Read the export: one row a month, a column of whole numbers for each place.

    Parameters
    ----------
    raw
        The library's rows, as text.
    columns
        ``year``, ``month``, each place's name and ``total``, with the export's spellings.
    ledger
        Takes the months that stand twice, and the repair ``month_as_text``.
    optional
        Those of the places that an export may lack.
    """
    frame = choose_columns(raw, columns, optional).reset_index(drop=True)
    frame["month"] = months(frame["year"], frame["month"])
    ledger.repair("month_as_text", len(frame))
    repeated = frame.duplicated("month")
    ledger.drop(row_names(frame, repeated), "the month stands there already")
    counted = [name for name in columns if name not in ("year", "month")]
    return frame[~repeated].assign(**{name: whole_numbers(frame[name]) for name in counted})


def long_table(wide: pd.DataFrame, places: list[str], count: str) -> pd.DataFrame:
    """Give each place and month a row of its own, in the order of months and names."""
    long = wide.melt("month", places, var_name="branch_name", value_name=count)
    known = long[long[count].notna()]
    return known[[*KEY, count]].sort_values(KEY).reset_index(drop=True)


def totals_disagree(wide: pd.DataFrame, places: list[str]) -> int:
    """Count the months whose stated total is not the sum of the places."""
    stated = wide["total"]
    return int((wide[places].sum(axis=1) != stated).sum())


def repeats_the_year_before(frame: pd.DataFrame, count: str) -> pd.Series[bool]:
    """Tell which counts equal the year before's, three months in a row or more, zeros aside."""
    wide = frame.pivot(index="month", columns="branch_name", values=count)
    before = wide.set_axis(wide.index + pd.DateOffset(years=1)).reindex(wide.index)
    same = (wide == before) & (wide > 0)
    in_a_run = same.apply(_in_a_run)
    marked = in_a_run.melt(ignore_index=False, value_name="copied").reset_index()
    found: pd.Series[bool] = frame[KEY].merge(marked, on=KEY, how="left")["copied"]
    return found.set_axis(frame.index).fillna(False).astype(bool)


def _in_a_run(column: pd.Series[bool]) -> pd.Series[bool]:
    same = column.fillna(False).astype(bool)
    run = (same != same.shift()).cumsum()
    return same & (same.groupby(run).transform("size") >= SHORTEST_COPY)
