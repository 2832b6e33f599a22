"""Each repair of the sales tax and of the library's three tables."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.tidy import (
    library_hotspot_checkouts,
    library_visits,
    library_wifi_sessions,
    sales_tax,
)
from academy.datasets.tidy.library import repeats_the_year_before
from academy.errors import AcademyError
from datasets.tidy.conftest import MadeUp


def test_months_of_tax_stand_oldest_first_as_dates(made_up: MadeUp) -> None:
    frame = sales_tax.tidy(made_up("sales-tax")).frame
    assert list(frame["month"].dt.strftime("%Y-%m-%d")) == [
        "2016-01-01",
        "2016-08-01",
        "2016-09-01",
    ]
    assert frame.set_index("month").loc["2016-08-01", "vehicle_sales_tax_usd"] == 160


def test_a_month_of_tax_stands_once(made_up: MadeUp) -> None:
    assert sales_tax.tidy(made_up("sales-tax")).ledger.dropped == [
        ("row 3", "the month stands there already")
    ]


def test_a_total_of_tax_that_is_not_the_sum_of_its_parts_is_told(made_up: MadeUp) -> None:
    frame = sales_tax.tidy(made_up("sales-tax")).frame
    assert list(sales_tax.totals_disagree(frame)) == [False, True, False]
    assert sales_tax.measure_shown_faults(frame) == {"totals_disagree": 1}


def test_the_live_portals_names_mean_the_same_taxes(made_up: MadeUp) -> None:
    raw = made_up("sales-tax")
    live = raw.rename(
        columns={
            name: spellings[-1]
            for name, spellings in zip(raw.columns, sales_tax.PORTAL_COLUMNS.values(), strict=True)
        }
    )
    pd.testing.assert_frame_equal(sales_tax.tidy(live).frame, sales_tax.tidy(raw).frame)


def test_a_column_a_branch_becomes_a_row_a_branch(made_up: MadeUp) -> None:
    frame = library_visits.tidy(made_up("library-visits")).frame
    assert len(frame) == 8 * 15
    may = frame[frame["month"] == pd.Timestamp(2016, 5, 1)].set_index("branch_name")
    assert may.loc["Main", "visits"] == 500
    assert may.loc["Recycled Reads", "visits"] == 40
    assert list(may.index[~may["is_branch"]]) == ["Recycled Reads"]


def test_library_totals_that_add_the_bookshop_are_counted_and_left_out(made_up: MadeUp) -> None:
    tidied = library_visits.tidy(made_up("library-visits"))
    assert tidied.ledger.repaired["totals_disagree"] == 1
    assert tidied.ledger.dropped == [("row 9", "the month stands there already")]
    assert "total" not in set(tidied.frame["branch_name"])


def test_three_months_like_the_year_before_were_copied_and_zeros_were_not(made_up: MadeUp) -> None:
    frame = library_visits.tidy(made_up("library-visits")).frame
    copied = frame[repeats_the_year_before(frame, "visits")]
    assert set(copied["branch_name"]) == {"Scotlandville"}
    assert list(copied["month"].dt.month) == [3, 4, 5]
    assert set(copied["month"].dt.year) == {2016}
    assert library_visits.measure_shown_faults(frame) == {
        "zero_visits": 8,
        "repeats_the_year_before": 3,
    }


def test_one_month_like_the_year_before_is_chance(made_up: MadeUp) -> None:
    frame = library_visits.tidy(made_up("library-visits")).frame
    baker = frame[(frame["branch_name"] == "Baker") & (frame["month"].dt.month == 4)]
    assert list(baker["visits"]) == [61, 61]
    assert not repeats_the_year_before(frame, "visits")[baker.index].any()


def test_wifi_sessions_by_branch(made_up: MadeUp) -> None:
    tidied = library_wifi_sessions.tidy(made_up("library-wifi-sessions"))
    assert len(tidied.frame) == 2 * 14
    assert tidied.ledger.repaired == {"month_as_text": 2, "totals_disagree": 1}
    assert library_wifi_sessions.measure_shown_faults(tidied.frame) == {
        "repeats_the_year_before": 0
    }


def test_a_place_that_does_not_lend_yet_has_no_row(made_up: MadeUp) -> None:
    tidied = library_hotspot_checkouts.tidy(made_up("library-hotspot-checkouts"))
    south = tidied.frame[tidied.frame["branch_name"] == "South"]
    assert list(south["hotspot_checkouts"]) == [9]
    assert tidied.ledger.repaired["not_there_yet"] == 1
    assert tidied.ledger.repaired["totals_disagree"] == 1


def test_an_older_export_without_the_branch_south_is_read(made_up: MadeUp) -> None:
    raw = made_up("library-hotspot-checkouts").drop(columns="SOUTH")
    frame = library_hotspot_checkouts.tidy(raw).frame
    assert len(frame) == 2 * 15
    assert "South" not in set(frame["branch_name"])


def test_a_branch_that_was_renamed_stops_the_work(made_up: MadeUp) -> None:
    raw = made_up("library-visits").rename(columns={"CARVER": "CARVER NEW"})
    with pytest.raises(AcademyError, match="lack these columns: carver"):
        library_visits.tidy(raw)
