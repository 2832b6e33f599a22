"""Memory that is no longer in use goes back to the system."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
from academy.datasets.memory import give_back

def in_use():
    lines = open("/proc/self/status").read().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) // 1024

before = in_use()
rows = [str(number) * 5 for number in range(1_000_000)]
last = rows[-1]
del rows
give_back()
print(before, in_use())
"""


def test_what_was_freed_is_handed_back() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    before, after = map(int, done.stdout.split())
    assert after < before + 40, "a million texts take about a hundred megabytes"
