"""Rules about a column of texts: which values, shapes, spellings and signs it may hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from academy.datasets.learnt.rule import FEWEST, UNSEEN, Rule, as_text

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.learnt.rule import Flags


@dataclass(frozen=True)
class Known(Rule):
    """A column whose values were all seen before."""

    kind: ClassVar[str] = "known"
    values: frozenset[Any] = frozenset()

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag what was never seen."""
        column = as_text(frame[self.columns[0]])
        return (column.notna() & ~column.isin(self.values)).to_numpy(dtype=bool)

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[0]} is one of {len(self.values):,} values"


@dataclass(frozen=True)
class Shaped(Rule):
    """A text whose letters, digits and signs stand in an order that was seen before."""

    kind: ClassVar[str] = "shaped"
    shapes: frozenset[Any] = frozenset()
    shape: Callable[[str], Any] = str

    @property
    def id(self) -> tuple[str, ...]:
        """The ways to look at a shape are told apart."""
        return (*super().id, self.shape.__name__)

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the texts of another shape."""
        column = as_text(frame[self.columns[0]])
        shape = {text: self.shape(str(text)) in self.shapes for text in column.dropna().unique()}
        return (~column.map(shape).fillna(value=True).astype(bool)).to_numpy(dtype=bool)

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[0]} is written in one of {len(self.shapes):,} ways"


@dataclass(frozen=True)
class Spelt(Rule):
    """A text that is not one letter, a blank or a capital away from one that is used often."""

    kind: ClassVar[str] = "spelt"
    seen: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag what looks like a slip of a known text."""
        column = as_text(frame[self.columns[0]])
        slips = {text: self._is_slip(str(text)) for text in column.dropna().unique()}
        return column.map(slips).fillna(value=False).to_numpy(dtype=bool)

    def _is_slip(self, text: str) -> bool:
        return text not in self.seen and not self.near.isdisjoint(_one_letter_away(text))

    def words(self) -> str:
        """Say it in words."""
        return f"{self.columns[0]} is spelt as elsewhere"


@dataclass(frozen=True)
class Written(Rule):
    """A text without traits (small letters, digits, stray blanks) that no text had."""

    kind: ClassVar[str] = "written"
    traits: frozenset[str] = frozenset()

    def broken(self, frame: pd.DataFrame) -> Flags:
        """Flag the texts with a trait that no other has."""
        column = as_text(frame[self.columns[0]])
        odd = {text: not traits(str(text)) <= self.traits for text in column.dropna().unique()}
        return column.map(odd).fillna(value=False).to_numpy(dtype=bool)

    def words(self) -> str:
        """Say it in words."""
        never = ", ".join(name for name in _TRAITS if name not in self.traits)
        return f"{self.columns[0]} has none of these: {never}"


def text_rules(name: str, counts: Counter[str]) -> Iterator[Rule]:
    """Yield the rules that a column of texts keeps to, from how often each text stands there."""
    rows = counts.total()
    if rows < FEWEST:
        return
    yield Written((name,), frozenset(trait for text in counts for trait in traits(str(text))))
    if is_closed(counts) and len(counts) <= rows / 4:
        yield Known((name,), frozenset(counts))
    else:
        often = [text for text, count in counts.items() if count >= 3]
        near = frozenset(form for text in often for form in _one_letter_away(text))
        yield Spelt((name,), frozenset(counts), near)
    for shape in (exact_shape, loose_shape, signs):
        shapes: Counter[Any] = Counter()
        for text, count in counts.items():
            shapes[shape(str(text))] += count
        if is_closed(shapes):
            yield Shaped((name,), frozenset(shapes), shape)


def is_closed(counts: Counter[Any]) -> bool:
    """Tell whether hardly anything is left that was not seen yet."""
    return sum(count == 1 for count in counts.values()) <= UNSEEN * counts.total()


def exact_shape(text: str) -> str:
    """``C-193`` becomes ``A-999``: each letter ``A`` or ``a``, each digit ``9``."""
    return re.sub(r"[^\W\d_]", lambda m: "A" if m[0].isupper() else "a", re.sub(r"\d", "9", text))


def loose_shape(text: str) -> str:
    """``9000 BLK OAK DR`` becomes ``9 A A A``: runs of one kind count once."""
    return re.sub(r"(.)\1+", r"\1", exact_shape(text))


def signs(text: str) -> frozenset[str]:
    """Return the kinds of signs in a text: capitals, small letters, digits, and each other sign."""
    doubled = {"  "} if "  " in text else set()
    edge = {" |"} if text != text.strip() else set()
    return frozenset(exact_shape(text)) | doubled | edge


_TRAITS = {
    "small letters": re.compile(r"[a-z]"),
    "capitals": re.compile(r"[A-Z]"),
    "digits": re.compile(r"\d"),
    "two blanks": re.compile(r"\s\s"),
    "a blank at the edge": re.compile(r"^\s|\s$"),
}


def traits(text: str) -> frozenset[str]:
    """Return which of a few plain traits a text has."""
    return frozenset(name for name, pattern in _TRAITS.items() if pattern.search(text))


def _one_letter_away(text: str) -> Iterator[str]:
    """Yield what is left of a text without one letter, and as it is, blanks and capitals apart.

    Two texts that differ by one letter share such a form. Digits are never left out: 71ST AVE
    and 72ND AVE are two streets.
    """
    plain = " ".join(text.upper().split())
    yield plain
    for place, sign in enumerate(plain):
        if not sign.isdigit():
            yield f"{plain[:place]}\0{plain[place + 1 :]}"
            yield plain[:place] + plain[place + 1 :]
