"""One street of the business register with the portal's faults left in, for lessons to find.

The names of columns, the letters of the status, the way in which days are written and the swapped
headings are the portal's; only names and points are made safe, as in ``businesses``.
"""

from __future__ import annotations

import pandas as pd

from academy.datasets.tidy.businesses import (
    OPTIONAL_COLUMNS,
    PORTAL_COLUMNS,
    points,
    round_to_the_block,
    streets_without_numbers,
    withhold_names,
)
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger, Tidied
from academy.datasets.tidy.repairs import blanks_missing

__all__ = ["OPTIONAL_COLUMNS", "PERIOD_COLUMN", "PORTAL_COLUMNS", "measure_shown_faults", "tidy"]

PERIOD_COLUMN = None
STREET = "GOVERNMENT ST"
COLUMNS = {
    "business_name": "business_name",
    "opened_on": "business_open_date",
    "status": "business_status",
    "closed_on": "business_close_date",
    "naics_code": "naics_code",
    "industry": "naics_category",
    "industry_group": "naics_group",
    "street_name": "full_street_name",
    "latitude": "latitude",
    "longitude": "longitude",
}


def tidy(raw: pd.DataFrame) -> Tidied:
    """Take the rows of one street as they come (as text), doubles and all."""
    ledger = Ledger()
    frame = choose_columns(raw, PORTAL_COLUMNS, OPTIONAL_COLUMNS).reset_index(drop=True)
    frame = frame[frame["street_name"].str.endswith(STREET)].reset_index(drop=True)
    for step in (points, round_to_the_block, withhold_names, streets_without_numbers):
        frame = step(frame, ledger)
    named = blanks_missing(frame).rename(columns=COLUMNS)
    numbered = named.assign(row_number=range(1, len(named) + 1))
    return Tidied(numbered[["row_number", *COLUMNS.values()]], ledger)


def measure_shown_faults(frame: pd.DataFrame) -> dict[str, int]:
    """Count the rows of every fault that is left in the table."""
    columns = list(COLUMNS.values())
    return {
        "latitude_longitude_swapped": int(frame["latitude"].lt(0).sum()),
        "repeated_rows": int(frame.duplicated(columns).sum()),
        "opened_on_first_of_january": int(frame["business_open_date"].str[:6].eq("01/01/").sum()),
    }
