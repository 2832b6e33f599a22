"""Draw how a class starts, by its size: `python tests/benchmarks/plot_classroom.py` (ten minutes).

Measures both hubs and writes docs/explanation/speed.json and docs/images/classroom.svg; with the
word ``draw`` it draws the numbers that are there. It needs root, for the walls, and 16 GB.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil

from academy import paths
from benchmarks.classroom import both_hubs, together
from benchmarks.hub import Hub
from benchmarks.learner import Learner
from benchmarks.memory import by_name

NUMBERS = paths.checkout() / "docs" / "explanation" / "speed.json"
PICTURE = paths.checkout() / "docs" / "images" / "classroom.svg"
SIZES = {"stock": (1, 10, 20, 30), "academy": (1, 10, 30, 60, 100, 150, 200)}
#: What each learner's kernel does before memory is counted.
WORK = (
    "import pandas as pd\nimport matplotlib.pyplot as plt\n"
    "from academy.datasets import load_dataset\n"
    "requests = load_dataset('service-requests')\nrequests['parent_type'].value_counts()"
)
# From the palette of Okabe and Ito, which people with any color vision can tell apart.
COLORS = {"stock": "#D55E00", "academy": "#0072B2"}
LIMIT_COLOR = "#666666"


def measure() -> dict[str, Any]:
    """Start classes of all sizes at both hubs."""
    names = [f"learner-{number}" for number in range(max(SIZES["academy"]))]
    result: dict[str, Any] = {
        "cores": os.cpu_count(),
        "memory_mb": round(psutil.virtual_memory().total / 2**20),
    }
    with (
        tempfile.TemporaryDirectory(prefix="academy-bench-") as folder,
        both_hubs(Path(folder), names) as (stock, academy),
    ):
        for kind, hub in (("stock", stock), ("academy", academy)):
            result[kind] = asyncio.run(_classes(hub, names, SIZES[kind]))
    return result


async def _classes(hub: Hub, names: list[str], sizes: tuple[int, ...]) -> list[dict[str, float]]:
    learners = [Learner(hub.url, name) for name in names[: max(sizes)]]
    await together(learners, Learner.come_in)
    await together(learners[:1], Learner.press_start)  # the hub itself warms up
    await learners[0].stop()
    before = by_name(hub.pid).total()
    result = []
    for size in sizes:
        found = await _class_of(learners[:size])
        memory = by_name(hub.pid).total() - before
        result.append({"learners": size, **found, "megabytes": round(memory)})
        print(f"  {hub.form}: {result[-1]}", flush=True)
        await together(learners[:size], Learner.stop)
        await asyncio.sleep(3)
    return result


async def _class_of(learners: list[Learner]) -> dict[str, float]:
    """Have so many press start at once, then have each run the same code in a kernel."""
    ready = await together(learners, Learner.press_start)
    worked = await together(learners, _work)
    return {"seconds": round(ready[-1], 2), "seconds_first_code": round(worked[-1], 2)}


async def _work(learner: Learner) -> None:
    await learner.run_all(await learner.start_kernel(), [WORK])


def draw(numbers: dict[str, Any]) -> None:
    """Draw two charts beside each other: seconds and gigabytes."""
    import matplotlib as mpl

    mpl.use("agg")
    import matplotlib.pyplot as plt

    mpl.rcParams |= {"svg.hashsalt": "academy", "font.size": 11}
    figure, (time_area, memory_area) = plt.subplots(1, 2, figsize=(11, 5))
    _draw_lines(time_area, numbers, "seconds", 1)
    _draw_lines(memory_area, numbers, "megabytes", 1 / 1024)
    time_area.set_title("Seconds until the last lab answers", loc="left")
    memory_area.set_title("GB in use, each with a kernel that has read a table", loc="left")
    _draw_limits(time_area, memory_area, numbers)
    figure.suptitle(title(numbers), x=0.012, ha="left", fontsize=14, fontweight="bold")
    figure.tight_layout(rect=(0, 0, 1, 0.98), w_pad=3)
    figure.savefig(PICTURE, metadata={"Date": None})
    plt.close(figure)


def title(numbers: dict[str, Any]) -> str:
    """Say in a sentence what the picture shows."""
    most = max(numbers["academy"], key=lambda one: one["learners"])
    stock = max(numbers["stock"], key=lambda one: one["learners"])
    return (
        f"Forked, {most['learners']} labs are up in {most['seconds']:.0f} seconds; "
        f"stock takes {stock['seconds']:.0f} for {stock['learners']}"
    )


def _draw_lines(area: Any, numbers: dict[str, Any], key: str, scale: float) -> None:
    names = {"stock": "stock", "academy": "the Academy, forked"}
    for kind, name in names.items():
        learners = [one["learners"] for one in numbers[kind]]
        values = [one[key] * scale for one in numbers[kind]]
        marker = "s" if kind == "stock" else "o"
        area.plot(learners, values, marker=marker, color=COLORS[kind], linewidth=2)
        place = -1 if kind == "stock" else -3
        area.annotate(
            name,
            (learners[place], values[place]),
            xytext=(4, 6) if kind == "stock" else (-10, 10),
            textcoords="offset points",
            ha="left" if kind == "stock" else "right",
            color=COLORS[kind],
        )
    area.set_xlabel("learners who press start together")
    area.set_xlim(0, 210)
    area.set_ylim(bottom=0)
    area.spines[["top", "right"]].set_visible(False)


def _draw_limits(time_area: Any, memory_area: Any, numbers: dict[str, Any]) -> None:
    """Mark what the machine has, and what a further learner costs of it."""
    total = numbers["memory_mb"] / 1024
    memory_area.axhline(total, color=LIMIT_COLOR, linestyle="--", linewidth=1)
    style: dict[str, Any] = {"color": LIMIT_COLOR, "fontsize": 10}
    memory_area.text(208, total, f"all memory: {total:.0f} GB", va="bottom", ha="right", **style)
    memory_area.set_ylim(0, total * 1.1)
    each = {kind: slope(numbers[kind], "seconds") for kind in COLORS}
    words = (
        f"limit: {numbers['cores']} cores, all busy. Each further\nlearner takes "
        f"{each['stock']:.1f} s (stock), {each['academy']:.2f} s (forked)."
    )
    time_area.text(208, 0.03 * time_area.get_ylim()[1], words, ha="right", **style)


def slope(measured: list[dict[str, float]], key: str) -> float:
    """Return what each further learner adds, between the smallest class and the largest."""
    first, last = measured[0], measured[-1]
    return (last[key] - first[key]) / (last["learners"] - first["learners"])


def main() -> None:
    """Measure unless told otherwise, then draw."""
    if "draw" not in sys.argv[1:]:
        paths.write_atomically(NUMBERS, json.dumps(measure(), indent=1) + "\n")
    draw(json.loads(NUMBERS.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
