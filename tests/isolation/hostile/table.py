"""Write the table of attempts into the page on trust: ``python tests/isolation/hostile/table.py``.

What stands in it is what the catalogue expects, and the tests hold the Academy to exactly that.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))

from isolation.hostile import browser, run  # noqa: E402 - the path must be there first
from isolation.hostile.catalogue import Attempt, attempt  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "trust.md"
BEGIN = "<!-- attempts: made by tests/isolation/hostile/table.py -->"
END = "<!-- end of attempts -->"
WORDS = {"held": "held", "succeeded": "**succeeded**", "not run": "not tried"}
assert run, browser  # their attempts are in the catalogue as soon as they are imported


def table() -> str:
    """Return what stands between the marks: a summary, then a table for each group."""
    every = list(attempt.attempts.values())
    parts = [_summary(every)]
    for group, attempts in groupby(every, key=lambda one: one.group):
        parts += [f"### {group}", _rows(list(attempts))]
    return "\n\n".join(parts)


def _summary(every: list[Attempt]) -> str:
    held = sum(one.behind == "held" for one in every)
    open_ones = sum(one.open == "succeeded" for one in every)
    stock = [one for one in every if one.stock]
    won = sum(one.stock == "succeeded" for one in stock)
    return (
        f"{len(every)} attempts. Behind the walls {held} were held. Without walls {open_ones} "
        f"succeed. Of the {len(stock)} that a plain nbgrader exchange can be asked as well, "
        f"{won} succeed there and none here."
    )


def _rows(attempts: list[Attempt]) -> str:
    has_stock = any(one.stock for one in attempts)
    columns = ["attempt", "behind the walls", "without walls"]
    columns += ["plain nbgrader"] if has_stock else []
    lines = [columns, ["---"] * len(columns), *(_row(one, has_stock) for one in attempts)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(one: Attempt, has_stock: bool) -> list[str]:
    note = f" *{one.note}*" if one.note else ""
    cells = [f"`{one.name}` {one.tries}{note}", WORDS[one.behind], WORDS[one.open]]
    return [*cells, WORDS.get(one.stock or "", "")] if has_stock else cells


def with_table(page: str) -> str:
    """Return a page with a new table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
