"""Measure every attempt at tampering, and write the table into the page on trust.

``python tests/attacks/table.py`` runs each in plain nbgrader and here, which takes some minutes;
``python tests/attacks/table.py --write`` writes down once more what was measured last.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from attacks import tampering  # noqa: E402 - the path must be there first
from attacks.catalogue import Attack, attacks  # noqa: E402
from attacks.measured import Measured, measured, write  # noqa: E402

PAGE = ROOT / "docs" / "explanation" / "trust.md"
BEGIN = "<!-- tampering: made by tests/attacks/table.py -->"
END = "<!-- end of tampering -->"
HEADINGS = {"must hold": "What must hold", "cannot hold": "What cannot hold in one process"}
assert tampering  # its attempts are in the catalogue as soon as it is imported


def table() -> str:
    """Return what stands between the marks: a summary, then a table for each class."""
    results = measured()
    parts = [_summary(results)]
    for kind, heading in HEADINGS.items():
        some = [one for one in attacks.values() if one.kind == kind]
        parts += [f"### {heading}", _rows(some, results)]
    return "\n\n".join(parts)


def _summary(results: dict[str, Measured]) -> str:
    must = [results[name] for name, one in attacks.items() if one.kind == "must hold"]
    cannot = [results[name] for name, one in attacks.items() if one.kind == "cannot hold"]
    everywhere = [*must, *cannot]
    open_ones = [one for one in cannot if one.succeeds_here]
    return (
        f"{len(everywhere)} attempts. Plain nbgrader gives points for "
        f"{sum(one.succeeds_in_stock for one in everywhere)} of them. Of the {len(must)} that must "
        f"hold, {sum(not one.succeeds_here for one in must)} are held here. Of the {len(cannot)} "
        f"that cannot hold in one process, {len(cannot) - len(open_ones)} are held all the same; "
        f"{sum(one.is_noticed for one in cannot)} are noticed, among them "
        f"{sum(one.is_noticed for one in open_ones)} of the {len(open_ones)} that get points."
    )


def _rows(some: Iterable[Attack], results: dict[str, Measured]) -> str:
    lines = [["attempt", "plain nbgrader", "here", "noticed"], ["---"] * 4]
    for one in some:
        result = results[one.name]
        lines.append(
            [
                one.aim,
                "**gets points**" if result.succeeds_in_stock else "no points",
                "**gets points**" if result.succeeds_here else "no points",
                "yes" if result.is_noticed else "no",
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def with_table(page: str) -> str:
    """Return a page with a new table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"


def measure() -> dict[str, Measured]:
    """Run every attempt twice."""
    from academy.forkserver.local import nursery_at_hand
    from attacks.running import run_here, run_stock

    home = tempfile.mkdtemp(prefix="home-", dir="/tmp")
    try:
        with nursery_at_hand() as variables:
            os.environ.update(variables, HOME=home, JUPYTER_RUNTIME_DIR=f"{home}/run")
            results = {}
            for name, one in attacks.items():
                stock, here = run_stock(one), run_here(one)
                results[name] = Measured(stock.succeeds, here.succeeds, bool(here.words))
                print(name, results[name])
            return results
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    if "--write" not in sys.argv:
        write(measure())
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
