"""Notebooks as the Academy reads them: prose cells, code cells and nbgrader's cells."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from academy.errors import AcademyError
from academy.paths import read_plain

# Metadata that a run leaves behind; it says nothing about the lesson.
_RUN_METADATA = ("execution", "collapsed", "scrolled", "ExecuteTime")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook.

    Parameters
    ----------
    number
        Its place in the notebook, counted from 1 as a reader counts.
    kind
        ``markdown``, ``code`` or ``raw``.
    source
        Its text.
    metadata
        Its metadata as stored.
    has_outputs
        Whether the file holds outputs or an execution count for it.
    attachments
        The names of the pictures that are stored with it.
    """

    number: int
    kind: str
    source: str
    metadata: dict[str, Any]
    has_outputs: bool
    attachments: tuple[str, ...] = ()

    @property
    def grader(self) -> dict[str, Any]:
        """What nbgrader stores with the cell; empty for an ordinary one."""
        found = self.metadata.get("nbgrader")
        return found if isinstance(found, dict) else {}

    @property
    def grade_id(self) -> str:
        """The name by which nbgrader knows the cell; empty for an ordinary one."""
        return str(self.grader.get("grade_id", ""))

    @property
    def is_graded(self) -> bool:
        """Whether nbgrader gives points for the cell."""
        return bool(self.grader.get("grade"))

    @property
    def is_solution(self) -> bool:
        """Whether learners write in the cell and its solution is cleared at release."""
        return bool(self.grader.get("solution"))

    @property
    def is_test(self) -> bool:
        """Whether the cell is run by the grader and gives points when it passes."""
        return self.kind == "code" and self.is_graded and not self.is_solution

    @property
    def points(self) -> float:
        """The points that the cell can give; 0 where none or no number is stored."""
        found = self.grader.get("points", 0)
        return float(found) if self.is_graded and isinstance(found, int | float) else 0.0


@dataclass(frozen=True)
class Notebook:
    """A notebook file as it is stored.

    Parameters
    ----------
    path
        The file.
    data
        The JSON content.
    cells
        Its cells in order.
    """

    path: Path
    data: dict[str, Any]
    cells: tuple[Cell, ...]

    @property
    def prose_cells(self) -> tuple[Cell, ...]:
        """The Markdown cells."""
        return tuple(cell for cell in self.cells if cell.kind == "markdown")

    @property
    def code_cells(self) -> tuple[Cell, ...]:
        """The code cells."""
        return tuple(cell for cell in self.cells if cell.kind == "code")

    @property
    def graded_cells(self) -> tuple[Cell, ...]:
        """The cells for which nbgrader gives points."""
        return tuple(cell for cell in self.cells if cell.is_graded)

    @property
    def points(self) -> float:
        """The points of all graded cells together."""
        return sum(cell.points for cell in self.graded_cells)

    @property
    def kernel(self) -> str:
        """The name of the kernel that the notebook asks for; empty when it names none."""
        spec = self.data.get("metadata", {}).get("kernelspec", {})
        return str(spec.get("name", "")) if isinstance(spec, dict) else ""


def read_notebook(path: Path, *, shown_as: str | None = None) -> Notebook:
    """Read a notebook without changing it.

    Parameters
    ----------
    path
        The file.
    shown_as
        How messages name the file; its path by default.

    Raises
    ------
    AcademyError
        When the file is not there, is not JSON, or holds no list of cells.
    """
    name = shown_as or str(path)
    try:
        data = json.loads(read_plain(path).decode("utf-8"))
    except FileNotFoundError:
        raise AcademyError("This notebook is expected and is not there.", where=name) from None
    except OSError as error:
        problem = f"This notebook can't be read ({error.strerror}); a plain file is expected."
        raise AcademyError(problem, where=name) from None
    except UnicodeDecodeError:
        raise AcademyError("This notebook is not UTF-8 text.", where=name) from None
    except json.JSONDecodeError as error:
        raise AcademyError(
            f"This notebook is not valid JSON: {error.msg}.",
            where=f"{name}, line {error.lineno}",
            next_step="Open an earlier version, or make the notebook again in JupyterLab.",
        ) from None
    return Notebook(path, data, _cells(data, name))


def _cells(data: Any, name: str) -> tuple[Cell, ...]:
    cells = data.get("cells") if isinstance(data, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise AcademyError(
            "This file is JSON but not a notebook of format 4: it has no list of cells.",
            where=name,
            next_step="Open it in JupyterLab and save it, or make it again.",
        )
    return tuple(_cell(number, cell) for number, cell in enumerate(cells, start=1))


def _cell(number: int, stored: dict[str, Any]) -> Cell:
    source = stored.get("source", "")
    metadata = stored.get("metadata", {})
    attached = stored.get("attachments", {})
    return Cell(
        number=number,
        kind=str(stored.get("cell_type", "")),
        source=source if isinstance(source, str) else "".join(map(str, source)),
        metadata=metadata if isinstance(metadata, dict) else {},
        has_outputs=bool(stored.get("outputs")) or stored.get("execution_count") is not None,
        attachments=tuple(attached) if isinstance(attached, dict) else (),
    )


def without_outputs(data: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of a notebook's content without what running it left behind.

    Outputs, execution counts, widget state and the version of the language go; prose, code,
    tags and nbgrader's metadata stay.
    """
    clean = copy.deepcopy(data)
    metadata = clean.get("metadata", {})
    metadata.pop("widgets", None)
    if "language_info" in metadata:
        metadata["language_info"] = {"name": metadata["language_info"].get("name", "python")}
    for cell in clean.get("cells", []):
        for key in _RUN_METADATA:
            cell.get("metadata", {}).pop(key, None)
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return clean


def ids_of(data: Any) -> set[str]:
    """Return the names by which nbgrader knows the cells of a notebook's content."""
    cells = data.get("cells") if isinstance(data, dict) else None
    found = (_cell(0, one).grade_id for one in cells or [] if isinstance(one, dict))
    return {name for name in found if name}


def clean_bytes(content: bytes) -> bytes:
    """Return a notebook file's bytes without outputs.

    A file that has none comes back byte for byte, and so does one that is not a notebook: it
    is for the checks to complain about that.
    """
    try:
        data = json.loads(content)
        clean = without_outputs(data)
    except (ValueError, AttributeError, TypeError):
        return content
    return content if clean == data else dump(clean)


def dump(data: dict[str, Any]) -> bytes:
    """Return a notebook's content as the bytes that JupyterLab would store."""
    text = json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode("utf-8")


def same_but_for_outputs(one: bytes, other: bytes) -> bool:
    """Tell whether two notebook files differ in nothing but what running them left behind."""
    if one == other:
        return True
    try:
        return _essence(one) == _essence(other)
    except (ValueError, AttributeError, TypeError):
        return False


def _essence(content: bytes) -> dict[str, Any]:
    """The content that a person wrote; the editor rewrites the kernel's names on each save."""
    data = without_outputs(json.loads(content))
    metadata = data.get("metadata", {})
    metadata.pop("language_info", None)
    if isinstance(metadata.get("kernelspec"), dict):
        metadata["kernelspec"] = metadata["kernelspec"].get("name")
    for cell in data.get("cells", []):
        cell["source"] = "".join(cell.get("source", ""))
    return data
