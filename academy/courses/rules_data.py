"""Rules for the tables that a course uses: they are on the shelf, listed, and dated."""

from __future__ import annotations

from academy.courses.course import Course
from academy.courses.lesson import Notebook
from academy.courses.rules_facts import days_taken, loaded
from academy.courses.rules_notebook import at_cell
from academy.datasets import dataset_folders
from academy.errors import Finding


def shelf_findings(course: Course) -> list[Finding]:
    """Return a finding for each dataset of ``course.yaml`` that is not on the shelf."""
    shelf = dataset_folders()
    return [
        Finding(
            f"There is no dataset '{name}' on the shelf.",
            f"{course.id}/course.yaml",
            f"The shelf holds: {', '.join(sorted(shelf)) or 'nothing'}.",
        )
        for name in course.datasets
        if name not in shelf
    ]


def listed_findings(course: Course, notebook: Notebook, shown: str) -> list[Finding]:
    """Return a finding for each dataset that code loads and ``course.yaml`` does not list."""
    return [
        Finding(
            f"The code loads the dataset '{name}', which course.yaml does not list.",
            at_cell(shown, cell),
            "Add it under datasets.",
        )
        for cell in notebook.code_cells
        for name in loaded(cell)
        if name not in course.datasets
    ]


def dated_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return a finding for each table of a lesson of which the prose does not tell its day.

    It is the day of the descriptor; of a table whose day nobody noted, there is none to tell.
    """
    text = " ".join(" ".join(cell.source.split()) for cell in notebook.prose_cells)
    findings = []
    for name in loaded(*notebook.code_cells):
        days = days_taken(name)
        if days and not any(day in text for day in days):
            problem = f"The lesson does not tell that '{name}' was taken on {days[0]}."
            next_step = "Write the day where it says where the data come from."
            findings.append(Finding(problem, shown, next_step))
    return findings
