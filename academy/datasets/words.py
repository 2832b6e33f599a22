"""Shares and lists in words, as the scores tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = 4


def share_of(flags: pd.Series[bool]) -> float:
    """Return the share of rows that are so; nothing is known of a table without rows."""
    return float(flags.mean()) if len(flags) else 0.0


def percent(share: float) -> str:
    """Return a share as a percentage; a small one is not told as nothing."""
    return "under 0.1 %" if 0 < share < 0.001 else f"{share * 100:.1f} %"


def few(names: list[str]) -> str:
    """Return the first of some names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
