"""Look at a submission's files: are the notebooks there, can they be read, what is unusual."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy.grading.comparison import Notebook, compare_cells, compare_kernels, source
from academy.grading.limits import SUBMISSION_KILOBYTES

#: The notebook format that nbgrader reads.
_FORMAT = 4


@dataclass(frozen=True)
class Inspection:
    """What is unusual about a submission.

    Parameters
    ----------
    remarks
        A sentence each: what was found and what is done about it.
    gradable
        Whether anything can be graded.
    renamed_files
        Released notebook name and the name under which it was submitted.
    unreadable
        Names of notebooks that would keep nbgrader from grading the others.
    """

    remarks: tuple[str, ...] = ()
    gradable: bool = True
    renamed_files: tuple[tuple[str, str], ...] = ()
    unreadable: tuple[str, ...] = ()


def inspect_submission(
    folder: Path, released: Mapping[str, Path], *, limit_kilobytes: int = SUBMISSION_KILOBYTES
) -> Inspection:
    """Compare a submission's folder with the released notebooks.

    Parameters
    ----------
    folder
        The submission.
    released
        The released notebooks by name, without ``.ipynb``.
    limit_kilobytes
        How large a notebook may be, in units of 1,000 bytes.
    """
    submitted = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
    renamed = _renamed_files(submitted, released)
    remarks: list[str] = []
    unreadable: list[str] = []
    readable = 0
    for name, release in released.items():
        path = submitted.get(renamed.get(name, name))
        if path is None:
            remarks.append(_missing_file(name, submitted))
            continue
        found, good = _inspect_notebook(path, release, limit_kilobytes)
        if name in renamed:
            found.insert(0, f"'{path.name}' was graded as '{name}.ipynb', its released name.")
        remarks += found
        readable += good
        unreadable += [] if good else [path.stem]
    return Inspection(tuple(remarks), readable > 0, tuple(renamed.items()), tuple(unreadable))


def _renamed_files(submitted: Mapping[str, Path], released: Mapping[str, Path]) -> dict[str, str]:
    missing = [name for name in released if name not in submitted]
    extra = [name for name in submitted if name not in released]
    return {missing[0]: extra[0]} if len(missing) == len(extra) == 1 else {}


def _missing_file(name: str, submitted: Mapping[str, Path]) -> str:
    others = ", ".join(f"'{path.name}'" for path in submitted.values()) or "no notebook at all"
    return f"The submission has no '{name}.ipynb' (it has {others}), which gets no points."


def _inspect_notebook(path: Path, release: Path, limit_kilobytes: int) -> tuple[list[str], bool]:
    size = path.stat().st_size
    if size > limit_kilobytes * 1000:
        return [too_large(path.name, size, limit_kilobytes)], False
    notebook = _read(path)
    if isinstance(notebook, str):
        return [notebook], False
    if not notebook["cells"]:
        return [f"'{path.name}' has no cells, so there is nothing to grade."], False
    expected = read_notebook(release)
    return [*compare_kernels(notebook, expected), *compare_cells(notebook, expected)], True


def too_large(name: str, size: int, limit_kilobytes: int) -> str:
    """Return the sentence about something that is larger than it may be."""
    return (
        f"'{name}' has {size / 1e6:,.1f} MB and at most {limit_kilobytes / 1e3:,.0f} MB are "
        "graded; ask the learner to clear the outputs and submit again."
    )


def read_notebook(path: Path) -> Notebook:
    """Return a notebook that is known to be good."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = source(cell)
    return notebook


def _read(path: Path) -> Notebook | str:
    """Return a notebook, or the sentence that says why it can't be read."""
    try:
        notebook = json.loads(path.read_bytes())
    except UnicodeDecodeError:
        return f"'{path.name}' is not UTF-8 text, so it can't be read."
    except json.JSONDecodeError as error:
        return f"'{path.name}' is not a notebook: it stops being valid JSON at line {error.lineno}."
    except RecursionError:
        return f"'{path.name}' is not a notebook: its JSON is nested too deeply."
    if not _is_notebook(notebook):
        return f"'{path.name}' is not a notebook of format 4: it is JSON of another kind."
    return notebook  # type: ignore[no-any-return]


def _is_notebook(value: Any) -> bool:
    """Return whether JSON has the shape on which everything after this relies."""
    if not isinstance(value, dict) or value.get("nbformat") != _FORMAT:
        return False
    cells = value.get("cells")
    shaped = isinstance(value.get("metadata"), dict) and isinstance(
        value.get("nbformat_minor"), int
    )
    return shaped and isinstance(cells, list) and all(map(_is_cell, cells))


def _is_cell(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("metadata"), dict):
        return False
    text = value.get("source")
    written = isinstance(text, str) or (
        isinstance(text, list) and all(isinstance(line, str) for line in text)
    )
    if value.get("cell_type") == "code":
        return written and isinstance(value.get("outputs"), list)
    return written and value.get("cell_type") in ("markdown", "raw")
