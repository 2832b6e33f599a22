"""Write times as ISO 8601 with their offset, a whole column at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def iso_moments(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return ``2024-02-01T09:30:00-06:00`` for each time of a column; missing ones stay missing.

    The same texts as ``Timestamp.isoformat(timespec="seconds")`` gives one by one, in a fraction
    of the time; a column without a zone gets no offset.
    """
    import numpy as np
    import pandas as pd

    present = column[column.notna()]
    local = present.dt.tz_localize(None)
    seconds = local.to_numpy().astype("datetime64[s]")
    texts = pd.Series(np.datetime_as_string(seconds), index=present.index, dtype="str")
    if present.dt.tz is not None:
        offset = local - present.dt.tz_convert("UTC").dt.tz_localize(None)
        names = {each: _offset_text(each) for each in offset.unique()}
        texts = texts + offset.map(names).astype("str")
    return texts.reindex(column.index)


def _offset_text(offset: pd.Timedelta) -> str:
    """``-06:00`` for six hours behind UTC."""
    minutes = round(offset.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
