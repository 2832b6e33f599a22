"""Check tables against their descriptor and say every fault, with the rows that have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from academy.datasets import places
from academy.datasets.blocks import (
    Block,
    UnreadableError,
    csv_blocks,
    geojson_blocks,
    line_findings,
    numbers_in_words,
)
from academy.datasets.checks import first_problem
from academy.datasets.descriptor import FILE_NAME, Descriptor, load_descriptor
from academy.datasets.distinct import Seen
from academy.datasets.load import mismatch, missing_file
from academy.datasets.places import Fault
from academy.datasets.references import References, on_the_shelf
from academy.datasets.scanner import privacy_faults
from academy.datasets.schema import Copy, Field, Resource
from academy.datasets.sound import all_sound
from academy.datasets.writing import measure, open_content
from academy.errors import AcademyError, Finding

_SHOWN_CHARACTERS = 60
# So many good values of a column are remembered, so that memory does not grow with a table.
_REMEMBERED = 50_000


def verify_folder(folder: Path, references: References | None = None) -> list[Finding]:
    """Check a dataset's folder: descriptor, hashes, headers, types, constraints, keys, privacy.

    Parameters
    ----------
    folder
        The dataset's folder.
    references
        Knows the values that fields refer to; those on the shelf by default.

    Returns
    -------
    list of Finding
        Every fault that was found; none for a sound dataset.
    """
    try:
        descriptor = load_descriptor(folder)
    except AcademyError as error:
        return list(error.findings)
    known = references or References(on_the_shelf)
    findings = list(_source_findings(folder, descriptor))
    for resource in descriptor.resources:
        findings += _resource_findings(folder, descriptor, resource, known)
    return findings


def _source_findings(folder: Path, descriptor: Descriptor) -> Iterator[Finding]:
    """A derived table and its source beside it must come from the same rows of the portal."""
    for made_from in descriptor.made_from:
        beside = folder.parent / str(made_from.dataset)
        if made_from.dataset is None or not (beside / FILE_NAME).is_file():
            continue
        try:
            hashes = {each.hash for each in load_descriptor(beside).made_from}
        except AcademyError:
            # Verifying that dataset tells what is wrong with it.
            continue
        if made_from.hash not in hashes:
            problem = f"It was made from other rows than the {made_from.dataset} beside it."
            mend = f"Run `academy data refresh {made_from.dataset}`."
            yield Finding(problem, str(folder / FILE_NAME), mend)


def _resource_findings(
    folder: Path, descriptor: Descriptor, resource: Resource, references: References
) -> Iterator[Finding]:
    everything: list[Resource | Copy] = [resource, *(resource.copies or [])]
    for described in everything:
        path = folder / described.path
        if not path.is_file():
            yield from missing_file(path, descriptor.name).findings
            continue
        size, digest = measure(path)
        if digest != described.hash:
            yield from mismatch(path, descriptor.name, described, size, digest).findings
    path = folder / resource.path
    if path.is_file():
        yield from table_findings(path, resource, references)


def table_findings(
    content: bytes | Path, resource: Resource, references: References | None = None
) -> list[Finding]:
    """Check a table's file against the fields that its descriptor promises.

    Row numbers count the rows of data from 1; the header is not among them. Memory does not grow
    with the file.
    """
    read = geojson_blocks if resource.format == "geojson" else csv_blocks
    check = _TableCheck(resource, references)
    try:
        with open_content(content) as file:
            if resource.format == "csv":
                check.findings += line_findings(file, resource.path)
                file.seek(0)
            for block in read(file, resource):
                check.see(block)
    except UnreadableError as error:
        return [*check.findings, error.finding]
    return check.all_findings()


class _TableCheck:
    """Looks at a table block by block and remembers what it saw."""

    def __init__(self, resource: Resource, references: References | None) -> None:
        self.resource = resource
        self.findings: list[Finding] = []
        self._rows = 0
        self._faults = _FaultsByProblem()
        self._missing = set(resource.table_schema.missing_values)
        self._problem_of = {each.name: first_problem(each) for each in resource.fields}
        self._allowed = {
            each.name: references.allowed(each) if references else None for each in resource.fields
        }
        self._seen: dict[str, Seen] = defaultdict(Seen)
        self._good: dict[str, set[str]] = defaultdict(set)
        self._harmless: dict[str, set[str]] = {}

    def see(self, block: Block) -> None:
        self._rows += block.row_count
        self._faults.add(block.faults)
        for each in self.resource.fields:
            self._faults.add(self._column_faults(block, each))
        self._faults.add(self._key_faults(block))
        if self.resource.geometry == "point":
            self._faults.add(places.point_faults(block.columns, block.rows))
        self._faults.add(
            privacy_faults(self.resource, block.columns, block.first_row, self._harmless)
        )

    def all_findings(self) -> list[Finding]:
        promised, path = self.resource.rows, self.resource.path
        if self._rows != promised:
            problem = f"There should be {promised:,} rows, and there are {self._rows:,}."
            self.findings.append(Finding(problem, path))
        return [*self.findings, *self._faults.findings(path)]

    def _column_faults(self, block: Block, each: Field) -> Iterator[Fault]:
        values = block.columns[each.name]
        bad = self._bad_values(set(values), each)
        if each.constraints.unique:
            yield from self._repeats(
                block.rows,
                values,
                each.name,
                f"{each.name} repeats a value of an earlier row, and must not",
            )
        if not bad:
            return
        for number, value in zip(block.rows, values, strict=True):
            if problem := bad.get(value):
                yield problem, number, value

    def _bad_values(self, different: set[str], each: Field) -> dict[str, str]:
        """Judge each different value once."""
        allowed, present = self._allowed[each.name], different - self._missing
        bad = {} if all_sound(present, each) else self._judged_one_by_one(present, each)
        if allowed is not None:
            strangers = present - allowed
            bad |= dict.fromkeys(strangers, f"{each.name} is not in {each.references}")
        if each.constraints.required:
            blank = f"{each.name} is blank, and must not be"
            bad |= dict.fromkeys(different & self._missing, blank)
        return bad

    def _judged_one_by_one(self, present: set[str], each: Field) -> dict[str, str]:
        problem_of, good = self._problem_of[each.name], self._good[each.name]
        fresh = present - good
        bad = {value: problem for value in fresh if (problem := problem_of(value)) is not None}
        if len(good) < _REMEMBERED:
            good |= fresh - bad.keys()
        return bad

    def _repeats(
        self, rows: Sequence[int], values: Sequence[str], name: str, problem: str
    ) -> Iterator[Fault]:
        if not self._missing.isdisjoint(values):
            present = [place for place, value in enumerate(values) if value not in self._missing]
            rows = [rows[place] for place in present]
            values = [values[place] for place in present]
        for place in self._seen[name].repeated(values):
            yield problem, rows[place], values[place]

    def _key_faults(self, block: Block) -> Iterator[Fault]:
        key = self.resource.table_schema.primary_key
        unique = {each.name for each in self.resource.fields if each.constraints.unique}
        if not key or (len(key) == 1 and key[0] in unique):
            return
        values = zip(*(block.columns[name] for name in key), strict=True)
        joined = [", ".join(parts) for parts in values]
        problem = f"The key ({', '.join(key)}) repeats an earlier row's"
        yield from self._repeats(block.rows, joined, "the key", problem)


class _FaultsByProblem:
    """One finding a kind of fault, with its first value, its first rows and how many more."""

    def __init__(self) -> None:
        self._rows: dict[str, list[int]] = defaultdict(list)
        self._first: dict[str, str] = {}

    def add(self, faults: Iterable[Fault]) -> None:
        for problem, number, value in faults:
            self._rows[problem].append(number)
            shown = f" (found '{value[:_SHOWN_CHARACTERS]}')." if value else "."
            self._first.setdefault(problem, shown)

    def findings(self, where: str) -> list[Finding]:
        return [
            Finding(problem + self._first[problem], f"{where}, {numbers_in_words(rows, 'row')}")
            for problem, rows in self._rows.items()
        ]
