"""Which of a portal's columns are asked for: ours, under the names that it has for them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence

from academy.datasets.portal.source import KEPT
from academy.errors import AcademyError


def choose_columns(
    wanted: Mapping[str, tuple[str, ...]],
    optional: Collection[str],
    offered: Sequence[str],
    where: str = "",
) -> list[str]:
    """Return the portal's names of our columns: only these are asked for, so no comment ever comes.

    Parameters
    ----------
    wanted
        Our names, with the names (lower case) that the portal may have for each.
    optional
        Those of ours that may be missing.
    offered
        The portal's names; large and small letters count alike.
    where
        The dataset's address, for the error.

    Raises
    ------
    AcademyError
        When the portal lacks columns; it names all of them, and the nearest that are there.
    """
    found = {name.lower(): name for name in offered}
    chosen: list[str] = []
    missing: list[str] = []
    for ours, theirs in wanted.items():
        name = next((found[each] for each in theirs if each in found), None)
        if name is not None and name not in chosen:
            chosen.append(name)
        elif name is None and ours not in optional:
            missing.append(_missing(theirs, list(found)))
    if missing:
        raise AcademyError(
            f"The portal has no column {'; no column '.join(missing)} any more "
            f"(it has: {', '.join(offered)}).",
            where=where,
            kept=KEPT,
            next_step="If it was renamed, add its new name to PORTAL_COLUMNS.",
        )
    return chosen


def _missing(theirs: tuple[str, ...], offered: list[str]) -> str:
    near = next(
        (match for name in theirs for match in difflib.get_close_matches(name, offered)), ""
    )
    return " or ".join(theirs) + (f" (perhaps now '{near}')" if near else "")
