"""Repeated keys are counted on the disk, in pieces that fit into memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from academy.datasets.distinct import Distinct, Seen


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_repeats_are_counted(tmp_path: Path, at_once: int) -> None:
    distinct = Distinct(tmp_path / "keys", at_once=at_once)
    assert distinct.repeats() == 0
    distinct.add(str(number) for number in range(100))
    assert distinct.repeats() == 0
    distinct.add(["7", "7", "", "", "é\udc80"])
    assert distinct.repeats() == 3
    assert distinct.count == 105


def test_keys_of_an_earlier_run_count_up_to_where_it_came(tmp_path: Path) -> None:
    Distinct(tmp_path / "keys").add(["a", "b", "c"])
    distinct = Distinct(tmp_path / "keys", keep=2)
    distinct.add(["c"])
    assert (distinct.count, distinct.repeats()) == (3, 0)
    distinct.add(["b"])
    assert distinct.repeats() == 1
    assert Distinct(tmp_path / "keys").count == 0


def test_keys_are_known_again_in_another_process(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from academy.datasets.distinct import Distinct\n"
        "Distinct(Path(sys.argv[1])).add(['row-1', 'row-é'])"
    )
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", program, str(tmp_path / seed)]
        subprocess.run(command, env=environment, check=True)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert (tmp_path / "1").stat().st_size == 2 * 8


def test_values_that_came_before_are_told_by_their_place() -> None:
    seen = Seen()
    assert seen.repeated([]) == []
    assert seen.repeated(["b", "a", "b", "b"]) == [2, 3]
    assert seen.repeated(["c", "a", "d", "c"]) == [1, 3]
    assert seen.repeated([str(number) for number in range(1000)]) == []
    assert seen.repeated(["999", "1000", "0"]) == [0, 2]
