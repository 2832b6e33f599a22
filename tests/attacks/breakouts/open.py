"""The same attempts without a sandbox, where that harms nobody: each must then succeed.

What fails even in the open proves nothing about a wall.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from attacks.breakouts.catalogue import PREAMBLE, breakouts
from attacks.breakouts.run import Came
from attacks.breakouts.scene import class_of, outside_of

#: Those that touch nothing but a scratch course, and no more of the machine than its loopback.
HARMLESS = (
    "read-solutions",
    "read-release",
    "read-gradebook",
    "read-a-peer",
    "read-graded-work",
    "read-receipts",
    "read-the-run",
    "read-a-home",
    "read-the-checkout",
    "read-the-environment",
    "list-processes",
    "walk-up-by-proc",
    "write-gradebook",
    "write-receipts",
    "write-own-score",
    "write-release",
    "write-solutions",
    "write-a-peer",
    "write-own-submission",
    "write-a-result",
    "write-the-ledger",
    "write-settings",
    "reach-loopback",
    "reach-the-machine",
    "send-without-connecting",
    "reach-a-socket-file",
    "reach-an-abstract-socket",
)


def try_in_the_open(base: Path) -> dict[str, Came]:
    """Run each as a plain process, on a course that nobody needs.

    Parameters
    ----------
    base
        A folder of the run's own; ``ACADEMY_STATE`` must name its folder ``state``.
    """
    some = [breakouts[name] for name in HARMLESS]
    with (
        tempfile.TemporaryDirectory(prefix="attempts-", dir="/tmp") as short,
        outside_of(Path(short)) as (_, outside),
    ):
        root, targets = class_of(base, some, {**outside, "maker": "/nowhere"})
        found = {}
        for one in some:
            told = PREAMBLE.format(
                targets=json.dumps({**targets, "own": [f"{root}/submitted/{one.name}"]})
            )
            found[one.name] = _run(told + one.code, outside["secret"][::-1])
        return found


def _run(code: str, secret: str) -> Came:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"GRADERS_TOKEN": secret},
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("ATTEMPT ")]
    succeeds, words = json.loads(line.removeprefix("ATTEMPT "))
    return Came(succeeds, words)
