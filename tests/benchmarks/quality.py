"""How many planted defects the learnt rules notice, over the tables of the checkout.

`python tests/benchmarks/quality.py` prints the tables; with `--write` they are put into
docs/explanation/data-quality.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from academy import paths
from academy.datasets.defects import HARD, KINDS
from academy.datasets.descriptor import load_descriptor
from academy.datasets.load import load_folder
from academy.datasets.proof import FEWEST_ROWS, Outcome, measure

PAGE = paths.checkout() / "docs" / "explanation" / "data-quality.md"
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
SEED = 2026
DEFECTS = 200


def tables() -> Iterator[tuple[str, Path, str]]:
    """Yield each table that is long enough: what it is called, its folder, its resource."""
    for folder in sorted(paths.embedded_datasets().iterdir()):
        if not (folder / "datapackage.json").is_file():
            continue
        descriptor = load_descriptor(folder)
        for resource in descriptor.resources:
            several = len(descriptor.resources) > 1
            name = f"{descriptor.name}, {resource.name}" if several else descriptor.name
            if resource.rows >= FEWEST_ROWS:
                yield name, folder, resource.name


def measured(folder: Path, resource: str) -> Outcome:
    """Plant defects in one table and count what is noticed."""
    return measure(load_folder(folder, resource), seed=SEED, defects=DEFECTS)


def interval(hits: int, tries: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson's)."""
    z = 1.96
    share, spread = hits / tries, z * z / tries
    middle = share + spread / 2
    width = z * ((share * (1 - share) + spread / 4) / tries) ** 0.5
    low, high = (middle - width) / (1 + spread), (middle + width) / (1 + spread)
    return max(low, 0.0), 1.0 if hits == tries else high


def kind_lines(total: Outcome) -> Iterator[str]:
    """Yield the published table by kind of defect, as Markdown."""
    yield "| kind | what is done | planted | noticed | rate | 95 % interval |"
    yield "|---|---|---|---|---|---|"
    for kind, words in KINDS.items():
        if not (planted := total.planted.get(kind, 0)):
            continue
        noticed = total.noticed[kind]
        low, high = interval(noticed, planted)
        name = kind.replace("_", " ") + (" (hard)" if kind in HARD else "")
        yield (
            f"| {name} | {words} | {planted:,} | {noticed:,} | {noticed / planted:.0%} "
            f"| {low:.0%} to {high:.0%} |"
        )


def table_line(name: str, outcome: Outcome) -> str:
    """Return the line of one table in the published list, as Markdown."""
    easy = [kind for kind in outcome.planted if kind not in HARD]
    hard = [kind for kind in outcome.planted if kind in HARD]
    noticed = f"{outcome.rate(*easy):.0%} | {outcome.rate(*hard):.0%}"
    flagged = f"{outcome.clean_rows:,} | {outcome.false_alarms:,} | {outcome.false_alarm_rate:.1%}"
    return f"| {name} | {flagged} | {noticed} |"


def report() -> str:
    """Measure every table and return both lists as Markdown."""
    total = Outcome()
    lines = []
    for name, folder, resource in tables():
        outcome = measured(folder, resource)
        total.add(outcome)
        lines.append(table_line(name, outcome))
        print(lines[-1], file=sys.stderr, flush=True)
    heads = "| table | clean rows | flagged | false alarms | noticed, knowable | noticed, hard |"
    together = table_line("**all**", total)
    parts = [*kind_lines(total), "", heads, "|---|---|---|---|---|---|", *lines, together]
    return "\n".join(parts) + "\n"


def main() -> None:
    """Print the lists, or put them into the page."""
    text = report()
    if "--write" not in sys.argv[1:]:
        print(text)
        return
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    paths.write_atomically(PAGE, f"{before}{BEGIN}\n{text}\n{END}{after}")


if __name__ == "__main__":
    main()
