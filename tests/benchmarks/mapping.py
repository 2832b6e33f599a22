"""An assignment with a table, a figure and a map, and a class that answers it in its own ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

COURSE, ASSIGNMENT = "mapping", "requests-by-kind"
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
_COURSE_YAML = f"""\
title: Requests on a map
track: resident
language: en
summary: A table, a figure and a map.
enrol: open
assignments:
  - id: {ASSIGNMENT}
    title: Requests by kind
    minutes: 20
"""

#: The answers' names, and what an instructor would write.
ANSWERS = {
    "kinds": "kinds = requests['request_type'].value_counts()",
    "share": "share = float((requests['status'] == 'CLOSED').mean())",
    "figure": "axes = kinds.head(5).plot.barh()\naxes.set_xlabel('requests')",
    "map": "city = folium.Map(location=[30.45, -91.15], tiles=None)\n"
    "for number in range(20):\n"
    "    folium.CircleMarker([30.4 + number / 200, -91.15], radius=3).add_to(city)\n"
    "city",
}
_TESTS = {
    "kinds": (
        "assert kinds.index[0] == requests['request_type'].mode()[0]",
        "assert int(kinds.sum()) == len(requests)",
    ),
    "share": ("assert 0 < share < 1", "assert round(share, 6) != 0.5"),
    "figure": ("assert axes.get_xlabel() == 'requests'", "assert len(axes.patches) == 5"),
    "map": ("assert isinstance(city, folium.Map)", "assert len(city._children) >= 20"),
}
#: What learners write instead, some of it wrong, some of it not running at all.
_VARIANTS = (
    {},
    {"kinds": "kinds = requests['request_type'].value_counts().sort_index()"},
    {"share": "share = 50"},
    {"figure": "axes = kinds.head(5).plot.barh()"},
    {"map": "city = folium.Map(location=[30.45, -91.15], tiles=None)\ncity"},
    {"kinds": "kinds = reqests['request_type'].value_counts()"},
)


def source_notebook() -> Any:
    """Return the instructor's notebook."""
    cells = [
        new_markdown_cell("# Requests by kind", id="title"),
        new_code_cell(
            "import folium\nimport matplotlib.pyplot as plt\nimport pandas as pd\n"
            "from academy.datasets import load_dataset\n"
            "requests = load_dataset('service-requests')\nrequests.head()",
            id="load",
        ),
    ]
    for name, answer in ANSWERS.items():
        solution = f"### BEGIN SOLUTION\n{answer}\n### END SOLUTION"
        cells.append(new_code_cell(solution, id=name, metadata=_marks(name, solution=True)))
        visible, hidden = _TESTS[name]
        test = f"{visible}\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        cells.append(new_code_cell(test, id=f"{name}-t", metadata=_marks(f"{name}-test", points=2)))
    cells.append(
        new_markdown_cell("Why?", id="why", metadata=_marks("why", points=2, solution=True))
    )
    return new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})


def _marks(name: str, *, points: int | None = None, solution: bool = False) -> dict[str, Any]:
    grade = points is not None
    marks: dict[str, Any] = {
        "grade": grade,
        "grade_id": name,
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return {"nbgrader": {**marks, "points": points} if grade else marks}


def make_course(root: Path) -> None:
    """Write the course's folder, with the instructor's notebook."""
    folder = root / "source" / ASSIGNMENT
    folder.mkdir(parents=True)
    (root / "course.yaml").write_text(_COURSE_YAML, encoding="utf-8")
    nbformat.write(source_notebook(), folder / f"{ASSIGNMENT}.ipynb")


def hand_in(root: Path, learners: range) -> None:
    """Put answers of a class where nbgrader's collect puts them."""
    released = nbformat.read(root / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", as_version=4)
    for number in learners:
        answers = {**ANSWERS, **_VARIANTS[number % len(_VARIANTS)]}
        for cell in released.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in answers:
                cell.source = f"# learner {number}\n{answers[name]}"
        folder = root / "submitted" / f"learner-{number:04}" / ASSIGNMENT
        folder.mkdir(parents=True)
        nbformat.write(released, folder / f"{ASSIGNMENT}.ipynb")
        (folder / "timestamp.txt").write_text("2026-03-01 12:00:00 UTC", encoding="utf-8")
