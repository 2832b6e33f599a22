"""A long export is read in the order of its key, and no key is cut apart."""

from __future__ import annotations

import random
from pathlib import Path

import pandas as pd
import pytest

from academy.datasets.portal.exports import read_whole
from academy.datasets.portal.ordered import read_ordered_pieces
from academy.errors import AcademyError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "export.csv"


def test_rows_come_in_the_order_of_whole_numbers(path: Path, tmp_path: Path) -> None:
    numbers = [*range(95, 205), 7, 1_000_000, "007", "", "12-A", " 8 "]
    random.Random(20261122).shuffle(numbers)
    path.write_text("ID,NAME\n" + "".join(f'{n},"name, {n}"\n' for n in numbers))
    pieces = list(read_ordered_pieces(path, ["ID"], 50, tmp_path / "work"))
    assert len(pieces) == 3
    assert max(map(len, pieces)) <= 50
    together = pd.concat(pieces)
    ids = [text.strip() for text in together["ID"]]
    assert sorted(ids[:2]) == ["007", "7"]
    assert ids[2:] == ["8", *[str(n) for n in range(95, 205)], "1000000", "", "12-A"]
    whole = read_whole(path)
    assert together.sort_index().equals(whole), "the index is the row's number in the export"
    assert list((tmp_path / "work").iterdir()) == []


def test_rows_with_one_key_stay_together_in_their_order(path: Path, tmp_path: Path) -> None:
    rows = [(case, charge) for charge in range(4) for case in ("b", "a", "c")]
    path.write_text("CASE,CHARGE\n" + "".join(f"{case},{charge}\n" for case, charge in rows))
    pieces = list(read_ordered_pieces(path, ["CASE"], 3, tmp_path))
    assert [piece["CASE"].tolist() for piece in pieces] == [["a"] * 4, ["b"] * 4, ["c"] * 4]
    assert all(piece["CHARGE"].tolist() == ["0", "1", "2", "3"] for piece in pieces)


def test_an_export_without_rows(path: Path, tmp_path: Path) -> None:
    path.write_text("ID,NAME\n")
    pieces = list(read_ordered_pieces(path, ["ID"], 3, tmp_path))
    assert [list(piece.columns) for piece in pieces] == [["ID", "NAME"]]
    assert len(pieces[0]) == 0


def test_a_bad_export_is_refused_and_nothing_is_left(path: Path, tmp_path: Path) -> None:
    path.write_text("ID,NAME\n1,Ada\n2\n")
    with pytest.raises(AcademyError, match="line 3: A row should have 2 values"):
        list(read_ordered_pieces(path, ["ID"], 3, tmp_path / "work"))
    assert list((tmp_path / "work").iterdir()) == []
