"""Numbers in prose: where they stand, what they say, and whether a value says the same."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_MONTH = f"(?:{'|'.join(_MONTHS)})"
# A number in prose: digits with commas, points and colons inside.
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
# Letters that may follow a number without making it part of a name, as in 7ixm-mnvx.
_SUFFIXES = frozenset({"st", "nd", "rd", "th", "s", "k", "m", "am", "pm", "x"})
# "Exercise 2" and "hint 1" are labels.
_LABEL = re.compile(
    r"\b(exercise|check|hint|lesson|step|part|question|task|box|cell|chart|map|table|figure)s?\s\Z",
    re.IGNORECASE,
)
# I-10, COVID-19 and H2O are names.
_NAME_BEFORE = re.compile(r"([A-Za-z_]|\b[A-Z][A-Za-z]*[-/])\Z")
_SCALES = {"thousand": 1e3, "k": 1e3, "million": 1e6, "m": 1e6, "billion": 1e9}

_QUANTITY = re.compile(
    rf"(?P<iso>\d{{4}}-\d\d-\d\d)"
    rf"|(?P<day>\d{{1,2}}) (?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?"
    rf"|(?P<month2>{_MONTH}) (?P<day2>\d{{1,2}})(?!\d)(?:, (?P<year2>\d{{4}}))?"
    rf"|(?P<month3>{_MONTH}) (?P<year3>\d{{4}})"
    rf"|(?P<clock>\d{{1,2}}:\d\d)(?:\s*(?P<half>[ap])\.?m\b)?"
    rf"|(?P<number>(?<![\w.])[-\u2212]?\$?\d[\d,]*(?:\.\d+)?)"
    rf"(?:\s?(?P<scale>thousand|million|billion|k\b|m\b))?"
)


@dataclass(frozen=True)
class Quantity:
    """A number, a day or a time as it is written.

    Parameters
    ----------
    parts
        What is written: ``number`` alone, or some of ``year``, ``month``, ``day``, ``clock``
        (minutes of the day), ``half_day`` (the same without a.m. or p.m.).
    digits
        How many digits a number has after its point.
    scale
        1,000,000 for "1.2 million".
    """

    parts: dict[str, float]
    digits: int = 0
    scale: float = 1


def prose(markdown: str) -> str:
    """Return the text of a Markdown cell in which numbers are looked for.

    Code, the targets of links, tags, comments and the numbers of list items are left out;
    emphasis is taken away, and a paragraph stands on one line.
    """
    text = re.sub(r"(?ms)^\s*(```|~~~).*?^\s*\1\s*$|<!--.*?-->", "\n\n", markdown)
    text = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", " \u2026 ", text, flags=re.DOTALL)
    text = re.sub(r"(!?\[[^\]]*\])\([^)]*\)", r"\1", text)
    text = html.unescape(re.sub(r"<[^>]+>|https?://\S+", " ", text)).replace("\\$", "$")
    text = re.sub(r"(?m)^[ \t>]*(?:(\d+[.)]|[-*+#]+)(?=\s)|>)", "\n", text)
    text = re.sub(r"\*|(?<!\w)_+|_+(?!\w)", "", text)
    paragraphs = re.split(r"\n\s*\n", text.replace("\u00a0", " "))
    return "\n".join(plain for part in paragraphs if (plain := " ".join(part.split())))


def number_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where the numbers of a text stand; labels and names that hold digits are none."""
    for match in _DIGITS.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        letters = re.match(r"[A-Za-z_]+", after)
        is_name = letters is not None and letters[0].lower() not in _SUFFIXES
        if not is_name and not _NAME_BEFORE.search(before) and not _LABEL.search(before):
            yield match.span()


def phrase_spans(phrase: str, text: str) -> Iterator[tuple[int, int]]:
    """Yield where a phrase stands in a text as a whole, not inside a longer number or word."""
    plain = re.escape(" ".join(phrase.replace("\u00a0", " ").replace("\\$", "$").split()))
    edges = r"(?<![\w])(?<!\d[.,:])", r"(?!\w)(?![.,:]\d)"
    for match in re.finditer(f"{edges[0]}{plain}{edges[1]}", text):
        yield match.span()


def quantities(phrase: str) -> list[Quantity]:
    """Return what a phrase says, in its order."""
    found = []
    for match in _QUANTITY.finditer(phrase.replace("\\$", "$")):
        given = {name: text for name, text in match.groupdict().items() if text}
        found.append(_number(given) if "number" in given else Quantity(_moment(given)))
    return found


def _number(given: dict[str, str]) -> Quantity:
    plain = given["number"].replace("\u2212", "-").replace("$", "").replace(",", "")
    decimals = len(plain.partition(".")[2])
    scale = _SCALES[given["scale"].lower()] if "scale" in given else 1
    return Quantity({"number": float(plain)}, decimals, scale)


def _moment(given: dict[str, str]) -> dict[str, float]:
    if "iso" in given:
        year, month, day = map(float, given["iso"].split("-"))
        return {"year": year, "month": month, "day": day}
    if "clock" in given:
        hour, minute = map(int, given["clock"].split(":"))
        if "half" not in given and hour <= 12:
            return {"half_day": hour % 12 * 60 + minute}  # "4:33 in the afternoon"
        late = given.get("half") == "p"
        hours = hour % 12 + 12 * late if "half" in given else hour
        return {"clock": hours * 60 + minute}
    parts = {name.rstrip("23"): text for name, text in given.items()}
    return {
        name: float(_MONTHS.index(text) + 1 if name == "month" else text)
        for name, text in parts.items()
    }


def agrees(written: Quantity, value: Any) -> bool:
    """Tell whether a value is what is written, after rounding to the digits that are written.

    Parameters
    ----------
    written
        A number, a day or a time.
    value
        A number, or the parts of a moment (``year``, ``month``, ``day``, ``clock``).
    """
    if isinstance(value, dict):
        parts = written.parts
        if "number" in parts:
            parts = {"year": parts["number"]}
        value = value | {"half_day": value["clock"] % 720}
        return all(value[name] == part for name, part in parts.items())
    if not isinstance(value, int | float):
        return False
    if "number" not in written.parts:
        return set(written.parts) == {"year"} and value == written.parts["year"]
    half = 0.5 * 10**-written.digits + 1e-9
    number = written.parts["number"]
    return any(abs(value / scale - number) <= half for scale in {1, written.scale})


def as_text(values: Iterable[Any]) -> str:
    """Return values as a person reads them: 2,243 and 54.26, a day, a piece of text."""
    return " and ".join(_as_text(value) for value in values)


def _as_text(value: Any) -> str:
    if isinstance(value, dict):
        minutes = int(value["clock"])
        day = f"{value['day']} {_MONTHS[int(value['month']) - 1]} {value['year']}"
        return f"{day}, {minutes // 60}:{minutes % 60:02}" if minutes else day
    if isinstance(value, int | float):
        shown = round(float(value), 4)
        return f"{shown:,.0f}" if shown == int(shown) else f"{shown:,}"
    return f"'{value}'"
