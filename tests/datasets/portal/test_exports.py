"""Exports as files: read in pieces, and refused with the line where one is bad."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import pandas as pd
import pytest

from academy.datasets.portal.exports import header, read_pieces, read_whole
from academy.errors import AcademyError

GOOD = 'ID,NAME,NOTE\n1,Ada,\n2,Émile,NA\n3,Zoë,"two\nlines, one comma"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "7ixm-mnvx_made_up.csv"


def values(path: Path) -> list[list[str]]:
    return [list(row) for row in read_whole(path).itertuples(index=False)]


EXPECTED = [["1", "Ada", ""], ["2", "Émile", "NA"], ["3", "Zoë", "two\nlines, one comma"]]


def test_all_values_are_text_and_blank_is_an_empty_text(path: Path) -> None:
    path.write_text(GOOD, encoding="utf-8")
    assert values(path) == EXPECTED
    frame = read_whole(path)
    assert set(map(str, frame.dtypes)) == {"str"}
    assert header(path) == ["ID", "NAME", "NOTE"]


def test_pieces_and_columns(path: Path) -> None:
    path.write_text(GOOD, encoding="utf-8")
    pieces = list(read_pieces(path, ["NOTE", "ID"], piece_rows=2))
    assert [list(piece.columns) for piece in pieces] == [["NOTE", "ID"]] * 2
    assert [list(piece.index) for piece in pieces] == [[0, 1], [2]]
    assert pd.concat(pieces)["ID"].tolist() == ["1", "2", "3"]


def test_a_byte_order_mark_is_no_part_of_a_name(path: Path) -> None:
    path.write_text(GOOD, encoding="utf-8-sig")
    assert values(path) == EXPECTED
    assert header(path)[0] == "ID"


def test_mixed_line_ends(path: Path) -> None:
    path.write_bytes(
        b'ID,NAME,NOTE\r\n1,Ada,\r2,\xc3\x89mile,NA\n3,Zo\xc3\xab,"two\nlines, one comma"'
    )
    assert values(path) == EXPECTED


def test_blank_lines_are_no_rows(path: Path) -> None:
    path.write_text(GOOD + "\n\n", encoding="utf-8")
    assert values(path) == EXPECTED


def test_a_packed_export(path: Path) -> None:
    packed = path.with_name(path.name + ".gz")
    packed.write_bytes(gzip.compress(GOOD.encode()))
    assert values(packed) == EXPECTED
    packed.write_bytes(gzip.compress(GOOD.encode())[:-20])
    with pytest.raises(AcademyError, match="packed file is cut or broken"):
        values(packed)
    packed.write_bytes(GOOD.encode())
    with pytest.raises(AcademyError, match="packed file is cut or broken"):
        values(packed)


def test_a_header_without_rows(path: Path) -> None:
    path.write_text("ID,NAME\n")
    assert list(read_whole(path).columns) == ["ID", "NAME"]
    assert len(read_whole(path)) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The export is empty"),
        (b"\n", "The export is empty"),
        (b"ID;NAME\n1;Ada\n", "Commas should stand between the values, and here semicolons do"),
        (b"ID\tNAME\n1\tAda\n", "here tabs do"),
        (b"<!DOCTYPE html>\n<html>", "a web page"),
        (b"ID,NAME\n1,Ren\xe9\n", r"line 2: .*UTF-8: after '1,Ren' stands the byte 0xe9"),
        ("ID,NAME\n1,Ada\n".encode("utf-16"), r"line 1: .*UTF-8.*byte 0xff"),
        (b"ID,NAME\n1,Ada\n2\n", r"line 3: A row should have 2 values.*has 1"),
        (b'ID,NAME\n1,"a\nb"\n2,Ada,3\n', r"line 4: A row should have 2 values.*has 3"),
        (b"ID,NAME\n1,A\0da\n", r"line 2: A line holds a zero byte"),
        (b'ID,NAME\n1,"Ada\n', r"line 2: The export can't be read as CSV from here on"),
        (b'ID,NAME\n1,"A"da\n', r"line 2: The export can't be read as CSV from here on"),
        (b"ID,NAME,ID\n1,Ada,1\n", r"line 1: .*stand more than once: ID"),
        (b"ID,NAME\n1," + b"x" * 10_000_000, r"line 2: A line is longer than 4,000,000"),
        (b"ID,NAME\n1," + b"x" * 1_000_000, r"line 2: A value .* longer than 131,072 characters"),
        (b'ID,NAME\n1,"' + b"x\n" * 100_000, r"line 2: A value .*quotation mark lacks its end"),
    ],
)
def test_a_bad_export_is_refused_in_a_sentence(path: Path, content: bytes, words: str) -> None:
    path.write_bytes(content)
    with pytest.raises(AcademyError, match=words) as caught:
        values(path)
    assert "stays as it is" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_limit_that_a_library_has_moved_is_set_again(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    before = csv.field_size_limit(10**9)
    request.addfinalizer(lambda: csv.field_size_limit(before))
    path = tmp_path / "export.csv"
    path.write_text("ID,NAME\n1," + "x" * 200_000 + "\n")
    with pytest.raises(AcademyError, match="longer than 131,072 characters"):
        read_whole(path)
