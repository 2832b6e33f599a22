"""Defects are what they say they are: each in the row and the column that is noted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from academy.datasets.defects import HARD, KINDS, plant

ROWS = 300


@pytest.fixture
def table() -> pd.DataFrame:
    """Made-up rows with a place for every kind."""
    days = pd.Timestamp("2016-01-01") + pd.to_timedelta(np.arange(ROWS), unit="D")
    return pd.DataFrame(
        {
            "kind": pd.Series(["GARBAGE", "TALL GRASS", "POTHOLE"] * (ROWS // 3), dtype="object"),
            "code": pd.Series([f"C-{100 + number}" for number in range(ROWS)], dtype="object"),
            "made_on": days,
            "paid_usd": pd.Series(range(1, ROWS + 1), dtype="Int64"),
            "latitude": np.linspace(30.3, 30.6, ROWS),
            "longitude": np.linspace(-91.2, -91.0, ROWS),
        }
    )


def test_every_kind_is_planted_and_nothing_else_changes(table: pd.DataFrame) -> None:
    wrong, planted = plant(table, table, np.random.default_rng(0), 200)
    assert len(planted) == 200
    assert {defect.kind for defect in planted} == set(KINDS)
    noted = {(defect.row, name) for defect in planted for name in defect.columns if name}
    before = table.astype("object")
    after = wrong.head(ROWS).astype("object")
    same = (before == after) | (before.isna() & after.isna())
    changed = {(row, str(name)) for row, name in (~same).stack().loc[lambda x: x].index}
    assert changed == noted
    rows = [defect.row for defect in planted]
    assert len(set(rows)) == len(rows), "a row holds one defect at the most"


def test_repeated_rows_stand_at_the_end(table: pd.DataFrame) -> None:
    wrong, planted = plant(table, table, np.random.default_rng(1), 100)
    copies = [defect.row for defect in planted if defect.kind == "repeated_row"]
    assert copies == list(range(ROWS, len(wrong)))
    assert wrong.iloc[copies].merge(table, how="left", indicator=True)["_merge"].eq("both").all()


def test_the_same_chance_gives_the_same_defects(table: pd.DataFrame) -> None:
    first = plant(table, table, np.random.default_rng(5), 50)
    second = plant(table, table, np.random.default_rng(5), 50)
    assert first[1] == second[1]
    pd.testing.assert_frame_equal(first[0], second[0])


def test_each_kind_does_what_its_words_say(table: pd.DataFrame) -> None:
    wrong, planted = plant(table, table, np.random.default_rng(2), 250)
    for defect in planted:
        row = wrong.loc[defect.row]
        if defect.kind == "blank":
            assert pd.isna(row[defect.columns[0]])
        elif defect.kind in ("typo", "case", "code"):
            assert row[defect.columns[0]] not in set(table[defect.columns[0]])
        elif defect.kind == "far_date":
            assert not 1980 < row["made_on"].year < 2100
        elif defect.kind == "near_date":
            assert 1 <= abs((row["made_on"] - table.loc[defect.row, "made_on"]).days) <= 60
        elif defect.kind == "swapped_point":
            assert row["latitude"] < 0 < row["longitude"]
        elif defect.kind == "wrong_value":
            (name,) = defect.columns
            assert row[name] in set(table[name])
            assert row[name] != table.loc[defect.row, name]


@pytest.mark.parametrize("kind", ["swapped_point", "far_date", "near_date", "code"])
def test_a_kind_without_a_place_is_left_out(table: pd.DataFrame, kind: str) -> None:
    bare = table[["kind", "paid_usd"]]
    _, planted = plant(bare, bare, np.random.default_rng(3), 100)
    assert kind not in {defect.kind for defect in planted}


def test_an_empty_table_takes_none() -> None:
    empty = pd.DataFrame({"kind": pd.Series(dtype="object")})
    assert plant(empty, empty, np.random.default_rng(0), 10)[1] == []


def test_the_hard_kinds_are_kinds() -> None:
    assert set(KINDS) > HARD
    assert len(KINDS) == 10
