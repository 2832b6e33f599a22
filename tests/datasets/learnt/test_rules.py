"""Each kind of rule is learnt from rows that keep to it, and points at the row that does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from academy.datasets.constraints import check, flagged_rows, learn
from academy.datasets.learnt.rule import Rule

ROWS = 400


@pytest.fixture
def table() -> pd.DataFrame:
    """Made-up requests that keep to rules of every kind."""
    return made_up()


@pytest.fixture(scope="module")
def rules() -> list[Rule]:
    """What is learnt from them."""
    return learn(made_up())


def made_up() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    kind = rng.choice(["GARBAGE", "POTHOLE", "TALL GRASS", "JUNK VEHICLE"], ROWS)
    group = pd.Series(kind).map(
        {"GARBAGE": "WASTE", "POTHOLE": "ROADS", "TALL GRASS": "LOTS", "JUNK VEHICLE": "LOTS"}
    )
    made = pd.Timestamp("2016-01-01") + pd.to_timedelta(rng.integers(0, 300, ROWS), unit="D")
    paid, given = rng.integers(10, 500, ROWS), rng.integers(10, 500, ROWS)
    return pd.DataFrame(
        {
            "request_id": np.arange(1000, 1000 + ROWS),
            "pole_code": [f"C-{number}" for number in rng.integers(100, 1000, ROWS)],
            "kind": kind,
            "group": group.astype("object"),
            "street": rng.choice([f"PRETEND {letter} DR" for letter in "ABCDEFGHJKLM"], ROWS),
            "month": made.to_period("M").to_timestamp(),
            "made_on": made,
            "closed_on": made + pd.to_timedelta(rng.integers(0, 40, ROWS), unit="D"),
            "paid_usd": paid,
            "given_usd": given,
            "total_usd": paid + given,
            "latitude": rng.uniform(30.3, 30.6, ROWS).round(6),
            "longitude": rng.uniform(-91.2, -91.0, ROWS).round(6),
        }
    )


def alarms(
    table: pd.DataFrame, rules: list[Rule], row: int, **wrong: object
) -> set[tuple[str, tuple[str, ...]]]:
    """Put other values into a row of a copy, and tell which alarms are new."""
    spoilt = table.astype(dict.fromkeys(wrong, "object"))
    for name, value in wrong.items():
        spoilt.at[row, name] = value
        spoilt[name] = spoilt[name].infer_objects()
    new = set(check(spoilt, rules)) - set(check(table, rules))
    assert {alarm.row for alarm in new} == {row}
    return {(alarm.kind, alarm.columns) for alarm in new}


@pytest.mark.parametrize(
    ("wrong", "kind", "columns"),
    [
        ({"kind": None}, "filled", ("kind",)),
        ({"kind": "GARBGE"}, "known", ("kind",)),
        ({"kind": "Garbage"}, "written", ("kind",)),
        ({"kind": "TALL  GRASS"}, "written", ("kind",)),
        ({"pole_code": "C-12"}, "shaped", ("pole_code",)),
        ({"pole_code": "C-l23"}, "written", ("pole_code",)),
        ({"group": "ROADS", "kind": "GARBAGE"}, "dependent", ("kind", "group")),
        ({"made_on": pd.Timestamp("1916-03-01")}, "sized", ("made_on",)),
        ({"closed_on": pd.Timestamp("2015-12-15")}, "ordered", ("made_on", "closed_on")),
        ({"month": pd.Timestamp("2016-03-02")}, "monthly", ("month",)),
        ({"paid_usd": -5}, "sized", ("paid_usd",)),
        ({"given_usd": 90_000}, "sized", ("given_usd",)),
        ({"total_usd": 77}, "summed", ("paid_usd", "given_usd", "total_usd")),
        ({"latitude": -91.1, "longitude": 30.4}, "sized", ("latitude",)),
        ({"request_id": 1001}, "once", ("request_id",)),
    ],
)
def test_what_is_wrong_is_told_with_its_row_and_column(
    table: pd.DataFrame,
    rules: list[Rule],
    wrong: dict[str, object],
    kind: str,
    columns: tuple[str, ...],
) -> None:
    assert (kind, columns) in alarms(table, rules, 250, **wrong)


def test_a_repeated_row_is_told_at_its_second_place(table: pd.DataFrame, rules: list[Rule]) -> None:
    doubled = pd.concat([table, table.iloc[[7]]], ignore_index=True)
    found = [alarm for alarm in check(doubled, rules) if alarm.kind == "once"]
    assert {alarm.row for alarm in found} == {ROWS}


def test_the_words_say_what_should_be(rules: list[Rule]) -> None:
    words = {rule.words() for rule in rules}
    assert {
        "kind is never blank",
        "kind is one of 4 values",
        "group is what kind says",
        "closed_on is not before made_on",
        "month is the first day of a month",
        "total_usd is the sum of paid_usd, given_usd",
        "no request_id stands twice",
        "no row stands twice",
    } <= words
    assert any(text.startswith("made_on lies between 2015-") for text in words)


def test_chance_is_no_rule(rules: list[Rule]) -> None:
    kinds = {(rule.kind, rule.columns) for rule in rules}
    assert ("dependent", ("street", "kind")) not in kinds
    assert ("ordered", ("closed_on", "made_on")) not in kinds
    assert not any(kind == "once" and columns == ("paid_usd",) for kind, columns in kinds)


def test_rules_that_do_not_hold_elsewhere_are_dropped(table: pd.DataFrame) -> None:
    free = table.assign(free=[f"words {number} of {number % 7}{number}" for number in range(ROWS)])
    free.loc[::3, "free"] = None
    assert not any(
        rule.kind in ("known", "filled") and rule.columns == ("free",) for rule in learn(free)
    )


def test_learning_twice_gives_the_same_rules(table: pd.DataFrame, rules: list[Rule]) -> None:
    assert [rule.id for rule in learn(table)] == [rule.id for rule in rules]


def test_a_spelling_slip_is_told_where_new_texts_are_common(table: pd.DataFrame) -> None:
    rng = np.random.default_rng(2)
    letters = list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    rare = ["".join(rng.choice(letters, 9)) for _ in range(ROWS // 8)]
    streets = table.assign(street=[*["ACADIAN THRUWAY"] * (ROWS - len(rare)), *rare])
    assert ("spelt", ("street",)) in alarms(streets, learn(streets), 3, street="ACADIAN THRWAY")


def test_numbered_streets_are_no_slips_of_each_other(table: pd.DataFrame) -> None:
    streets = table.assign(street=[f"{40 + number % 30}TH AVE" for number in range(ROWS)])
    rules = [rule for rule in learn(streets) if rule.kind == "spelt"]
    other = streets.assign(street="81TH AVE")
    assert list(check(other, rules)) == []


@pytest.mark.parametrize("rows", [0, 1, 5, 19])
def test_few_rows_teach_nothing(table: pd.DataFrame, rows: int) -> None:
    assert {rule.kind for rule in learn(table.head(rows))} <= {"once"}
    assert len(flagged_rows(table.head(rows))) == rows


def test_odd_rows_of_a_table_are_flagged_in_either_half(table: pd.DataFrame) -> None:
    table.loc[11, "paid_usd"] = -1_000_000
    table.loc[200, "latitude"] = -91.1
    table.loc[333, "kind"] = "GARBGE"
    flags = flagged_rows(table)
    assert flags[[11, 200, 333]].all()
    assert flags.mean() < 0.03


def test_shapes_of_a_map_are_not_looked_at() -> None:
    geopandas = pytest.importorskip("geopandas")
    shapes = geopandas.GeoDataFrame(
        {"name": ["a", "b"] * 30}, geometry=geopandas.points_from_xy(range(60), range(60))
    )
    assert all("geometry" not in rule.columns for rule in learn(shapes))


def test_categories_and_blank_columns_can_be_learnt_from(table: pd.DataFrame) -> None:
    typed = table.assign(kind=table["kind"].astype("category"), nothing=None, yes=True)
    typed["yes"] = typed["yes"].astype("boolean")
    assert ("known", ("kind",)) in {(rule.kind, rule.columns) for rule in learn(typed)}
