"""Each repair of the votes by precinct."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.tidy.precinct_votes import COLUMNS, measure_shown_faults, tidy
from academy.errors import AcademyError
from datasets.tidy.conftest import MadeUp


@pytest.fixture
def raw(made_up: MadeUp) -> pd.DataFrame:
    return made_up("precinct-votes")


def test_one_row_a_precinct_and_amendment_in_order(raw: pd.DataFrame) -> None:
    frame = tidy(raw).frame
    assert list(frame.columns) == COLUMNS
    assert list(zip(frame["amendment_number"], frame["precinct_id"], strict=True)) == [
        (number, precinct)
        for number in (1, 2)
        for precinct in ("01/001", "02/010 B", "Early Voting")
    ]


def test_rows_that_cannot_be_used_are_left_out_with_a_reason(raw: pd.DataFrame) -> None:
    assert tidy(raw).ledger.dropped == [
        ("row 8", "it is of another parish"),
        ("row 7", "the precinct has a row for that amendment already"),
    ]


def test_early_votes_are_marked_and_have_no_voters_and_no_ward(raw: pd.DataFrame) -> None:
    frame = tidy(raw).frame
    early = frame[frame["is_early_voting"]]
    assert len(early) == 2
    assert early[["registered_voters", "people_who_voted", "ward_number"]].isna().all(axis=None)
    assert list(early["no_votes"]) == [1000, 900]
    assert tidy(raw).ledger.repaired == {"na_as_text": 2}


def test_the_ward_stands_before_the_stroke(raw: pd.DataFrame) -> None:
    frame = tidy(raw).frame.set_index(["amendment_number", "precinct_id"])
    assert frame.loc[(1, "02/010 B"), "ward_number"] == 2


def test_precincts_with_more_voters_than_votes_are_counted(raw: pd.DataFrame) -> None:
    assert measure_shown_faults(tidy(raw).frame) == {
        "early_votes_without_precinct": 2,
        "more_voters_than_votes": 3,
    }


def test_a_vote_that_is_no_number_stops_the_work(raw: pd.DataFrame) -> None:
    with pytest.raises(AcademyError, match=r"yes_votes are not a whole number, e\.g\. 'many'"):
        tidy(raw.assign(yes="many"))
