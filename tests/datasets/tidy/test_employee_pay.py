"""Each repair of the pay of employees, and the pay by job that is made from it."""

from __future__ import annotations

import pandas as pd
import pytest

from academy.datasets.template import load_template
from academy.datasets.tidy import employee_pay, pay_by_job
from academy.datasets.tidy.ledger import Tidied
from datasets.tidy.conftest import MadeUp


@pytest.fixture
def tidied(made_up: MadeUp) -> Tidied:
    return employee_pay.tidy(made_up("employee-pay"))


def test_hours_of_a_year_that_recorded_none_are_missing_and_others_stay(tidied: Tidied) -> None:
    hours = tidied.frame.set_index("year")["overtime_hours"]
    assert hours[2018].isna().all()
    assert hours[2019].notna().all()
    assert 24.5 in set(hours[2019])
    assert tidied.ledger.repaired["overtime_hours_missing"] == 2


def test_zero_hours_of_a_year_without_overtime_stay_zero(made_up: MadeUp) -> None:
    raw = made_up("employee-pay").assign(**{"TOTAL OT PAY": "0", "TOTAL OT HOURS": "0"})
    tidied = employee_pay.tidy(raw)
    assert tidied.frame["overtime_hours"].eq(0).all()
    assert tidied.ledger.repaired["overtime_hours_missing"] == 0


def test_the_words_count_the_kinds_of_extra_pay(made_up: MadeUp) -> None:
    """Those that the portal gives between severance pay and the number of a person."""
    columns = list(made_up("employee-pay").columns)
    extra = columns[columns.index("SEVERANCE PAY") + 1 : columns.index("UNIQUEID")]
    assert (len(extra), "WORKERS COMP" in extra) == (20, True)
    assert any(
        text.startswith("Twenty kinds of extra pay")
        for text in load_template("employee-pay").not_included
    )


def test_nothing_links_a_persons_years_and_no_day_is_told(tidied: Tidied) -> None:
    text = tidied.frame.to_csv()
    for kept_back in ("0xMADEUP1", "08/17", "08/03", "2015-08"):
        assert kept_back not in text
    assert set(tidied.frame["hire_year"]) == {2006, 2015}
    assert list(tidied.frame["end_year"].dropna()) == [2018, 2019]
    assert "uniqueid" not in str(employee_pay.PORTAL_COLUMNS).lower()


def test_dollars_are_whole_and_the_parts_make_the_sum(tidied: Tidied) -> None:
    frame = tidied.frame
    assert frame.loc[frame["job_title"] == "LIBRARIAN II", "base_pay_usd"].iloc[0] == 43580
    parts = [name for name in frame.columns if name.endswith("_pay_usd") and "gross" not in name]
    assert ((frame[parts].sum(axis=1) - frame["gross_pay_usd"]).abs() <= 2).all()
    assert frame["other_pay_usd"].max() == 108483 - 43580 - 32267


def test_a_row_without_a_year_is_left_out(tidied: Tidied) -> None:
    assert tidied.ledger.dropped == [("row 6", "it has no year")]
    assert len(tidied.frame) == 17


def test_letters_become_words_and_titles_lose_double_blanks(tidied: Tidied) -> None:
    assert set(tidied.frame["employment_status"]) == {"active", "inactive"}
    assert "LIBRARY PAGE" in set(tidied.frame["job_title"])


def test_faults_that_stay_are_counted(tidied: Tidied) -> None:
    assert employee_pay.measure_shown_faults(tidied.frame) == {
        "base_pay_below_zero": 1,
        "overtime_without_hours": 1,
        "code_with_two_titles": 3,
        "title_with_two_codes": 3,
        "active_with_end_year": 1,
        "same_row_again": 0,
    }


def test_jobs_of_few_people_are_pooled_and_no_dollar_is_lost(tidied: Tidied) -> None:
    by_job = pay_by_job.tidy(tidied.frame)
    frame = by_job.frame.set_index(["year", "job_title"])
    assert list(frame.index) == [
        (2018, pay_by_job.POOLED),
        (2019, pay_by_job.POOLED),
        (2019, "POLICE OFFICER"),
    ]
    assert by_job.ledger.repaired == {"small_jobs_pooled": 4}
    assert frame["employee_count"].sum() == 17
    assert frame["total_gross_pay_usd"].sum() == tidied.frame["gross_pay_usd"].sum()


def test_the_middle_pay_of_a_job_is_told(tidied: Tidied) -> None:
    officers = pay_by_job.tidy(tidied.frame).frame.set_index("job_title").loc["POLICE OFFICER"]
    assert officers["employee_count"] == 12
    assert officers["median_base_pay_usd"] == 40550
    assert officers["median_gross_pay_usd"] == 40715


def test_counts_that_tell_of_few_people_are_hidden_and_so_is_their_overtime(
    tidied: Tidied,
) -> None:
    officers = pay_by_job.tidy(tidied.frame).frame.set_index("job_title").loc["POLICE OFFICER"]
    # Eleven are active, which leaves one; eleven had overtime, which leaves one.
    assert pd.isna(officers["active_count"])
    assert pd.isna(officers["with_overtime_count"])
    assert officers["total_overtime_pay_usd"] == 30 * sum(range(12))
    table = pd.DataFrame(
        {
            "employee_count": [30, 30],
            "active_count": [30, 15],
            "with_overtime_count": [3, 0],
            "total_overtime_pay_usd": [900, 0],
        },
        dtype="Int64",
    )
    hidden = pay_by_job.hide_small_counts(table)
    assert list(hidden["active_count"]) == [30, 15]
    assert list(hidden["with_overtime_count"].isna()) == [True, False]
    assert list(hidden["total_overtime_pay_usd"].isna()) == [True, False]
    assert pay_by_job.measure_shown_faults(hidden) == {"small_counts_hidden": 1}
