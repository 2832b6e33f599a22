"""Numbers in prose: which there are, what they say, and when a value says the same."""

from __future__ import annotations

from typing import Any

import pytest

from academy.courses.numbers import agrees, number_spans, phrase_spans, prose, quantities


def numbers(markdown: str) -> list[str]:
    text = prose(markdown)
    return [text[start:end] for start, end in number_spans(text)]


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("Of **2,243** rows 54.3% are *late*.", ["2,243", "54.3"]),
        ("It cost \\$1.2 million, or $40.", ["1.2", "40"]),
        ("From 52 to 56, or 10-13, or 35\u201372.", ["52", "56", "10", "13", "35", "72"]),
        ("On 29 August 2026 at 4:33 p.m.", ["29", "2026", "4:33"]),
        ("The 1990s, the 3rd, a 10-year plan, 5k.", ["1990", "3", "10", "5"]),
        ("| town | rows |\n| --- | --- |\n| Baker | 92 |", ["92"]),
        ("See [all 12](data/2016.csv) or <b title='7'>8</b> &#36;9.", ["12", "8", "9"]),
        ("1. one\n2. two\n\n- 3 pens\n> 4 cups", ["3", "4"]),
        ("`x = 5` and ``y = `6` ``\n\n```python\n7\n```\n\n8", ["8"]),
        ("<!-- 9 --> ![a map of 10 parks](map-11.png)", ["10"]),
        ("Exercise 2, Hint 1 and lesson 3.", []),
        ("I-10, COVID-19, H2O, 7ixm-mnvx and US-61.", []),
        ("mid-2016 and 24/7", ["2016", "24", "7"]),
    ],
)
def test_numbers_of_a_text(markdown: str, found: list[str]) -> None:
    assert numbers(markdown) == found


@pytest.mark.parametrize(
    ("phrase", "text", "times"),
    [
        ("54", "54 of 154, 54.3, 5,254, 54,000 and 3.54", 1),
        ("54 percent", "54 percent, 54 percents", 1),
        ("24", "those 24. These 24, too; 24% of them", 3),
        ("13 of the 24", "**13** of\nthe 24 rows", 1),
        ("\\$40", "It is \\$40.", 1),
    ],
)
def test_a_phrase_stands_as_a_whole(phrase: str, text: str, times: int) -> None:
    assert len(list(phrase_spans(phrase, prose(text)))) == times


MOMENT = {"year": 2012, "month": 5, "day": 10, "clock": 16 * 60 + 33}


@pytest.mark.parametrize(
    ("says", "values", "wrong"),
    [
        ("2,243", [2243], [2244]),
        ("54 percent", [54.26], [54.51]),
        ("54.3%", [54.26], [54.2]),
        ("$1.2 million", [1_240_000], [1_260_000]),
        ("1.2 million", [1.24], [1.26]),
        ("\u22125", [-5], [5]),
        ("52 to 56", [51.9, 56.1], [51.9, 57]),
        ("10-13", [10, 13], [10, -13]),
        ("10 May 2012", [MOMENT], [MOMENT | {"day": 11}]),
        ("May 10, 2012", [MOMENT], [MOMENT | {"month": 4}]),
        ("10 May", [MOMENT], [MOMENT | {"day": 11}]),
        ("May 2012 to 2012-05-10", [MOMENT, MOMENT], [MOMENT, MOMENT | {"year": 2013}]),
        ("2012", [MOMENT], [MOMENT | {"year": 2013}]),
        ("4:33", [MOMENT], [MOMENT | {"clock": 4 * 60 + 34}]),
        ("4:33 p.m.", [MOMENT], [MOMENT | {"clock": 4 * 60 + 33}]),
        ("16:33", [MOMENT], [MOMENT | {"clock": 4 * 60 + 33}]),
        ("10 May 2012", [MOMENT], [10]),
    ],
)
def test_a_value_agrees_after_rounding(says: str, values: list[Any], wrong: list[Any]) -> None:
    written = quantities(says)
    assert len(written) == len(values)
    assert all(map(agrees, written, values))
    assert not all(map(agrees, written, wrong))
