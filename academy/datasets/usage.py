"""Which notebooks use a dataset, and name a column of it: those that a change may break."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from academy import paths


def notebooks_that_name(dataset: str, word: str) -> list[str]:
    """Return the notebooks that load a dataset and have a word in their code.

    Parameters
    ----------
    dataset
        The dataset's name, as ``load_dataset`` takes it.
    word
        A column, or a table.

    Returns
    -------
    list of str
        Paths below ``courses/`` of the checkout and of the live courses, each once.
    """
    return sorted({name for name, code in _notebooks() if _names(code, dataset, word)})


def _names(code: str, dataset: str, word: str) -> bool:
    return dataset in code and re.search(rf"\b{re.escape(word)}\b", code) is not None


def _notebooks() -> Iterator[tuple[str, str]]:
    for root in (paths.shipped_courses(), paths.live_courses()):
        for path in sorted(root.rglob("*.ipynb")):
            if ".ipynb_checkpoints" not in path.parts:
                yield str(path.relative_to(root)), _code(path)


def _code(path: Path) -> str:
    """The code of a notebook; none of one that can't be read, which another check tells."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (OSError, ValueError, KeyError, TypeError):
        return ""
