"""The six scores: what is missing, unknown, wrong, doubled or alone costs what the page says."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from academy.datasets import dimensions
from academy.datasets.descriptor import Descriptor
from academy.datasets.joinability import joinability
from academy.datasets.quality import Dimension, Shelf, judge, shelf
from academy.errors import AcademyError

TODAY = datetime.date(2026, 11, 22)
NAME = "pretend-poles"
FIELDS: list[dict[str, Any]] = [
    {
        "name": "pole_id",
        "title": "Pole",
        "type": "string",
        "description": "The city's number of the pole.",
        "example": "12",
        "constraints": {"required": True, "pattern": r"^\d+$"},
    },
    {
        "name": "height_ft",
        "title": "Height",
        "type": "number",
        "description": "How high the lamp hangs above ground.",
        "example": "25",
        "unit": "foot",
        "constraints": {"minimum": 0, "maximum": 100},
    },
    {
        "name": "lit",
        "title": "Lit",
        "type": "boolean",
        "description": "Whether the lamp was on that night.",
        "example": "true",
    },
]


def descriptor(**changes: Any) -> Descriptor:
    """A descriptor of which everything is said that should be."""
    data: dict[str, Any] = {
        "name": NAME,
        "title": "Poles of a made-up city",
        "description": "Where the lamps of a made-up city hang, how high, and whether each was lit "
        "on the night of the count.",
        "homepage": "https://example.org/poles",
        "keywords": ["poles", "lamps", "light"],
        "sources": [{"title": "Made up", "path": "https://example.org/poles"}],
        "licenses": [{"name": "other-pd", "title": "Public Domain"}],
        "oneRow": "one pole",
        "portal": {"id": "abcd-1234", "domain": "example.org", "title": "Poles"},
        "taken": "2026-11-22",
        "period": {"start": "2026-01-01", "end": "2026-11-22"},
        "howItWasCut": "All poles.",
        "sourceRows": 100,
        "madeFrom": [{"title": "poles.csv", "hash": f"sha256:{'0' * 64}"}],
        "notIncluded": ["Who put them up."],
        "knownFaults": [
            {
                "id": "zeros",
                "description": "Some.",
                "handling": "repaired",
                "whatWasDone": "Blanked.",
            }
        ],
        "droppedRows": [],
        "resources": [resource()],
    }
    return Descriptor.model_validate(data | changes)


def resource(**changes: Any) -> dict[str, Any]:
    fields = changes.pop("fields", FIELDS)
    return {
        "name": NAME,
        "path": "poles.csv",
        "bytes": 1,
        "rows": 100,
        "hash": f"sha256:{'0' * 64}",
        "schema": {"fields": fields, "primaryKey": ["pole_id"]} | changes.pop("schema", {}),
    } | changes


def poles() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "pole_id": [str(number) for number in range(100)],
            "height_ft": [20.0 + number % 10 for number in range(100)],
            "lit": pd.array([number % 3 > 0 for number in range(100)], dtype="boolean"),
        }
    )


class MadeUpShelf(Shelf):
    """A shelf of tables that no file holds."""

    def __init__(self, described: Descriptor, frame: pd.DataFrame, **others: Any) -> None:
        super().__init__({})
        everything = {described.name: (described, frame)} | others
        self._made_up = {name: frame for name, (_, frame) in everything.items()}
        self.__dict__["_read"] = ({name: each for name, (each, _) in everything.items()}, [])

    def table(self, dataset: str, resource: Any) -> pd.DataFrame:
        return self._made_up[dataset]


def score(dimension: str, frame: pd.DataFrame | None = None, **changes: Any) -> Dimension:
    described = descriptor(**changes)
    on = MadeUpShelf(described, poles() if frame is None else frame)
    (found,) = [each for each in judge(NAME, on, TODAY).dimensions if each.name == dimension]
    return found


@pytest.mark.parametrize("name", ["documentation", "freshness", "completeness", "uniqueness"])
def test_a_table_without_a_flaw_scores_full_marks(name: str) -> None:
    assert score(name).score == 1


def test_what_is_not_said_is_told_and_costs_its_share() -> None:
    found = score("documentation", keywords=["poles"], notIncluded=[])
    assert found.score == pytest.approx((9 / 11 + 1) / 2)
    assert "It is not said what is missing from it." in found.reasons
    bare = [
        FIELDS[0],
        {k: v for k, v in FIELDS[1].items() if k not in ("example", "unit")},
        FIELDS[2],
    ]
    bare[1] = bare[1] | {"constraints": {}}
    found = score("documentation", resources=[resource(fields=bare)])
    assert found.score == pytest.approx((1 + (1 + 1 / 3 + 1) / 3) / 2)
    assert "1 of 3 columns lack an example: height_ft." in found.reasons


@pytest.mark.parametrize(
    ("taken", "period", "expected"),
    [
        ("2025-11-22", {"start": "2020-01-01", "end": "2025-11-22"}, 0.5),
        ("2026-11-22", {"start": "2020-01-01", "end": "2024-11-22"}, 0.25),
        ("2024-11-22", {"start": "2020-01-01", "end": "2026-11-22"}, 0.25),
        ("2026", {"start": "2020-01-01", "end": "2026-11-22"}, 0.5 ** (325 / 365)),
        ("2026-11-22", None, 0.5),
        ("2027-01-01", {"start": "2020-01-01", "end": "2027-01-01"}, 1.0),
    ],
)
def test_freshness_halves_with_each_year(taken: str, period: Any, expected: float) -> None:
    found = score("freshness", taken=taken, period=period)
    assert found.score == pytest.approx(expected, abs=0.001)
    assert found.reasons


def test_a_day_that_nobody_noted_gives_no_free_marks() -> None:
    period = {"start": "2020-01-01", "end": "2026-11-22"}
    found = score("freshness", taken=None, takenNotBefore="2024-11-22", period=period)
    assert found.score == pytest.approx(0.25, abs=0.001)
    assert "not before 2024-11-22 (day not known)" in found.reasons[1]
    said = score("documentation", taken=None, takenNotBefore="2024-11-22")
    assert said.score < score("documentation").score
    assert "It is not said on which day the data were taken." in said.reasons


def test_a_table_that_is_half_empty_is_not_complete() -> None:
    frame = poles()
    frame.loc[:48, "height_ft"] = None
    found = score("completeness", frame)
    assert found.score == pytest.approx(1 - 0.49 / 3)
    assert found.reasons == ["height_ft is blank in 49.0 % of the rows."]


def test_rows_left_out_and_an_unknown_cut_cost_completeness() -> None:
    dropped = [{"reason": "unreadable", "rows": 100, "keys": []}]
    found = score("completeness", droppedRows=dropped, sourceRows=200)
    assert found.score == pytest.approx(0.5)
    assert found.reasons == ["Of the source's 200 rows, 100 were left out."]
    # A table of counts has fewer rows than its source: only the source's tell the share.
    assert score("completeness", droppedRows=dropped, sourceRows=400).score == pytest.approx(0.75)
    cut = score("completeness", howItWasCut="A subset of unknown cut.")
    assert cut.score == pytest.approx(0.5)
    assert cut.reasons[0].startswith("It is a subset")


def test_a_column_without_a_rule_earns_nothing() -> None:
    free = [FIELDS[0] | {"constraints": {}}, *FIELDS[1:]]
    assert score("validity", resources=[resource(fields=free)]).score == pytest.approx(2 / 3)
    assert score("validity").score == pytest.approx(1)


def test_values_that_break_their_rule_cost_their_share() -> None:
    frame = poles()
    frame.loc[:9, "pole_id"] = "none"
    frame.loc[:49, "height_ft"] = 120.0
    found = score("validity", frame)
    assert found.score == pytest.approx((0.9 + 0.5 + 1) / 3, abs=0.05)
    assert "Of height_ft, 50.0 % of the values break their own rule." in found.reasons


def fault(handling: str, rows: int | None) -> dict[str, Any]:
    said = {"id": "slip", "description": "A slip.", "whatWasDone": "Left.", "handling": handling}
    return said | ({} if rows is None else {"rows": rows})


def test_known_faults_cost_validity_but_blanks_do_not_cost_twice() -> None:
    assert score("validity", knownFaults=[fault("shown", 40)]).score == pytest.approx(0.8)
    assert score("validity", knownFaults=[fault("repaired", 40)]).score == 1
    assert score("validity", knownFaults=[fault("unknowable", None)]).score == pytest.approx(0.9)
    blank = poles()
    blank.loc[:39, "height_ft"] = None
    assert score("validity", blank, knownFaults=[fault("shown", 40)]).score > 0.95
    elsewhere = fault("shown", 40) | {"countedOver": "the tracts"}
    assert score("validity", knownFaults=[elsewhere]).score == 1


def test_odd_rows_cost_validity() -> None:
    fields = [FIELDS[0], FIELDS[1] | {"constraints": {"minimum": -1e9}}, FIELDS[2]]
    frame = pd.concat([poles()] * 4, ignore_index=True)
    frame["pole_id"] = [str(number) for number in range(len(frame))]
    frame.loc[[7, 300], "height_ft"] = [-4_000.0, 90_000.0]
    found = score("validity", frame, resources=[resource(fields=fields)])
    assert 0.97 < found.score < 1
    assert "differ from what the others keep to" in found.reasons[-1]


def test_doubles_and_a_missing_key_cost_uniqueness() -> None:
    doubled = poles()
    doubled.loc[90:, :] = doubled.loc[80:89].to_numpy()
    assert score("uniqueness", doubled).score == pytest.approx(0.9)
    keyless = resource(schema={"primaryKey": []})
    found = score("uniqueness", resources=[keyless])
    assert found.score == pytest.approx(0.5)
    assert found.reasons[0].startswith("No key is stated")


def test_a_made_up_number_does_not_hide_that_rows_are_the_same() -> None:
    wide = poles().assign(street="A ST", owner="CITY", kind="WOOD").head(50)
    wide = pd.concat([wide, wide.assign(pole_id=lambda t: "9" + t["pole_id"])], ignore_index=True)
    text = {"title": "T", "type": "string", "description": "Some text of the table here."}
    fields = [*FIELDS, *({"name": name} | text for name in ("street", "owner", "kind"))]
    found = score("uniqueness", wide, resources=[resource(fields=fields)])
    assert found.score < 0.8
    assert "apart from the key" in found.reasons[-1]


def test_a_table_that_joins_nothing_scores_nothing() -> None:
    found = score("joinability")
    assert found.score == 0
    assert found.reasons == ["No column of it is a key of another table."]


def test_rows_that_find_their_partner_are_counted() -> None:
    other = descriptor(name="pole-repairs", resources=[resource(name="pole-repairs")])
    partners = poles().head(60)
    on = MadeUpShelf(descriptor(), poles(), **{"pole-repairs": (other, partners)})
    found = joinability(NAME, descriptor().resource, on)
    assert found.score == pytest.approx(0.6)
    assert found.reasons == ["Of the rows, 60.0 % find their pole_id in pole-repairs."]


def test_a_stated_reference_is_a_way_to_join_and_a_rule() -> None:
    fields = [FIELDS[0] | {"references": "pole-repairs.pole_id"}, *FIELDS[1:]]
    described = descriptor(resources=[resource(fields=fields)])
    other = descriptor(name="pole-repairs", resources=[resource(name="pole-repairs")])
    on = MadeUpShelf(described, poles(), **{"pole-repairs": (other, poles().head(50))})
    assert joinability(NAME, described.resource, on).score == pytest.approx(0.5)
    assert dimensions.validity(NAME, described.resource, on).score == pytest.approx(
        2.5 / 3, abs=0.02
    )


def test_the_overall_score_is_the_plain_mean() -> None:
    judged = judge(NAME, MadeUpShelf(descriptor(), poles()), TODAY)
    assert [each.name for each in judged.dimensions] == [
        *("documentation", "freshness", "completeness", "validity", "uniqueness", "joinability")
    ]
    assert judged.overall == pytest.approx(5 / 6)
    assert judged.as_dict()["overall"] == 0.833


def test_an_empty_table_is_judged() -> None:
    judged = judge(NAME, MadeUpShelf(descriptor(), poles().head(0)), TODAY)
    scores = {each.name: each.score for each in judged.dimensions}
    assert scores.pop("documentation") == scores.pop("freshness") == 1
    assert set(scores.values()) == {0}, "nothing is known of it"


def test_every_table_of_the_checkout_is_judged_with_reasons() -> None:
    on = shelf()
    assert on.problems == []
    for name in ("service-requests", "sales-tax", "lights-by-tract", "flood-2016"):
        judged = judge(name, on, TODAY)
        assert all(0 <= each.score <= 1 for each in judged.dimensions)
        assert all(each.reasons or each.score == 1 for each in judged.dimensions), name


def test_an_unknown_name_and_a_broken_descriptor_end_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_text("{")
    on = Shelf({"broken": tmp_path})
    with pytest.raises(AcademyError, match=r"There is no dataset called 'brokn'\. Did you mean"):
        judge("brokn", on, TODAY)
    with pytest.raises(AcademyError, match="not valid JSON"):
        judge("broken", on, TODAY)
    assert len(on.problems) == 1


def test_the_page_tells_the_constants() -> None:
    from academy import paths
    from academy.datasets.constraints import BUDGET
    from academy.datasets.proof import FEWEST_ROWS

    page = (paths.checkout() / "docs" / "explanation" / "data-quality.md").read_text()
    words = " ".join(page.split())
    assert f"age in days ÷ {dimensions.HALF_LIFE_DAYS}" in words
    assert f"{dimensions.UNKNOWABLE} for each fault" in words
    assert dimensions.CAVEAT == 0.5
    assert f"no more than {BUDGET:.1%} of rows".replace("%", " %") in words
    assert f"fewer than {FEWEST_ROWS} rows" in words
    assert len(dict(dimensions._package_items(descriptor()))) == 11
