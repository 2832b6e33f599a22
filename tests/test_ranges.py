from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from academy.errors import AcademyError
from academy.ranges import range_of_share, redrawn_share


def test_the_range_of_a_share_is_the_textbooks() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I, method 3: 81 of 263, 15 of 148, 0 of 20
    # and 1 of 29.
    for part, whole, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert range_of_share(part, whole) == pytest.approx((100 * low, 100 * high), abs=0.01)


def test_the_range_of_all_reaches_to_all_and_no_further() -> None:
    low, high = range_of_share(24, 24)

    assert high == pytest.approx(100)
    assert high <= 100
    assert low == pytest.approx(100 - range_of_share(0, 24)[1])


@pytest.mark.parametrize(("part", "whole"), [(3, 2), (-1, 2), (0, 0), (1, -4)])
def test_no_range_where_there_is_no_share(part: int, whole: int) -> None:
    with pytest.raises(AcademyError, match="part of a whole"):
        range_of_share(part, whole)


def test_rows_that_are_dealt_freely_give_the_range_of_counting_alone() -> None:
    luck = np.random.default_rng(7)
    is_counted = pd.Series(luck.random(4000) < 0.3)
    share = is_counted.sum()

    assert redrawn_share(is_counted, block=1) == pytest.approx(
        range_of_share(share, 4000), abs=0.25
    )


def test_rows_in_runs_make_the_range_wider_by_the_root_of_the_runs() -> None:
    runs = pd.Series(np.random.default_rng(7).random(100) < 0.3)
    is_counted = runs.repeat(29).reset_index(drop=True)

    alone, together = redrawn_share(is_counted, block=1), redrawn_share(is_counted, block=29)

    assert (together[1] - together[0]) / (alone[1] - alone[0]) == pytest.approx(29**0.5, rel=0.1)


def test_the_last_block_may_be_short_and_every_call_gives_the_same() -> None:
    is_counted = pd.Series([True, False, True, True, False, True, True])

    assert redrawn_share(is_counted, block=3) == redrawn_share(is_counted, block=3)
    assert redrawn_share(pd.Series([True] * 7), block=3) == (100, 100)


def test_no_range_without_rows() -> None:
    with pytest.raises(AcademyError, match="0 rows"):
        redrawn_share(pd.Series([], dtype=bool))
    with pytest.raises(AcademyError, match="Blocks of 0"):
        redrawn_share(pd.Series([True]), block=0)
