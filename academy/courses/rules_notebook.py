"""Rules for every notebook of a course: how it is stored, and what its code may not do."""

from __future__ import annotations

import re
from collections import Counter

from academy.courses.lesson import Cell, Notebook
from academy.errors import Finding

KERNEL = "python3"
_OLDEST_FORMAT = (4, 5)

_FORBIDDEN = (
    (
        re.compile(r"(?m)^\s*[!%]+\s*(python3?\s+-m\s+)?(pip|conda|mamba)\b"),
        "installs software",
        "Everything that a lesson needs is installed already; take the line out, or ask the "
        "administrator for the library.",
    ),
    (
        re.compile(r"""["'](/[A-Za-z][\w.-]*/|/(home|Users|root|tmp|data)\b|[A-Za-z]:[\\/])"""),
        "names a place on one machine (an absolute path)",
        'Use load_dataset("name"), or Path.home() / "data".',
    ),
    (
        re.compile(r"""\b(filterwarnings|simplefilter)\(\s*(action\s*=\s*)?["']ignore["']"""),
        "silences warnings",
        "Mend what is warned of, or explain it: a warning is part of what learners must read.",
    ),
    (
        re.compile(r"https?://"),
        "reaches for the internet",
        "Lessons run from the data shelf with no network; put an address into the text instead.",
    ),
)


def notebook_findings(notebook: Notebook, shown: str) -> list[Finding]:
    """Return what is wrong with the way in which a notebook is stored, and with its code.

    Parameters
    ----------
    notebook
        The notebook.
    shown
        How messages name its file.
    """
    findings = [*_format(notebook, shown), *_kernel(notebook, shown), *_ids(notebook, shown)]
    for cell in notebook.code_cells:
        findings += _outputs(cell, shown)
        findings += _code(cell, shown)
    return findings


def at_cell(shown: str, cell: Cell) -> str:
    """Return how messages name a cell: by its number, and by nbgrader's name if it has one."""
    name = f" ({cell.grade_id})" if cell.grade_id else ""
    return f"{shown}, cell {cell.number}{name}"


def _format(notebook: Notebook, shown: str) -> list[Finding]:
    from nbformat.validator import iter_validate

    version = (notebook.data.get("nbformat"), notebook.data.get("nbformat_minor"))
    if not all(isinstance(part, int) for part in version) or version < _OLDEST_FORMAT:
        found = ".".join(map(str, version))
        problem = f"The notebook is of format {found}, and 4.5 is expected (it names each cell)."
        return [Finding(problem, shown, "Open it in JupyterLab and save it.")]
    next_step = "Open it in JupyterLab and save it, or make the cell again."
    return [
        Finding(f"This is not a valid notebook: {_first_line(error)}.", shown, next_step)
        for error in iter_validate(notebook.data)  # type: ignore[no-untyped-call]
    ][:1]


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0].rstrip(".:")


def _kernel(notebook: Notebook, shown: str) -> list[Finding]:
    if notebook.kernel == KERNEL:
        return []
    problem = f"The notebook asks for the kernel '{notebook.kernel}', and '{KERNEL}' is expected."
    return [Finding(problem, shown, "In JupyterLab choose Kernel, Change Kernel, Python 3.")]


def _ids(notebook: Notebook, shown: str) -> list[Finding]:
    ids = Counter(str(cell.get("id", "")) for cell in notebook.data["cells"])
    return [
        Finding(
            f"The cell id '{name}' stands {count} times, and each should stand once.",
            shown,
            "Delete all but one of these cells and make them again in JupyterLab.",
        )
        for name, count in ids.items()
        if name and count > 1
    ]


def _outputs(cell: Cell, shown: str) -> list[Finding]:
    if not cell.has_outputs:
        return []
    problem = "The cell is stored with its output, and notebooks are stored without."
    next_step = "In JupyterLab choose Edit, Clear Outputs of All Cells, and save."
    return [Finding(problem, at_cell(shown, cell), next_step)]


def _code(cell: Cell, shown: str) -> list[Finding]:
    lines = [line for line in cell.source.split("\n") if not line.lstrip().startswith("#")]
    code = "\n".join(lines)
    return [
        Finding(f"The code {what}.", at_cell(shown, cell), next_step)
        for pattern, what, next_step in _FORBIDDEN
        if pattern.search(code)
    ]
