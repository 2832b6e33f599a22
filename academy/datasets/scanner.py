"""Look for people in a table that is about to be shown: numbers, addresses, names, formulas.

The last of three belts. Tidying drops what is known to be personal, the descriptor's patterns
refuse what does not fit, and this looks at what is left, whatever the column is called.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from academy.datasets.given_names import GIVEN_NAMES
from academy.datasets.privacy import business_name, is_personal_column, is_protected, is_safe

if TYPE_CHECKING:
    from academy.datasets.schema import Resource

# A problem in words, the row that has it (counted from 1), and the value with its digits masked.
Fault = tuple[str, int, str]
# What no cell of a column may do, in words, and a function that tells whether it does.
Check = tuple[str, Callable[[str], bool]]

# Area codes of Louisiana, for numbers that are written without any separator.
_LOCAL = "(?:225|318|337|457|504|985)"
_PHONE = re.compile(
    r"(?<![\d.-])(?:\+?1[ .-]?)?(?:\([2-9]\d\d\) ?[2-9]\d\d[ .-]?\d{4}"
    r"|[2-9]\d\d([ .-])[2-9]\d\d[ .-]\d{4})(?![\d-])"
    r"|\b(?:CALL|CELL|FAX|PH|PHONE|TEL|TEXT)\W{1,3}\d{3}[ .-]\d{4}(?!\d)"
    rf"|(?<=[A-Za-z] ){_LOCAL}[2-9]\d{{6}}(?!\d)|(?<!\d){_LOCAL}[2-9]\d{{6}}(?= [A-Za-z])",
    re.IGNORECASE,
)
_BARE_PHONE = re.compile(rf"{_LOCAL}[2-9]\d{{6}}")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}")
_STREET_TYPE = (
    r"(?:AVE?|AVENUE|BLVD|BOULEVARD|CIR|CIRCLE|COURT|CT|DR|DRIVE|HIGHWAY|HWY|LANE|LN|LOOP|PKWY|PL"
    r"|PLACE|RD|ROAD|ST|STREET|TER|TERRACE|THWY|TRAIL|TRL|WAY)"
)
_HOUSE = re.compile(
    r"(?<![\w#/.:-])\d{1,5}(?:-?[A-Z]|-\d{1,4})?(?: \d/\d)? "
    r"(?!(?:BLK|BLOCK|TH|ND|RD|ST)\b)(?:[A-Z][A-Z'.-]* |\d{1,3}(?:ST|ND|RD|TH) ){1,4}?"
    rf"{_STREET_TYPE}\b",
    re.IGNORECASE,
)
_FORMULA = re.compile(r"[=@\t\r]|[+-](?=.)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?%?")

_NAME_SHAPE = re.compile(r"[A-Za-z][A-Za-z'.-]*(?:,? [A-Za-z][A-Za-z'.-]*){1,3}")
_NOT_A_PERSON = re.compile(
    rf"\b(?:{_STREET_TYPE}|ACADEMY|BANK|BEND|BRANCH|BRIDGE|CENTER|CHURCH|CLUB|COMMUNITY|CREEK|FIELD"
    r"|FOREST|GARDENS?|GOLF|GROUP|HALL|HEIGHTS|HILLS?|INC|LAKES?|LIBRARY|LLC|MANOR|MEMORIAL"
    r"|MUSEUM|PARK|PLANTATION|PLAYGROUND|POOL|PRECINCT|SCHOOL|SERVICES?|SHOP|SPRINGS|SQUARE|STORE"
    r"|TRACT|UNIVERSITY|VILLAGE|VILLAS?|WOODS)\b",
    re.IGNORECASE,
)
# Rows that tell a place, and columns that tell what the police wrote down.
_PLACES = frozenset({"block_address", "latitude", "street_name"})
_CHARGES = frozenset({"charge", "crime", "offense"})
# A column is taken to hold people when so many, and so large a share, of its texts are names.
_NAMES_SEEN = 5
_NAMES_SHARE = 0.2
# So many harmless texts of a column are remembered, so that memory does not grow with a table.
_REMEMBERED = 50_000


def privacy_faults(
    resource: Resource,
    columns: Mapping[str, Sequence[str]],
    first_row: int,
    known: dict[str, set[str]] | None = None,
) -> Iterator[Fault]:
    """Look through one block of a table's rows.

    Parameters
    ----------
    resource
        The table's description: only its text columns are looked into.
    columns
        Each column's values as the file writes them, blank where missing.
    first_row
        The number of the block's first row; the table's first is 1. What concerns a column as a
        whole is judged on the table's first block and told for row 1.
    known
        For a table of many blocks: texts of each column that were found harmless; more are put in.

    Yields
    ------
    tuple of (str, int, str)
        The problem in words, the row, and the value with its letters or digits masked.
    """
    types = {field.name: field.type for field in resource.table_schema.fields}
    has_places = not _PLACES.isdisjoint(columns)
    for name, values in columns.items():
        if first_row == 1:
            yield from _column_faults(name, values, types.get(name, "string"))
        if types.get(name, "string") == "string":
            checks = list(_checks(name, has_places=has_places))
            harmless = set() if known is None else known.setdefault(name, set())
            yield from _cell_faults(name, values, first_row, checks, harmless)


def _column_faults(name: str, values: Sequence[str], kind: str) -> Iterator[Fault]:
    if is_personal_column(name):
        yield f"The column {name} is called like one that holds people's names or words", 1, ""
    if kind not in ("string", "integer"):
        return
    distinct = {value for value in values if value}
    phones = [value for value in distinct if _BARE_PHONE.fullmatch(value)]
    if len(phones) > len(distinct) / 2:
        yield f"The column {name} looks like telephone numbers", 1, _masked(phones[0])
    people = [value for value in distinct if looks_like_a_person(value)]
    if len(people) >= _NAMES_SEEN and len(people) >= _NAMES_SHARE * len(distinct):
        yield f"The column {name} looks like people's names", 1, _initials(min(people))


def _cell_faults(
    name: str,
    values: Sequence[str],
    first_row: int,
    checks: Sequence[Check],
    harmless: set[str],
) -> Iterator[Fault]:
    """Judge each distinct text once: most columns repeat theirs a great deal."""
    fresh = set(values) - harmless - {""}
    wrong = {value for value in fresh if any(is_wrong(value) for _, is_wrong in checks)}
    if len(harmless) < _REMEMBERED:
        harmless |= fresh - wrong
    if not wrong:
        return
    rows: dict[str, list[int]] = defaultdict(list)
    for row, value in enumerate(values, start=first_row):
        if value in wrong:
            rows[value].append(row)
    for value, found in rows.items():
        for problem, is_wrong in checks:
            if is_wrong(value):
                yield from ((f"{name} {problem}", row, _masked(value)) for row in found)


def _checks(name: str, *, has_places: bool) -> Iterator[Check]:
    """Yield what no cell of a column may hold; companies may be called after their address."""
    words = set(name.split("_"))
    yield "holds a telephone number", lambda value: _PHONE.search(value) is not None
    yield "holds an e-mail address", lambda value: _EMAIL.search(value) is not None
    yield "begins like a formula that a spreadsheet would run", is_formula
    if has_places and words & _CHARGES:
        yield (
            "is about a sexual offence or a young person, and the row tells a place",
            is_protected,
        )
    if "business" in words and words & {"name", "names"}:
        yield "may be a person's own name", lambda value: not business_name(value)
    elif "address" in words:
        yield "holds a house number", lambda value: not is_safe(value.upper())
    else:
        yield "holds a house number", lambda value: _HOUSE.search(value) is not None


def is_formula(value: str) -> bool:
    """Tell whether a spreadsheet would run a text as a formula."""
    return _FORMULA.match(value) is not None and not _NUMBER.fullmatch(value)


def looks_like_a_person(value: str) -> bool:
    """Tell whether a text looks like somebody's name: ``Mary T Pretend``, ``PRETEND, MARY``."""
    if not _NAME_SHAPE.fullmatch(value) or _NOT_A_PERSON.search(value):
        return False
    before, comma, after = value.upper().partition(",")
    first = (after if comma else before).split()
    return bool(first) and first[0] in GIVEN_NAMES


def _masked(value: str) -> str:
    """Hide what was found, so that a message about it does not publish it."""
    return re.sub(r"\d", "#", re.sub(r"[\w.+-]+@", "***@", value))


def _initials(value: str) -> str:
    return " ".join(f"{word[0]}." for word in re.findall(r"[A-Za-z]+", value))
