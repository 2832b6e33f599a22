"""What a refresh measures and the descriptor tells: faults, left out rows, time covered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from academy.datasets.descriptor import DroppedRows, KnownFault, Period
from academy.datasets.formulas import WORDS
from academy.datasets.inputs import Cut
from academy.datasets.schema import Resource
from academy.datasets.spool import Spool, sampling_in_words
from academy.datasets.template import Template
from academy.datasets.tidy.ledger import Ledger
from academy.errors import Finding, FindingsError

if TYPE_CHECKING:
    from academy.datasets.compiler import TidyModule


def cut_in_words(cut: Cut, resources: list[Resource]) -> str:
    """Say how the rows were cut on the portal, and which of them a sample holds."""
    samplings = [
        sampling_in_words(resource.sampling, resource.rows)
        for resource in resources
        if resource.sampling
    ]
    return " ".join([cut.how_it_was_cut, *samplings])


def shown_faults(module: TidyModule, spools: list[Spool], names: list[str]) -> dict[str, int]:
    """Count the faults that are left in the tables, piece by piece."""
    counts: dict[str, int] = {}
    others = {
        name.replace("-", "_"): spool.whole()
        for name, spool in zip(names[1:], spools[1:], strict=True)
    }
    for frame in spools[0].frames():
        for fault, rows in module.measure_shown_faults(frame, **others).items():
            counts[fault] = counts.get(fault, 0) + int(rows)
    return counts


def period_of(column: str | None, spool: Spool, template: Template) -> Period | None:
    """Return the first and the last day of a table; what people wrote where it has no time."""
    import pandas as pd

    if column is None or template.period is not None:
        return template.period
    moments = pd.concat([frame[column].dropna() for frame in spool.frames()])
    first, last = moments.min(), moments.max()
    if pd.api.types.is_numeric_dtype(moments):
        first, last = pd.Timestamp(int(first), 1, 1), pd.Timestamp(int(last), 12, 31)
    return Period(start=pd.Timestamp(first).date(), end=pd.Timestamp(last).date())


def counted(faults: Iterable[KnownFault], counts: dict[str, int], name: str) -> list[KnownFault]:
    """Put the measured rows beside the words; words without a count, or the reverse, are errors."""
    faults = [*faults, *([WORDS] if counts.get(WORDS.id) else [])]
    described = {fault.id for fault in faults if fault.handling != "unknowable"}
    findings = [
        Finding(f"The fault '{fault}' is {problem}.", f"datasets/{name}/package.yaml")
        for problem, ids in (
            ("counted by the program but not described", counts.keys() - described),
            ("described but not counted by the program", described - counts.keys()),
        )
        for fault in sorted(ids)
    ]
    if findings:
        raise FindingsError(
            f"The words about {name} and its program disagree.",
            findings,
            kept="Nothing was changed.",
        )
    return [fault.model_copy(update={"rows": counts.get(fault.id)}) for fault in faults]


def dropped_rows(ledger: Ledger) -> list[DroppedRows]:
    """Return the rows that were left out, by reason."""
    keys: dict[str, list[str]] = {}
    for key, reason in ledger.dropped:
        keys.setdefault(reason, []).append(key)
    listed = [
        DroppedRows(reason=reason, rows=len(found), keys=found) for reason, found in keys.items()
    ]
    withheld = ledger.withheld.items()
    return listed + [DroppedRows(reason=reason, rows=rows) for reason, rows in withheld if rows]
