"""Which datasets are made before which, and which take their places together."""

from __future__ import annotations

from academy.datasets.plan import in_order, made_from, referred_to, together, with_dependents
from academy.datasets.template import template_names


def test_groups_need_nothing_of_each_other_and_each_keeps_its_order() -> None:
    ordered = in_order(with_dependents([]))
    groups = together(ordered)
    assert sorted(name for group in groups for name in group) == template_names()
    for group in groups:
        places = [ordered.index(name) for name in group]
        needed = {each for name in group for each in made_from(name) | referred_to(name)}
        assert needed <= set(group)
        for place, name in enumerate(group):
            assert made_from(name) | referred_to(name) <= set(group[:place]), places


def test_a_source_stands_in_one_group_with_what_is_made_from_it() -> None:
    assert together(in_order(with_dependents(["employee-pay"]))) == [["employee-pay", "pay-by-job"]]
    assert together(["parks", "sales-tax"]) == [["parks"], ["sales-tax"]]
