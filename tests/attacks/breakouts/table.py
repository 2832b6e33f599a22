"""Measure what every submission that tries something gets, and write the table on trust.

``python tests/attacks/breakouts/table.py`` grades them all in one run, which takes some minutes;
``python tests/attacks/breakouts/table.py --write`` writes down what was measured last.
"""

from __future__ import annotations

import os
import sys
import tempfile
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from attacks.breakouts import every  # noqa: E402 - the path must be there first
from attacks.breakouts.catalogue import Breakout, breakouts  # noqa: E402
from attacks.breakouts.measured import measured, write  # noqa: E402
from attacks.breakouts.open import HARMLESS  # noqa: E402
from attacks.breakouts.run import Came, Ran, grade_class  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "trust.md"
BEGIN = "<!-- submissions: made by tests/attacks/breakouts/table.py -->"
END = "<!-- end of submissions -->"
assert every  # its attempts are in the catalogue as soon as it is imported


def table() -> str:
    """Return what stands between the marks: a summary, then a table for each group."""
    results = measured()
    open_ones = sum(one.succeeds for one in results.values())
    parts = [f"{len(results)} attempts: {len(results) - open_ones} held, {open_ones} succeeded."]
    parts[0] += f" In the open, without a sandbox, {len(HARMLESS)} were tried, and all succeeded."
    for group, some in groupby(breakouts.values(), key=lambda one: one.group):
        parts += [f"### {group}", _rows(list(some), results)]
    return "\n\n".join(parts)


def _rows(some: list[Breakout], results: dict[str, Came]) -> str:
    columns = ["attempt", "what must hold", "in a sandbox", "what it met", "in the open"]
    lines = [columns, ["---"] * len(columns)]
    for one in some:
        came = results[one.name]
        said = "**succeeded**" if came.succeeds else "held"
        is_open = "**succeeded**" if one.name in HARMLESS else "not tried"
        words = " ".join(came.words.split()).replace("|", "\\|")
        lines.append([f"`{one.name}` {one.aim}", one.holds, said, _short(words), is_open])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _short(words: str, most: int = 160) -> str:
    return words if len(words) <= most else f"{words[:most].rsplit(' ', 1)[0]} …"


def with_table(page: str) -> str:
    """Return a page with a new table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def measure() -> Ran:
    """Grade a class of them all."""
    names = [name for name in sys.argv[1:] if name in breakouts] or list(breakouts)
    with tempfile.TemporaryDirectory(prefix="attempts-") as base:
        os.environ["ACADEMY_STATE"] = f"{base}/state"
        return grade_class(Path(base), [breakouts[name] for name in names])


if __name__ == "__main__":
    if "--write" not in sys.argv:
        ran = measure()
        for name, came in ran.came.items():
            print(name, came)
        print(ran.neighbour, ran.left, ran.changed)
        if len(ran.came) == len(breakouts):
            write(ran.came)
    if BEGIN in PAGE.read_text(encoding="utf-8"):
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
