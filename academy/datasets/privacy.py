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

# What a row is about, in the words of the police's kinds and charges, where a child or the
# victim of a sexual assault could be known by the place and the day.
_PROTECTED = re.compile(
    r"RAPE|\bSEX(?:UAL)?[ /-](?:ASSAULT|BATT)|BATT/(?:ORAL )?SEX|MOLEST|CARNAL|INCEST"
    r"|\bIND(?:ECENT)? BEHAV|SEXTING|VOYEUR|AGAINST NATURE|TRAFFICKING|PORNO|\bJUV|\bMINORS?\b"
    r"|\bINFANT|\bCHILD(?!(?:REN)? ?RESTRAINT)|UNDERAGE|CURFEW|TRUAN|RUNAWAY",
    re.IGNORECASE,
)


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
    """Tell which rows are about juveniles or sexual assault: no row-level table may hold them.

    Parameters
    ----------
    frame
        The rows, with text columns.
    columns
        Where the kind and the charge stand, e.g. ``["CRIME", "OFFENSE DESC"]``.

    Returns
    -------
    pandas.Series of bool
        True for a row to leave out. Duties of a convicted offender (failing to register) and
        child restraints in a car are not meant.
    """
    import pandas as pd

    found = pd.Series(False, index=frame.index)
    for column in columns:
        texts = frame[column].fillna("").astype(str)
        protected = {text: is_protected(text) for text in texts.unique()}
        found |= texts.map(protected).astype(bool)
    return found


def is_protected(text: str) -> bool:
    """Tell whether a kind or a charge is about a juvenile or a sexual assault."""
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
    within
        The margins that are published beside the table: ``[["month"], ["zip_code"]]`` where
        totals by month and by ZIP code are to be had. In each of their groups either no cell is
        hidden or at least two are, which together hold `smallest` or more; the smallest of the
        cells that are left is hidden as well until that is so (complementary suppression).
    smallest
        The least count that is shown.

    Returns
    -------
    pandas.Series of Int64
        The counts, missing where they are hidden.
    """
    counts = table[count].astype("Int64")
    hidden = counts.between(1, smallest - 1).fillna(False).astype(bool)
    changed = True
    while changed:
        before = int(hidden.sum())
        for margin in within:
            hidden = _cover(table, counts, hidden, list(margin), smallest)
        changed = int(hidden.sum()) > before
    return counts.mask(hidden)


def _cover(
    table: pd.DataFrame,
    counts: pd.Series[Any],
    hidden: pd.Series[bool],
    margin: list[str],
    smallest: int,
) -> pd.Series[bool]:
    """Hide one more cell in each group whose total would give the hidden ones away."""
    covered = hidden.copy()
    for _, group in counts.groupby([table[name] for name in margin], observed=True):
        gone = group[covered[group.index]]
        if gone.empty or (len(gone) > 1 and gone.sum() >= smallest):
            continue
        left = group[~covered[group.index] & (group > 0)]
        if not left.empty:
            covered |= covered.index == left.idxmin()
    return covered
