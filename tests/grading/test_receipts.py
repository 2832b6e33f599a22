from __future__ import annotations

import json
import os
import resource
import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest

from academy.grading.receipts import (
    NOTHING_BEFORE,
    Receipt,
    Record,
    ensure_record,
    record_file,
    record_of,
)

COURSE = "tiny"


@pytest.fixture
def record(state: Path) -> Record:
    ensure_record(COURSE)
    return record_of(COURSE)


def write(record: Record, learner: str = "amira", folder: str = "x") -> Receipt:
    with record.writing() as pen:
        return pen.write(
            course=COURSE,
            learner=learner,
            assignment="counting",
            submitted_at=datetime(2027, 3, 1, 18, 0, 0, 5, tzinfo=UTC),
            folder=folder,
            sha256="0" * 64,
            files=1,
            size=2,
        )


def test_each_line_carries_the_hash_of_the_line_before(record: Record) -> None:
    first, second = write(record), write(record, "bruno")

    assert (first.number, first.previous) == (1, NOTHING_BEFORE)
    assert second.number == 2
    again = Record(record.file)
    again.refresh()
    assert again.receipts == [first, second]
    assert again.faults == []
    assert again.by("bruno") == [second]
    assert record.file.stat().st_mode & 0o777 == 0o640


def test_the_time_is_written_as_nbgrader_reads_it(record: Record) -> None:
    from nbgrader.utils import parse_utc

    receipt = write(record)

    assert receipt.timestamp == "2027-03-01 18:00:00.000005 UTC"
    assert parse_utc(receipt.timestamp) == receipt.submitted_at.replace(tzinfo=None)


def test_what_another_process_writes_is_seen(record: Record) -> None:
    write(record)
    other = Record(record.file)

    write(other, "bruno")
    third = write(record, "chloe")

    assert third.number == 3
    assert record_of(COURSE).learners("counting") == ["amira", "bruno", "chloe"]
    assert record_of(COURSE).faults == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_line_that_was_changed_shows(record: Record, number: int) -> None:
    for learner in ("amira", "bruno", "chloe"):
        write(record, learner)
    lines = record.file.read_text().splitlines()
    fields = json.loads(lines[number])
    lines[number] = json.dumps(fields | {"submitted_at": "2020-01-01T00:00:00+00:00"})
    record.file.write_text("\n".join(lines) + "\n")

    again = Record(record.file)
    again.refresh()

    assert again.faults == [
        f"Line {number + 2} of {record.file} does not follow the line before it."
    ]


def test_a_line_that_was_taken_out_or_is_no_receipt_shows(record: Record) -> None:
    for learner in ("amira", "bruno", "chloe"):
        write(record, learner)
    lines = record.file.read_text().splitlines()
    record.file.write_text(f"{lines[0]}\n{lines[2]}\nnonsense\n")

    again = Record(record.file)
    again.refresh()

    assert again.faults == [
        f"Line 2 of {record.file} does not follow the line before it.",
        f"Line 3 of {record.file} can't be read.",
    ]


def test_half_a_line_of_a_power_cut_is_not_a_receipt_and_the_next_is_whole(record: Record) -> None:
    first = write(record)
    with record.file.open("ab") as file:
        file.write(b'{"number": 2, "course": "ti')

    assert record_of(COURSE).receipts == [first]
    second = write(record_of(COURSE), "bruno")

    assert (second.number, record_of(COURSE).faults) == (2, [])
    assert record.file.read_text().count("\n") == 2


def test_a_record_that_is_not_there_is_empty(state: Path) -> None:
    assert record_of("nowhere").receipts == []
    assert not record_file("nowhere").exists()


def test_a_disk_that_fails_leaves_the_record_as_it_was(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write(record)
    before = record.file.read_bytes()

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="Input/output error"):
            write(record, "bruno")

    assert record.file.read_bytes() == before
    again = write(record, "chen")
    assert again.number == 2
    assert [one.learner for one in record.receipts] == [first.learner, "chen"]


def test_a_full_disk_leaves_no_half_line(record: Record) -> None:
    write(record)
    before = record.file.read_bytes()
    room = len(before) + 10
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limit[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            write(record, "bruno")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, handler)

    assert record.file.read_bytes() == before
