"""The learnt rules notice what they should, on real tables, and the page tells the same counts."""

from __future__ import annotations

import pytest

from academy.datasets.defects import HARD, KINDS
from academy.datasets.proof import Outcome
from benchmarks import quality

# Some tables of each sort, quick to measure; the page has all of them.
MEASURED = {
    *("service-requests", "street-lights", "traffic-signals", "sales-tax", "library-visits"),
    *("property-lots", "census-history", "crime-counts, by-zip", "crime-counts, by-tract"),
}


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    """What is noticed in some tables, with the seed of the page."""
    chosen = [table for table in quality.tables() if table[0] in MEASURED]
    return {name: quality.measured(folder, resource) for name, folder, resource in chosen}


def test_the_tables_are_there(outcomes: dict[str, Outcome]) -> None:
    assert set(outcomes) == MEASURED
    assert all(sum(each.planted.values()) == quality.DEFECTS for each in outcomes.values())


def test_four_in_five_of_each_kind_that_can_be_known_are_noticed(
    outcomes: dict[str, Outcome],
) -> None:
    total = Outcome()
    for each in outcomes.values():
        total.add(each)
    rates = {kind: total.rate(kind) for kind in KINDS if kind not in HARD}
    assert min(rates.values()) >= 0.8, rates
    assert total.false_alarm_rate < 0.02


def test_the_page_tells_what_is_measured(outcomes: dict[str, Outcome]) -> None:
    page = quality.PAGE.read_text(encoding="utf-8")
    again = "measure again: python tests/benchmarks/quality.py --write"
    for name, outcome in outcomes.items():
        assert quality.table_line(name, outcome) in page, again
    for name, _, _ in quality.tables():
        assert f"\n| {name} |" in page, again


def test_the_published_rates_reach_the_aim() -> None:
    page = quality.PAGE.read_text(encoding="utf-8")
    published = page.partition(quality.BEGIN)[2].partition(quality.END)[0]
    lines = [line.strip("| ").split(" | ") for line in published.splitlines()]
    kinds = {line[0]: line for line in lines if len(line) == 6}
    for kind, words in KINDS.items():
        name = kind.replace("_", " ") + (" (hard)" if kind in HARD else "")
        assert kinds[name][1] == words
        if kind not in HARD:
            assert int(kinds[name][4].rstrip("%")) >= 80
    assert float(kinds["**all**"][3].rstrip("%")) < 2


def test_what_raises_no_alarm_is_counted_as_missed() -> None:
    outcome = Outcome(planted={"blank": 4, "typo": 1}, noticed={"blank": 1, "typo": 0})
    assert outcome.rate("blank") == 0.25
    assert outcome.rate("blank", "typo") == 0.2
    assert outcome.rate("code") == 0.0


@pytest.mark.parametrize(("hits", "tries"), [(0, 10), (10, 10), (5, 10), (950, 950)])
def test_the_interval_holds_the_share(hits: int, tries: int) -> None:
    low, high = quality.interval(hits, tries)
    assert 0 <= low <= hits / tries <= high <= 1
    assert high - low < 0.6
