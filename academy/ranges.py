"""How sure a share is: the range in which it would fall if luck had dealt other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

#: How many times rows are drawn again, and where the drawing begins, so that it can be repeated.
_DRAWS = 4000
_SEED = 311


def range_of_share(part: float, whole: float) -> tuple[float, float]:
    """Return the range of a share from counting luck alone: 95 %, in percent.

    Parameters
    ----------
    part
        How many were counted; from 0 to ``whole``.
    whole
        Of how many; above 0.

    Returns
    -------
    tuple of float
        The lower and the upper end, in percent.

    Raises
    ------
    AcademyError
        When there can be no such share.

    Notes
    -----
    The score interval of E. B. Wilson, "Probable inference, the law of succession, and
    statistical inference", Journal of the American Statistical Association 22 (1927), 209-212.

    Examples
    --------
    >>> low, high = range_of_share(13, 24)
    >>> round(low), round(high)
    (35, 72)
    """
    if not 0 <= part <= whole or not whole:
        raise AcademyError(
            f"A share is a part of a whole, from 0 to all of it; {part:g} of {whole:g} is none.",
            next_step="Hand over the part first, then the whole.",
        )
    z = 1.959964
    share, spread = part / whole, z * z / whole
    middle = (share + spread / 2) / (1 + spread)
    half: float = z * (share * (1 - share) / whole + spread / whole / 4) ** 0.5 / (1 + spread)
    return 100 * max(0.0, middle - half), 100 * min(1.0, middle + half)


def redrawn_share(is_counted: pd.Series[bool], block: int = 29) -> tuple[float, float]:
    """Return the range of a share when blocks of rows are drawn again: 95 %, in percent.

    Blocks, because neighbours in the sample are alike: it was cut in runs of about 29 rows.

    Parameters
    ----------
    is_counted
        For each row, in the order of the sample, whether it counts.
    block
        How many rows that stand together are drawn together.

    Returns
    -------
    tuple of float
        The lower and the upper end, in percent; the same at each call.

    Raises
    ------
    AcademyError
        When there are no rows, or a block has none.

    Notes
    -----
    The percentile interval of a block bootstrap: A. C. Davison and D. V. Hinkley, "Bootstrap
    Methods and their Application" (1997), sections 5.3 and 8.2.3.
    """
    import numpy as np

    counted = np.asarray(is_counted, dtype=float)
    if not counted.size or block < 1:
        raise AcademyError(
            f"Blocks of {block} of {counted.size} rows can't be drawn: both must be 1 at least.",
            next_step="Hand over a column of True and False, with a row for each record.",
        )
    starts = np.arange(0, counted.size, block)
    sums = np.add.reduceat(counted, starts)
    sizes = np.diff([*starts, counted.size])
    picks = np.random.default_rng(_SEED).integers(0, len(sums), (_DRAWS, len(sums)))
    shares = 100 * sums[picks].sum(axis=1) / sizes[picks].sum(axis=1)
    low, high = np.percentile(shares, [2.5, 97.5])
    return float(low), float(high)
