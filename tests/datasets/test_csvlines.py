"""Lines are the bytes that pandas and Python's own writer give."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pyarrow as pa
import pytest

from academy.datasets.csvlines import csv_lines, texts_of
from academy.datasets.schema import Field
from academy.datasets.tables import to_csv

TEXTS = ["plain", "", 'a "quoted" word', "a, b", "two\nlines", '"', " spaces ", "é", "'=cmd", ",,"]


def column(values: list[str | None]) -> pa.Array:
    return pa.array(values, pa.large_string())


def test_the_same_bytes_as_the_general_writer() -> None:
    rows = [(first, second) for first in TEXTS for second in TEXTS]
    expected = io.StringIO()
    csv.writer(expected, lineterminator="\n").writerows(rows)
    found = csv_lines([column(list(values)) for values in zip(*rows, strict=True)])
    assert found == expected.getvalue().encode()


def test_a_missing_text_is_blank() -> None:
    assert csv_lines([column(["a", None]), column([None, "b, c"])]) == b'a,\n,"b, c"\n'


def test_a_part_of_a_longer_column_is_written_alone() -> None:
    parts = [column(["x, y", "a", "b", 'z"']).slice(1, 2)] * 2
    assert csv_lines(parts) == b"a,a\nb,b\n"


@pytest.mark.parametrize(
    "columns", [[column(["a", ""])], [column(["a\rb", "c"]), column(["d", "e"])]]
)
def test_what_it_does_not_know_is_left_to_the_general_writer(columns: list[pa.Array]) -> None:
    assert csv_lines(columns) is None


FRAMES = {
    "text": pd.Series([*TEXTS[:4], None], dtype="str"),
    "kinds": pd.Series(["a", "b, c", None, "a", "a"], dtype="str").astype("category"),
    "whole": pd.Series([1, -2, 0, 10**15, 7], dtype="int64"),
    "perhaps_whole": pd.Series([1, None, 3, 0, -5], dtype="Int64"),
    "number": pd.Series([1.0, None, 0.1 + 0.2, -91.1234567, 1e-7], dtype="float64"),
    "truth": pd.Series([True, False, True, True, False]),
}


@pytest.mark.parametrize("left_out", [None, *FRAMES])
def test_a_table_is_written_as_pandas_writes_it(left_out: str | None) -> None:
    kinds = {"whole": "integer", "perhaps_whole": "integer", "number": "number", "truth": "boolean"}
    frame = pd.DataFrame({name: each for name, each in FRAMES.items() if name != left_out})
    fields = [
        Field(name=name, title=name, description="Made up.", type=kinds.get(name, "string"))  # type: ignore[arg-type]
        for name in frame
    ]
    expected = frame.to_csv(index=False, lineterminator="\n").encode()
    assert to_csv(frame, fields) == expected
    assert to_csv(frame, fields, header=False) == expected.partition(b"\n")[2]


def test_kinds_that_it_does_not_know() -> None:
    assert texts_of(pd.Series([True, False])) is None
    assert texts_of(pd.Series([1, "a"], dtype=object)) is None
    assert texts_of(pd.Series([1, 2]).astype("category")) is None
