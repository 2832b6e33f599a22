"""Tell of many values at once that they keep to their field: numbers, days and times."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from academy.datasets.schema import Field

if TYPE_CHECKING:
    import pyarrow as pa

# What is written otherwise may still be right: then each value is looked at on its own.
_DAY = r"[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}"
_USUAL = {
    "integer": r"^[+-]?[0-9]{1,18}$",
    "number": r"^[+-]?[0-9]{1,15}(\.[0-9]{1,30})?$",
    "date": f"^{_DAY}$",
    "datetime": f"^{_DAY}T{_CLOCK}[+-]([01][0-9]|2[0-3]):[0-5][0-9]$",
}


def all_sound(values: Collection[str], field: Field) -> bool:
    """Tell whether values surely keep to a field's type and limits.

    Parameters
    ----------
    values
        Texts as the file writes them, none of them blank.
    field
        The field: whole numbers, numbers, days or times.

    Returns
    -------
    bool
        False where a value is wrong or written in an unusual way, and for fields of other types:
        `checks.first_problem` knows about each value.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    limits = field.constraints
    if field.type not in _USUAL or limits.pattern is not None or not values:
        return not values
    try:
        texts = pa.array(values if isinstance(values, list) else list(values), pa.string())
        if not pc.all(pc.match_substring_regex(texts, _USUAL[field.type])).as_py():
            return False
        return _within(_read(texts, field.type), limits.minimum, limits.maximum, field.type)
    except (pa.ArrowInvalid, UnicodeEncodeError):
        return False


def _read(texts: pa.Array, kind: str) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind == "integer":
        # Arrow reads no plus sign.
        return pc.utf8_ltrim(texts, "+").cast(pa.int64())
    if kind == "number":
        return pc.utf8_ltrim(texts, "+").cast(pa.float64())
    if kind == "date":
        return texts.cast(pa.date32())
    return pc.utf8_slice_codeunits(texts, 0, 19).cast(pa.timestamp("s"))


def _within(read: pa.Array, low: Any, high: Any, kind: str) -> bool:
    import pyarrow.compute as pc

    if low is None and high is None:
        return True
    if kind in ("date", "datetime"):
        return False
    found = pc.min_max(read).as_py()
    return (low is None or found["min"] >= low) and (high is None or found["max"] <= high)
