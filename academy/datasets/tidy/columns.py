"""Take the columns of a table from the portal's rows and nothing else, under the table's names."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from academy.errors import AcademyError


def choose_columns(
    raw: pd.DataFrame, columns: Mapping[str, tuple[str, ...]], optional: Collection[str] = ()
) -> pd.DataFrame:
    """Return text columns without spaces around them; what is not named here is left out.

    Parameters
    ----------
    raw
        The portal's rows, as text.
    columns
        Our name to the spellings, in small letters, that exports and the live portal use.
    optional
        Ours that may be missing; they are then blank.

    Raises
    ------
    AcademyError
        When a column is missing.
    """
    found = {str(name).strip().lower(): name for name in raw.columns}
    chosen: dict[str, pd.Series[str]] = {}
    missing = []
    for ours, theirs in columns.items():
        name = next((found[candidate] for candidate in theirs if candidate in found), None)
        if name is not None:
            chosen[ours] = raw[name].fillna("").astype(str).str.strip()
        elif ours in optional:
            chosen[ours] = pd.Series("", index=raw.index, dtype=str)
        else:
            missing.append(" or ".join(theirs))
    if missing:
        raise AcademyError(
            f"The portal's rows lack these columns: {', '.join(missing)} "
            f"(found: {', '.join(map(str, raw.columns))}).",
            kept="The table that is there stays as it is.",
            next_step="If the portal renamed a column, add its new name to PORTAL_COLUMNS.",
        )
    return pd.DataFrame(chosen)
