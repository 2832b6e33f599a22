from __future__ import annotations

import pytest

from academy.grading.ordering import heaviest_rising


@pytest.mark.parametrize(
    ("places", "weights", "kept"),
    [
        ([], [], set()),
        ([5], [1], {0}),
        ([1, 2, 3], [1, 1, 1], {0, 1, 2}),
        ([3, 1, 2], [1, 1, 1], {1, 2}),
        ([3, 1, 2], [9, 1, 1], {0}),
        ([2, 1], [1, 100], {1}),
    ],
)
def test_the_heaviest_cells_in_order_stay(
    places: list[int], weights: list[int], kept: set[int]
) -> None:
    assert heaviest_rising(places, weights) == kept
