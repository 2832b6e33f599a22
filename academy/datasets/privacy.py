"""Keep people out of the tables: blocks for houses, no names, no free text, no small cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from academy.datasets.addresses import (
    PLACEHOLDER,
    SAFE_PATTERN,
    ZIP_ALONE,
    block_of,
    is_safe,
    street_of,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "PLACEHOLDER",
    "SAFE_PATTERN",
    "SMALLEST_CELL",
    "ZIP_ALONE",
    "block_of",
    "business_name",
    "drop_personal_columns",
    "hidden_cells",
    "is_personal_column",
    "is_protected",
    "is_safe",
    "protected_rows",
    "street_of",
    "suppress_small_cells",
    "zip_centres",
]

# A count of 1 to 9 people or events can point at somebody.
SMALLEST_CELL = 10


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PERSON_WORDS = _words(
    "agent applicant caller citizen claimant complainant contact customer defendant driver "
    "employee handler holder inspector occupant officer owner patient person requester "
    "requestor resident staff suspect taxpayer tenant victim witness"
)
_NAME_WORDS = _words("firstname fullname lastname name names")
_ALWAYS_PERSONAL = _words(
    "birthdate birthday cellphone comment comments complainant dob email emails fax firstname "
    "fullname lastname narrative note notes phone phones remark remarks ssn surname taxpayer "
    "telephone telephones"
)
_PARTS_OF_A_NAME = _words("family first given last maiden middle")

_CORPORATE = re.compile(
    r"(?:^|[ ,])(?:L ?L ?C|L ?L ?L ?P|L ?L ?P|L ?P|P ?L ?L ?C|INC|INCORPORATED|CORP|CORPORATION"
    r"|LTD|LIMITED|APLC|APMC|APDC|APAC|APC|(?<!& )(?<!AND )(?:CO|COMPANY))$"
)
_STORE_NUMBER = re.compile(r"\s*(?:#|NO |STORE )\s*[\w-]*\d[\w-]*$")

# What a row is about, in the words of the police's kinds and charges, where the place and the day
# could point to the victim of a sexual offence or to a young person. The statutes decide where the
# words do not: criminal abandonment is about children, a disorderly place need not be about sex.
_SEXUAL = (
    r"RAPE|\bSEX|MOLEST|CARNAL|INCEST|\bINDECENT (?:BEHAV|EXPOS)|\bIND BEHAV|VOYEUR"
    r"|PEEPING|OBSCEN|LEWD|AGAINST NATURE|TRAFFICKING|PORNO|PRIVATE IMAGE|AIDS VIRUS"
)
_YOUNG = (
    r"\bJUV|\bMINORS?\b|\bINFANT|\bCHILD|UNDERAGE|CURFEW|TRUAN|RUNAWAY|UNDER (?:17|18)\b"
    r"|MISREP OF AGE|CRIM ABANDON|FETICIDE"
)
_PROTECTED = re.compile(f"{_SEXUAL}|{_YOUNG}", re.IGNORECASE)


def is_personal_column(name: str) -> bool:
    """Tell whether a column's name says that it holds a person's name, number or own words.

    ``OWNER NAME``, ``first_name``, ``email``, ``Comments`` are; ``street_name``, ``department
    name`` and ``OWNER`` (of a signal: the city or the state) are not.
    """
    split = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    words = set(re.split(r"[^a-z0-9]+", split.lower().replace("e-mail", "email")))
    if words & _ALWAYS_PERSONAL:
        return True
    return bool(words & _NAME_WORDS) and bool(words & (_PERSON_WORDS | _PARTS_OF_A_NAME))


def drop_personal_columns(
    raw: pd.DataFrame, also: Collection[str] = ()
) -> tuple[pd.DataFrame, list[str]]:
    """Drop the columns that hold people's names, numbers or free text, whatever the table.

    Parameters
    ----------
    raw
        The portal's rows under the portal's names.
    also
        Further columns to drop, where they are there.

    Returns
    -------
    tuple of (pandas.DataFrame, list of str)
        The table without them, and their names.
    """
    personal = [str(name) for name in raw if is_personal_column(str(name)) or name in also]
    return raw.drop(columns=personal), personal


def business_name(name: str) -> str:
    """Keep the name of a company; withhold (as an empty text) what may be a person's own name.

    Parameters
    ----------
    name
        As the register writes it: ``PRETEND BAKERY L.L.C.``, ``BEST PRETEND STORES LP #495``.

    Returns
    -------
    str
        The name with single blanks, when it ends with a corporate suffix (LLC, INC, CORP, LP, LTD,
        CO, a professional corporation's APLC, ...), else an empty text: a sole trader registers
        under a name of their own, and no list of first names would know them all.
    """
    text = " ".join(name.upper().split())
    plain = " ".join(_STORE_NUMBER.sub("", text).replace(".", "").rstrip(" ,").split())
    return text if _CORPORATE.search(plain) else ""


def protected_rows(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series[bool]:
    """Tell which rows are about sexual offences or young people.

    No row-level table may hold them.

    Parameters
    ----------
    frame
        The rows, with text columns.
    columns
        Where the kind and the charge stand, e.g. ``["CRIME", "OFFENSE DESC"]``.

    Returns
    -------
    pandas.Series of bool
        True for a row to leave out. Words decide, so a few more than needed are left out: a
        convicted offender who did not register, a child without its seat in a car.
    """
    import pandas as pd

    found = pd.Series(False, index=frame.index)
    for column in columns:
        texts = frame[column].fillna("").astype(str)
        protected = {text: is_protected(text) for text in texts.unique()}
        found |= texts.map(protected).astype(bool)
    return found


def is_protected(text: str) -> bool:
    """Tell whether a kind or a charge is about a sexual offence or young people."""
    return _PROTECTED.search(text) is not None


def zip_centres(
    address: pd.Series[Any], latitude: pd.Series[Any], longitude: pd.Series[Any]
) -> pd.Series[bool]:
    """Tell which rows stand on the centre of a ZIP code: that point is nobody's place.

    The portal puts protected rows on a point whose address is the ZIP code alone. A row is told
    by such an address, or by standing on exactly the point of one that has it.
    """
    import pandas as pd

    bare = address.fillna("").astype(str).str.strip().str.fullmatch(ZIP_ALONE.pattern)
    places = pd.Series(list(zip(latitude, longitude, strict=True)), index=address.index)
    centres = set(places[bare & latitude.notna() & longitude.notna()])
    return bare | places.isin(centres)


def suppress_small_cells(
    table: pd.DataFrame,
    count: str,
    *,
    within: Sequence[Sequence[str]] = (),
    smallest: int = SMALLEST_CELL,
) -> pd.Series[Any]:
    """Hide the counts that point at few people, and those from which they could be worked out.

    Parameters
    ----------
    table
        One row a cell.
    count
        The column of counts. Zero stays: it points at nobody.
    within, smallest
        As of `hidden_cells`.

    Returns
    -------
    pandas.Series of Int64
        The counts, missing where they are hidden.
    """
    hidden = hidden_cells(table, [count], within=within, smallest=smallest)
    return table[count].astype("Int64").mask(hidden)


def hidden_cells(
    table: pd.DataFrame,
    counts: Sequence[str],
    *,
    within: Sequence[Sequence[str]] = (),
    smallest: int = SMALLEST_CELL,
) -> pd.Series[bool]:
    """Tell which cells must be hidden: those with few, and those that would give them away.

    Parameters
    ----------
    table
        One row a cell.
    counts
        The columns of counts, such as charges and cases. One that is small hides the cell, in
        whatever column it stands.
    within
        The margins that are published beside the table: ``[["month"], ["zip_code"]]`` where
        totals by month and by ZIP code are to be had, ``[[]]`` for the total of all cells. In each
        of their groups either no cell is hidden or at least two are, which together hold
        `smallest` or more; the smallest of the cells that are left is hidden as well until that is
        so (complementary suppression).
    smallest
        The least count that is shown.
    """
    cells = table[list(counts)].astype("Int64")
    small = (cells >= 1) & (cells < smallest)
    hidden = small.fillna(False).any(axis=1).astype(bool)
    least = cells.min(axis=1)
    changed = True
    while changed:
        before = int(hidden.sum())
        for margin in within:
            groups = table.groupby(list(margin), observed=True) if margin else [((), table)]
            for _, group in groups:
                hidden = _cover(least[group.index], hidden, smallest)
        changed = int(hidden.sum()) > before
    return hidden


def _cover(least: pd.Series[Any], hidden: pd.Series[bool], smallest: int) -> pd.Series[bool]:
    """Hide one more cell of a group whose total would give the hidden ones away.

    ``least`` is each cell's smallest count: when it covers enough, every other count does.
    """
    gone = least[hidden[least.index]]
    if gone.empty or (len(gone) > 1 and gone.sum() >= smallest):
        return hidden
    left = least[~hidden[least.index] & (least > 0)]
    return hidden if left.empty else hidden | (hidden.index == left.idxmin())
