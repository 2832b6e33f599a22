"""Five of the six dimensions of a dataset's quality: what each of them counts.

What is not known earns nothing. Each function returns a score from 0 to 1 and says in words what
was taken off, the largest loss first where that can be told.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from academy.datasets.quality import Dimension, Shelf
from academy.datasets.words import few, percent, share_of

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.descriptor import Descriptor
    from academy.datasets.schema import Field, Resource

HALF_LIFE_DAYS = 365
# A fault that is there but can't be counted takes so much of what is left.
UNKNOWABLE = 0.9
# Rows that rules are learnt from and tried on: enough to see what repeats, and quick.
_ROWS_TRIED = 4_000
# A known fault is a caveat, not always an error: all rows with one cost half.
CAVEAT = 0.5
_UNKNOWN_CUT = re.compile(r"\bsubset\b", re.IGNORECASE)


def documentation(descriptor: Descriptor) -> Dimension:
    """Half for what is said of the dataset, half for what is said of each column."""
    said = dict(_package_items(descriptor))
    fields = [each for resource in descriptor.resources for each in resource.fields]
    items = {each.name: dict(_field_items(each)) for each in fields}
    of_fields = [sum(kept.values()) / len(kept) for kept in items.values()]
    reasons = [f"It is not said {item}." for item, there in said.items() if not there]
    for item in next(iter(items.values())):
        lacking = [name for name, kept in items.items() if not kept[item]]
        if lacking:
            reasons.append(f"{len(lacking)} of {len(items)} columns lack {item}: {few(lacking)}.")
    package = sum(said.values()) / len(said)
    return Dimension("documentation", (package + sum(of_fields) / len(of_fields)) / 2, reasons)


def _package_items(descriptor: Descriptor) -> Iterator[tuple[str, bool]]:
    yield "in a hundred characters or more what it is", len(descriptor.description) >= 100
    yield "what one row is", len(descriptor.one_row) > 0
    yield "under three keywords or more", len(descriptor.keywords) >= 3
    yield "where the source can be opened", any(each.path for each in descriptor.sources)
    yield "which dataset of which portal it is", descriptor.portal is not None
    yield "what anyone may do with it", len(descriptor.licenses) > 0
    yield "on which day the data were taken", descriptor.when.is_exact
    yield "what time it speaks of", descriptor.period is not None
    yield "how the rows were chosen", len(descriptor.how_it_was_cut) > 0
    yield "what is missing from it", len(descriptor.not_included) > 0
    yield "what is wrong with it", len(descriptor.known_faults) > 0


def _field_items(field: Field) -> Iterator[tuple[str, bool]]:
    yield "a description of five words or more", len(field.description.split()) >= 5
    yield "an example", field.example is not None
    yield "a unit, or what their values may be", field.unit is not None or _can_be_broken(field)


def freshness(descriptor: Descriptor, today: datetime.date) -> Dimension:
    """Half is lost with each year since the last day that the table can speak of."""
    taken = descriptor.when.first_day
    end = descriptor.period.end if descriptor.period else taken
    last = min(taken, end)
    age = max((today - last).days, 0)
    score = 0.5 ** (age / HALF_LIFE_DAYS)
    reasons = [f"The newest thing that it can tell is of {last}, {age:,} days ago."]
    if not descriptor.when.is_exact:
        reasons.append(
            f"It was taken {descriptor.when.in_words()}: the earliest day that it can be counts."
        )
    if descriptor.period is None:
        score /= 2
        reasons.append("It is not said what time it speaks of: half is lost.")
    return Dimension("freshness", score, reasons)


def completeness(name: str, resource: Resource, on: Shelf) -> Dimension:
    """Values that are there, times rows that were kept, times whether the cut is known."""
    descriptor, frame = on.descriptors[name], on.table(name, resource)
    filled = {each.name: share_of(frame[each.name].notna()) for each in resource.fields}
    present = sum(filled.values()) / len(filled)
    blank = sorted((share, column) for column, share in filled.items() if share < 1)
    reasons = [f"{column} is blank in {percent(1 - share)} of the rows." for share, column in blank]
    left_out, of = descriptor.rows_left_out, descriptor.source_rows
    if left_out:
        reasons.append(f"Of the source's {of:,} rows, {left_out:,} were left out.")
    kept = 1 - left_out / max(of, left_out, 1)
    known = 0.5 if _UNKNOWN_CUT.search(descriptor.how_it_was_cut) else 1.0
    if known < 1:
        reasons.insert(0, "It is a subset, and nobody knows how it was cut: half is lost.")
    return Dimension("completeness", present * kept * known, reasons)


def validity(name: str, resource: Resource, on: Shelf) -> Dimension:
    """Values that keep to a stated rule, times rows without a fault, times what is unknowable."""
    descriptor, frame = on.descriptors[name], on.table(name, resource)
    shares = [_share_kept(each, frame[each.name], on) for each in resource.fields]
    ruleless = [each.name for each in resource.fields if not _can_be_broken(each)]
    reasons = []
    if ruleless:
        reasons.append(f"No rule is stated that a value could break: {few(ruleless)}.")
    for each, share in zip(resource.fields, shares, strict=True):
        if _can_be_broken(each) and share < 1:
            reasons.append(
                f"Of {each.name}, {percent(1 - share)} of the values break their own rule."
            )
    wrong, why = _wrong_rows(descriptor, resource, frame)
    unknowable = [each.id for each in descriptor.known_faults if each.handling == "unknowable"]
    if unknowable:
        reasons.append(f"Faults whose rows nobody can tell: {', '.join(unknowable)}.")
    score = sum(shares) / len(shares) * (1 - wrong) * UNKNOWABLE ** len(unknowable)
    return Dimension("validity", score, reasons + why)


def _can_be_broken(field: Field) -> bool:
    """Tell whether a field says more of its values than that they are a text or a number."""
    limits = field.constraints
    if field.type in ("boolean", "date", "datetime"):
        return True
    stated = (limits.pattern, limits.minimum, limits.maximum, field.categories, field.references)
    return any(each is not None for each in stated)


def _share_kept(field: Field, column: pd.Series[Any], on: Shelf) -> float:
    import pandas as pd

    values = column.dropna()
    if not _can_be_broken(field):
        return 0.0
    good = pd.Series(True, index=values.index)
    limits = field.constraints
    if limits.pattern is not None:
        found = re.compile(limits.pattern).search
        good &= values.astype("str").map(lambda text: found(text) is not None).astype(bool)
    for limit, is_low in ((limits.minimum, True), (limits.maximum, False)):
        if limit is not None:
            edge = _as_limit(limit, values)
            good &= (values >= edge) if is_low else (values <= edge)
    if field.categories is not None:
        good &= values.isin(field.categories)
    if field.references is not None:
        good &= values.astype("str").isin(_referred(field.references, on))
    return share_of(good)


def _as_limit(limit: float | str, values: pd.Series[Any]) -> Any:
    import pandas as pd

    if not isinstance(limit, str):
        return limit
    moment = pd.Timestamp(limit)
    zone = getattr(values.dt, "tz", None)
    return moment.tz_localize(zone) if zone is not None and moment.tzinfo is None else moment


def _referred(reference: str, on: Shelf) -> set[str]:
    dataset, _, column = reference.partition(".")
    if dataset not in on.descriptors:
        return set()
    table = on.table(dataset, on.descriptors[dataset].resource)
    return set(table[column].dropna().astype("str"))


def _wrong_rows(descriptor: Descriptor, resource: Resource, frame: Any) -> tuple[float, list[str]]:
    """Return what known faults and odd rows take: the larger of both, as they may overlap."""
    from academy.datasets.constraints import flagged_rows

    rows = max(len(frame), 1)
    step = -(-rows // _ROWS_TRIED)
    odd = float(flagged_rows(frame.iloc[::step]).mean()) if len(frame) else 0.0
    shown = sorted(_shown_faults(descriptor, resource, frame), reverse=True)
    reasons = [
        f"A known fault is in {percent(share)} of the rows: {fault}." for share, fault in shown
    ]
    if odd:
        reasons.append(f"Of the rows, {percent(odd)} differ from what the others keep to.")
    return max([odd, *(share * CAVEAT for share, _ in shown)]), reasons


def _shown_faults(
    descriptor: Descriptor, resource: Resource, frame: Any
) -> Iterator[tuple[float, str]]:
    """Yield the share of rows of each fault that was left; blanks count as incomplete instead.

    They are counted in the first table of a dataset, but for those that say what else they are
    counted over: no share of this table's rows can be told from these.
    """
    if resource.name != descriptor.resource.name or frame.empty:
        return
    missing = frame[[each.name for each in resource.fields]].isna()
    blanks = {int(missing[name].sum()) for name in missing} | {int(missing.any(axis=1).sum())}
    for fault in descriptor.known_faults:
        counted_here = fault.handling == "shown" and not fault.counted_over
        if counted_here and fault.rows and fault.rows not in blanks:
            yield fault.rows / len(frame), fault.id


def uniqueness(name: str, resource: Resource, on: Shelf) -> Dimension:
    """Half for a key that names each row, half for rows that are not said twice."""
    frame, key = on.table(name, resource), resource.table_schema.primary_key
    reasons, keyed = [], 0.0
    if key:
        keyed = share_of(~frame[key].astype("object").duplicated())
    else:
        reasons.append("No key is stated that names a row: half is lost.")
    if key and keyed < 1:
        reasons.append(f"Of the rows, {percent(1 - keyed)} repeat an earlier row's key.")
    names = [each.name for each in resource.fields]
    # A number that was only given to tell rows apart hides that they say the same.
    rest = [each for each in names if each not in key]
    compared = rest if len(key) == 1 and len(rest) >= 4 else names
    told_once = share_of(~frame[compared].astype("object").duplicated())
    if told_once < 1:
        apart = " apart from the key" if compared == rest else ""
        reasons.append(f"Of the rows, {percent(1 - told_once)} say the same as another{apart}.")
    return Dimension("uniqueness", (keyed + told_once) / 2, reasons)
