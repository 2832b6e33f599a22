"""Numbers for sandboxes: no two makers and no two living sandboxes have the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from academy.errors import AcademyError
from academy.forkserver import uidblock
from academy.forkserver.celllimits import CellLimits
from academy.forkserver.uidblock import BLOCK, FIRST_SANDBOX_UID, Block
from academy.isolation.identity import LAST_UID

HOLD = (
    "import sys; from pathlib import Path; from academy.forkserver.uidblock import Block\n"
    "block = Block(Path(sys.argv[1])); print(block.number, flush=True); sys.stdin.read()"
)


def test_numbers_lie_above_all_identities_and_go_round(tmp_path: Path) -> None:
    block = Block(tmp_path / "register")

    numbers = [block.next(()) for _ in range(BLOCK + 1)]

    assert min(numbers) == FIRST_SANDBOX_UID > LAST_UID
    assert max(numbers) < 1 << 31
    assert len(set(numbers)) == BLOCK
    assert numbers[-1] == numbers[0]


def test_a_number_in_use_is_passed_over(tmp_path: Path) -> None:
    block = Block(tmp_path / "register")
    first = block.next(())

    assert block.next({first + 1, first + 2}) == first + 3
    with pytest.raises(AcademyError, match="which is the most"):
        block.next(range(FIRST_SANDBOX_UID, FIRST_SANDBOX_UID + BLOCK))


def test_another_process_has_another_block_until_it_ends(tmp_path: Path) -> None:
    register = tmp_path / "register"
    command = [sys.executable, "-c", HOLD, str(register)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "0"
        assert Block(register).number == 1
        other.kill()
    done = subprocess.run(command, input="", capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "0"


def test_when_all_blocks_are_held_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uidblock, "BLOCKS", 0)

    with pytest.raises(AcademyError, match="which is the most"):
        Block(tmp_path / "register")


def test_limits_can_be_lowered_and_never_raised() -> None:
    limits = CellLimits(seconds=100, processes=50)

    lowered = limits.lowered({"seconds": 10, "processes": 5_000, "nonsense": 1})

    assert (lowered.seconds, lowered.processes) == (10, 50)
    assert lowered.of_processes().processes == 50
