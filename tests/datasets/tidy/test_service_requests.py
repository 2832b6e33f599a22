"""Each repair of the 311 table, on rows as the portal gives them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from academy.datasets.compiler import Compiled
from academy.datasets.tables import read_table
from academy.datasets.tidy.columns import choose_columns
from academy.datasets.tidy.ledger import Ledger
from academy.datasets.tidy.service_requests import (
    COLUMNS,
    OPTIONAL_COLUMNS,
    PORTAL_COLUMNS,
    measure_shown_faults,
    tidy,
    withhold_unsafe_addresses,
)
from academy.errors import AcademyError

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture
def raw() -> pd.DataFrame:
    path = DATA / "7ixm-mnvx_made_up_requests.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture
def table(compiled: Compiled) -> pd.DataFrame:
    resource = compiled.descriptor.resource
    content = bytes(compiled.files[resource.path])
    return read_table(content, "csv", resource, "made up").set_index("request_id")


def one(raw: pd.DataFrame, **changes: str) -> pd.DataFrame:
    return raw.iloc[[0]].assign(**changes)


def test_every_usable_row_is_there_once_in_the_order_of_ids(table: pd.DataFrame) -> None:
    assert list(table.index) == list(range(101, 137))
    assert ["request_id", *table.columns] == COLUMNS


def test_created_time_is_turned_from_utc_to_local_and_closed_time_is_not(
    table: pd.DataFrame,
) -> None:
    summer, winter = table.loc[101], table.loc[102]
    assert str(summer["created_at"]) == "2012-07-10 16:33:00-05:00"
    assert str(summer["closed_at"]) == "2012-07-19 05:28:00-05:00"
    assert str(winter["created_at"]) == "2013-01-04 21:15:00-06:00"
    assert str(winter["closed_at"]) == "2013-01-09 10:00:00-06:00"


def test_close_times_at_a_clock_change_are_settled_and_counted(
    table: pd.DataFrame, raw: pd.DataFrame
) -> None:
    assert str(table.loc[119, "closed_at"]) == "2018-11-04 01:30:00-05:00"
    assert str(table.loc[120, "closed_at"]) == "2019-03-10 03:30:00-05:00"
    assert tidy(raw).ledger.repaired["closed_at_clock_change"] == 2


def test_a_blank_close_date_is_missing_and_means_not_closed(table: pd.DataFrame) -> None:
    assert list(table.index[table["closed_at"].isna()]) == [124, 125, 134, 135]
    assert set(table.loc[table["closed_at"].isna(), "status"]) == {"OPEN", "IN PROGRESS"}


def test_two_false_is_no_street_and_stays_visible(table: pd.DataFrame) -> None:
    assert table.loc[104, "block_address"] == "2 FALSE"
    assert pd.isna(table.loc[104, "street_name"])
    assert table.loc[104, "city_name"] == "N 99TH ST"


def test_house_numbers_become_blocks(table: pd.DataFrame, raw: pd.DataFrame) -> None:
    blocks = table["block_address"]
    assert blocks[103] == "9000 BLK MADE UP AVE"
    assert blocks[109] == "7300 BLK"
    assert pd.isna(table.loc[109, "street_name"])
    assert blocks[112] == "7800 BLK S PRETEND DR"
    assert table.loc[113, "street_name"] == "99TH AVE"
    assert tidy(raw).ledger.repaired["house_numbers"] == 10


def test_an_address_that_was_not_rounded_is_withheld() -> None:
    ledger = Ledger()
    frame = pd.DataFrame(
        {
            "block_address": ["9012 PRETEND ST", "9000 BLK PRETEND ST", "2 FALSE", ""],
            "city_name": ["BATON ROUGE", "BATON ROUGE", "9012 PRETEND ST", "BATON ROUGE"],
        }
    )
    safe = withhold_unsafe_addresses(frame, ledger)
    assert list(safe["block_address"]) == ["", "9000 BLK PRETEND ST", "2 FALSE", ""]
    assert list(safe["city_name"]) == ["BATON ROUGE", "BATON ROUGE", "", "BATON ROUGE"]
    assert ledger.repaired == {"addresses_withheld": 2}


def test_blank_texts_are_missing(table: pd.DataFrame) -> None:
    assert list(table.index[table["block_address"].isna()]) == [106, 107]
    assert list(table.index[table["parent_type"].isna()]) == [133]


def test_rows_that_cannot_be_used_are_left_out_with_a_reason(raw: pd.DataFrame) -> None:
    assert tidy(raw).ledger.dropped == [
        ("137-A", "the ID is not a whole number"),
        ("135", "the same row stands there already"),
        ("138", "the time of creation can't be read"),
        ("139", "the time of closing can't be read"),
    ]


def test_faults_that_stay_are_counted(compiled: Compiled) -> None:
    rows = {fault.id: fault.rows for fault in compiled.descriptor.known_faults}
    assert rows["closes_before_creation"] == 1
    assert rows["batch_closures"] == 2
    assert rows["street_in_city"] == rows["address_is_false"] == 3
    assert rows["address_blank"] == 2
    assert rows["address_without_number"] == 3
    assert rows["parent_type_blank"] == rows["expired_type"] == 1
    assert rows["not_closed_yet"] == 4
    assert rows["test_tickets"] is None


def test_a_status_that_disagrees_with_the_close_date_is_counted(raw: pd.DataFrame) -> None:
    frame = tidy(one(raw, STATUSDESC="OPEN")).frame
    assert measure_shown_faults(frame)["status_disagrees"] == 1


def test_an_id_on_two_rows_that_differ_stops_the_work(raw: pd.DataFrame) -> None:
    clash = pd.concat([raw, one(raw, TYPENAME="POTHOLE")])
    with pytest.raises(AcademyError, match=r"1 IDs stand on rows that differ, e\.g\. 101"):
        tidy(clash)


def test_a_renamed_column_is_named(raw: pd.DataFrame) -> None:
    with pytest.raises(AcademyError, match="lack these columns: closeddate"):
        tidy(raw.rename(columns={"CLOSEDDATE": "DATE CLOSED"}))


def test_an_export_without_rows_is_refused(raw: pd.DataFrame) -> None:
    with pytest.raises(AcademyError, match="no usable request"):
        tidy(raw.iloc[:0])


def test_nothing_personal_of_a_live_row_is_kept() -> None:
    live = json.loads((DATA / "live_rows.json").read_text())
    frame = tidy(pd.DataFrame(live)).frame
    assert list(frame.columns) == COLUMNS
    kept = frame.to_csv()
    for row in live:
        for column in ("comments", "requestername", "phone", "email", "latitude", "longitude"):
            assert not row.get(column) or row[column] not in kept
    for number in ("9012", "14155", "3187", "225", "555", "4471", "APT", "MADEUP", "SAM"):
        assert number not in kept, number
    assert list(frame["block_address"]) == [
        "9000 BLK MADE UP AVE",
        "14100 BLK INVENTED RD",
        "2 FALSE",
    ]
    assert frame.loc[2, "city_name"] == "3100 BLK N 99TH ST"


def test_the_live_portals_names_mean_the_same_columns(raw: pd.DataFrame) -> None:
    live = raw.rename(columns={name: name.removesuffix("_UTC").lower() for name in raw.columns})
    chosen = [choose_columns(each, PORTAL_COLUMNS, OPTIONAL_COLUMNS) for each in (live, raw)]
    pd.testing.assert_frame_equal(*chosen)


def test_a_portal_without_division_codes_leaves_them_missing(raw: pd.DataFrame) -> None:
    frame = tidy(raw.drop(columns="DEPTDIVID")).frame
    assert frame["division_code"].isna().all()
    assert frame["division_code"].dtype == "Int64"
