"""Each repair of the table of crimes, on rows as the portal gives them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from academy.datasets.tidy.crime_incidents import (
    COLUMNS,
    KEY,
    PROTECTED,
    SAME_CASE,
    measure_shown_faults,
    tidy,
)
from academy.datasets.tidy.ledger import Tidied
from academy.errors import AcademyError


@pytest.fixture
def raw(made_up: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    return made_up("crime-incidents")


@pytest.fixture
def tidied(raw: pd.DataFrame) -> Tidied:
    return tidy(raw)


@pytest.fixture
def cases(tidied: Tidied) -> pd.DataFrame:
    return tidied.frame[tidied.frame["charge_number"].eq(1)].set_index("case_number")


def case(last_digits: int) -> str:
    return f"16000000{last_digits:02d}"


def test_charges_are_numbered_within_their_case(tidied: Tidied) -> None:
    frame = tidied.frame
    assert list(frame.columns) == COLUMNS
    assert not frame.duplicated(KEY).any()
    first = frame[frame["case_number"].eq(case(1))]
    assert first["charge_number"].tolist() == [1, 2]
    assert first["charge_description"].tolist() == ["THEFT/MISD/CC", "DIST/PEACE/FISTIC ENCOUNTER"]


def test_the_order_of_the_export_does_not_matter(raw: pd.DataFrame, tidied: Tidied) -> None:
    pd.testing.assert_frame_equal(tidy(raw.iloc[::-1]).frame, tidied.frame)


def test_juveniles_and_sexual_assault_leave_no_trace(tidied: Tidied) -> None:
    assert tidied.ledger.withheld == {PROTECTED: 3, SAME_CASE: 0}
    text = tidied.frame.to_csv()
    for trace in ("JUVENILE", "SEX", "VOYEUR", "30.499999", "30.481111", "INVENTED", case(30)):
        assert trace not in text, trace


def test_a_case_with_one_protected_charge_is_left_out_whole(raw: pd.DataFrame) -> None:
    first = raw.index[raw["FILE NUMBER"].eq(case(1))]
    assert len(first) == 2
    raw.loc[first[0], "CRIME"] = "SEXUAL ASSAULT"
    tidied = tidy(raw)
    assert tidied.ledger.withheld == {PROTECTED: 4, SAME_CASE: 1}
    assert case(1) not in set(tidied.frame["case_number"])
    # Rows without a case number are not one case.
    assert len(tidied.frame) == len(tidy(raw.drop(index=first)).frame)


def test_a_charge_on_a_protected_point_keeps_its_row_and_loses_the_point(
    cases: pd.DataFrame, tidied: Tidied
) -> None:
    assert cases.loc[case(31), ["latitude", "longitude"]].isna().all()
    assert cases.loc[case(31), "block_address"] == "1600 BLK MADE UP DR"
    assert tidied.ledger.repaired["zip_centre"] == 3


def test_a_charge_without_a_case_or_a_day_is_left_out(tidied: Tidied) -> None:
    assert tidied.ledger.dropped == [
        ("row 36", "it has no case number"),
        (case(9), "the day can't be read"),
    ]


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (1, "2016-04-03 18:50:00-05:00"),
        (3, "2016-04-03 00:05:00-05:00"),
        (4, "2016-04-03 08:50:00-05:00"),
        (5, "2016-04-03 00:00:00-05:00"),
        (6, "2016-11-06 01:30:00-05:00"),
        (7, "2016-03-13 03:30:00-05:00"),
    ],
)
def test_times_get_their_zeros_and_their_zone(
    cases: pd.DataFrame, number: int, moment: str
) -> None:
    assert str(cases.loc[case(number), "offense_at"]) == moment


def test_a_time_that_cannot_be_is_missing_and_its_day_stays(
    cases: pd.DataFrame, tidied: Tidied
) -> None:
    assert pd.isna(cases.loc[case(8), "offense_at"])
    assert cases.loc[case(8), "offense_on"] == pd.Timestamp("2016-04-03")
    assert tidied.ledger.repaired["lost_leading_zeros"] == 5
    assert tidied.ledger.repaired["clock_change"] == 2


def test_zip_codes_that_are_not_five_digits_are_blank(cases: pd.DataFrame, tidied: Tidied) -> None:
    assert cases.loc[[case(10), case(11), case(13)], "zip_code"].isna().all()
    assert cases.loc[case(12), "zip_code"] == "15043"
    assert cases.loc[case(32), "zip_code"] == "70815"
    assert tidied.ledger.repaired["zip_unreadable"] == 2


def test_a_subzone_that_became_a_number_is_put_together(
    cases: pd.DataFrame, tidied: Tidied
) -> None:
    assert cases.loc[case(1), "police_subzone"] == "1A2"
    assert cases.loc[case(14), "police_subzone"] == "1E1"
    assert tidied.ledger.repaired["subzone_as_number"] == 1


def test_the_letters_oth_are_another_district(cases: pd.DataFrame, tidied: Tidied) -> None:
    assert cases.loc[case(15), "police_district"] == "OTHER"
    assert pd.isna(cases.loc[case(15), "police_subzone"])
    assert pd.isna(cases.loc[case(16), "police_district"])
    assert tidied.ledger.repaired["district_other"] == 1


@pytest.mark.parametrize(
    ("number", "block", "street"),
    [
        (17, "300 BLK E I-10 HW", "E I-10 HW"),
        (18, "700 BLK W I-10 HW", "W I-10 HW"),
        (19, "900 BLK N 98TH ST", "N 98TH ST"),
        (20, "100 BLK N 98TH ST", "N 98TH ST"),
        (21, "1400 BLK SAMPLE OAK AV", "SAMPLE OAK AV"),
        (23, "9000 BLK PRETEND AV", "PRETEND AV"),
    ],
)
def test_streets_have_one_spelling(
    cases: pd.DataFrame, number: int, block: str, street: str
) -> None:
    assert cases.loc[case(number), "block_address"] == block
    assert cases.loc[case(number), "street_name"] == street


def test_a_house_number_becomes_a_block_and_its_point_as_coarse(
    cases: pd.DataFrame, tidied: Tidied
) -> None:
    assert cases.loc[case(23), ["latitude", "longitude"]].tolist() == [30.473, -91.063]
    assert cases.loc[case(1), ["latitude", "longitude"]].tolist() == [30.470001, -91.060001]
    assert tidied.ledger.repaired["house_numbers"] == 1
    assert "9012" not in tidied.frame.to_csv()


def test_a_number_behind_the_block_withholds_address_and_point(
    cases: pd.DataFrame, tidied: Tidied
) -> None:
    withheld = ["block_address", "street_name", "latitude", "longitude"]
    assert cases.loc[case(22), withheld].isna().all()
    assert tidied.ledger.repaired["addresses_withheld"] == 1
    assert "13675" not in tidied.frame.to_csv()


def test_a_point_in_another_state_is_blanked(cases: pd.DataFrame, tidied: Tidied) -> None:
    assert cases.loc[case(24), ["latitude", "longitude"]].isna().all()
    assert cases.loc[case(25), ["latitude", "longitude"]].isna().all()
    assert tidied.ledger.repaired["outside_parish"] == 1


def test_attempts_are_told_from_deeds(cases: pd.DataFrame) -> None:
    assert bool(cases.loc[case(29), "is_attempted"])
    assert not cases.loc[case(28), "is_attempted"]


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    shown = measure_shown_faults(tidied.frame)
    assert shown["exact_doubles"] == 1
    assert shown["case_on_two_days"] == 2
    assert shown["exactly_midnight"] == 1
    assert shown["burglary_under_other"] == 2
    assert shown["zip_blank"] == 3
    assert shown["zip_elsewhere"] == 1
    assert shown["district_blank"] == 1
    assert shown["no_place"] == 4
    assert (
        shown["two_street_types"]
        == tidied.frame["street_name"].isin(["MADE UP DR", "MADE UP BL"]).sum()
    )


def test_the_live_portals_names_mean_the_same_columns(raw: pd.DataFrame, tidied: Tidied) -> None:
    live = raw.rename(columns=lambda name: name.lower().replace(" ", "_"))
    pd.testing.assert_frame_equal(tidy(live).frame, tidied.frame)


def test_a_portal_without_locations_leaves_points_missing(raw: pd.DataFrame) -> None:
    assert tidy(raw.drop(columns="GEOLOCATION")).frame["latitude"].isna().all()


def test_a_renamed_column_is_named(raw: pd.DataFrame) -> None:
    with pytest.raises(AcademyError, match="lack these columns: crime"):
        tidy(raw.rename(columns={"CRIME": "KIND"}))
