"""Make what stands in a damaged notebook's cells be of the types that it should be of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from academy.grading.limits import METADATA_CHARACTERS, METADATA_DEPTH

#: No number is as large, and NaN and infinity are not smaller.
_LARGEST = 2**63


def text_of(value: Any, faults: Counter[str], *, split: bool = False) -> str:
    """Return a source as one text with plain line ends.

    Parameters
    ----------
    value
        A text or a list of lines, if it is as it should be.
    faults
        Counts what was wrong.
    split
        Whether a list's lines may stand without their line ends, as in old formats.
    """
    lines = value if isinstance(value, list) else [value]
    texts = [line for line in lines if isinstance(line, str)]
    if len(texts) != len(lines):
        faults["source"] += 1
        texts = [str(line) for line in lines if isinstance(line, str | int | float)]
    bare = split and bool(texts) and not texts[0].endswith(("\n", "\r"))
    text = ("\n" if bare else "").join(texts)
    good = whole_letters(text)
    faults["letters"] += good != text
    return good.replace("\r\n", "\n")


def whole_letters(text: str) -> str:
    """Return text without halves of letters, which can't be written to a file."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def clean_attachments(value: Any, faults: Counter[str]) -> dict[str, dict[str, str]]:
    """Return the attachments that have a name, a type and a text."""
    found: dict[str, dict[str, str]] = {}
    bundles = value.items() if isinstance(value, Mapping) else ()
    for name, bundle in bundles:
        parts = bundle.items() if isinstance(bundle, Mapping) else ()
        texts = {kind: _joined(part) for kind, part in parts}
        good = {kind: text for kind, text in texts.items() if text is not None}
        if good:
            found[whole_letters(name)] = good
    if not isinstance(value, Mapping) or len(found) != len(value):
        faults["attachments"] += 1
    return found


def _joined(value: Any) -> str | None:
    lines = value if isinstance(value, list) else [value]
    return whole_letters("".join(lines)) if all(isinstance(line, str) for line in lines) else None


def _is_tags(value: Any) -> bool:
    texts = isinstance(value, list) and all(isinstance(tag, str) and tag for tag in value)
    return texts and len(set(value)) == len(value) and not any("," in tag for tag in value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(part, str) for part in value.values())


def _is_switches(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(part, bool) for part in value.values())


#: The cell metadata for which the notebook format has rules.
_RULES: dict[str, Callable[[Any], bool]] = {
    "collapsed": lambda value: isinstance(value, bool),
    "execution": _is_texts,
    "format": lambda value: isinstance(value, str),
    "jupyter": _is_switches,
    "name": lambda value: isinstance(value, str) and bool(value) and value.isprintable(),
    "nbgrader": lambda value: isinstance(value, Mapping),
    "scrolled": lambda value: isinstance(value, bool) or value == "auto",
    "tags": _is_tags,
}


def clean_cell_metadata(value: Any, faults: Counter[str]) -> dict[str, Any]:
    """Return a cell's metadata without what has a wrong type or is too large.

    Parameters
    ----------
    value
        Whatever stands there.
    faults
        Counts what was wrong.
    """
    if not isinstance(value, Mapping):
        faults["metadata"] += 1
        return {}
    found = clean_metadata(value)
    wrong = [key for key, is_right in _RULES.items() if key in found and not is_right(found[key])]
    for key in wrong:
        del found[key]
    faults["metadata"] += bool(wrong) or len(found) + len(wrong) < len(value)
    return found


def clean_metadata(value: Any) -> dict[str, Any]:
    """Return metadata that can be written: bounded in depth and size, with plain values only."""
    if not isinstance(value, Mapping):
        return {}
    found = {}
    for key, part in value.items():
        room = [METADATA_CHARACTERS]
        plain = _plain(part, METADATA_DEPTH, room)
        if room[0] >= 0:
            found[whole_letters(str(key))] = plain
    return found


def _plain(value: Any, depth: int, room: list[int]) -> Any:
    """Return a value as plain JSON; ``room`` is what may still be kept, below 0 if too much."""
    room[0] -= len(value) if isinstance(value, str) else 1
    if room[0] < 0 or value is None or isinstance(value, bool):
        return value if isinstance(value, bool) else None
    if isinstance(value, str):
        return whole_letters(value)
    if isinstance(value, int | float):
        return value if abs(value) < _LARGEST else None
    return _plain_parts(value, depth - 1, room) if depth else None


def _plain_parts(value: Any, depth: int, room: list[int]) -> Any:
    if not isinstance(value, Mapping | list) or len(value) > room[0]:
        room[0] = -1
        return None
    if isinstance(value, Mapping):
        return {whole_letters(str(k)): _plain(part, depth, room) for k, part in value.items()}
    return [_plain(part, depth, room) for part in value]
