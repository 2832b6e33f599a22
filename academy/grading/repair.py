"""Prepare a submission for grading: read what can be read, and mend what can be mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from academy.grading.comparison import Notebook, read_notebook
from academy.grading.decoding import decode_document
from academy.grading.inspection import UnreadableError, read_bounded, shown
from academy.grading.limits import MOST_REMARKS, SUBMISSION_KILOBYTES
from academy.grading.mending import REMARKS, mend
from academy.grading.telling import bounded, short
from academy.grading.upgrade import upgrade

_SUFFIX = ".ipynb"


@dataclass(frozen=True)
class Prepared:
    """A submission that is ready to be graded; its own files are as they were.

    Parameters
    ----------
    notebooks
        The mended notebook of each released name, as ``nbformat`` has it, or ``None`` where
        there is nothing to grade.
    remarks
        Sentences for each released name: what was found and what was done about it, for the
        instructor and the learner. The mended notebook has them in its metadata as well.
    gradable
        Whether anything can be graded.
    renamed_files
        Released notebook name and the name, without ``.ipynb``, under which it was submitted.
    """

    notebooks: dict[str, Any] = field(default_factory=dict)
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gradable: bool = False
    renamed_files: tuple[tuple[str, str], ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All remarks; where there are several notebooks, each with the name of its own."""
        several = len(self.remarks) > 1
        return tuple(
            f"{name}: {remark}" if several else remark
            for name, remarks in self.remarks.items()
            for remark in remarks
        )


def prepare(
    folder: Path, released: Mapping[str, Path], *, limit_kilobytes: int = SUBMISSION_KILOBYTES
) -> Prepared:
    """Read a submission's notebooks and mend them, without changing a byte of its folder.

    Parameters
    ----------
    folder
        The submission.
    released
        The released notebooks by name, without ``.ipynb``.
    limit_kilobytes
        How large a notebook may be, in units of 1,000 bytes.

    Returns
    -------
    Prepared
        What is there to grade. Bad input never raises: it gives a sentence.
    """
    files = _files(folder)
    renamed = _renamed(files, released)
    notebooks: dict[str, Any] = {}
    remarks: dict[str, tuple[str, ...]] = {}
    for name, release in released.items():
        path = files.get(renamed.get(name, name))
        try:
            if path is None:
                raise UnreadableError(_missing(name, files))
            own, data = _told(name, path), read_bounded(path, limit_kilobytes)
            notebooks[name] = prepare_notebook(path.name, data, read_notebook(release), own)
            remarks[name] = tuple(notebooks[name].metadata[REMARKS])
        except UnreadableError as error:
            notebooks[name], remarks[name] = None, (str(error),)
    is_gradable = any(notebook is not None for notebook in notebooks.values())
    return Prepared(notebooks, remarks, is_gradable, tuple(renamed.items()))


def prepare_notebook(
    file_name: str, data: bytes, expected: Notebook, remarks: tuple[str, ...] = ()
) -> Any:
    """Return the mended notebook in a file's content, with all remarks in its metadata.

    Parameters
    ----------
    file_name
        The file's name, for sentences.
    data
        Its content.
    expected
        The released notebook.
    remarks
        What is known of the file already.

    Raises
    ------
    UnreadableError
        When there is nothing in it that could be graded.
    """
    document = decode_document(shown(file_name), data)
    notebook, upgraded = upgrade(shown(file_name), document.value)
    mended = mend(notebook, expected, tells_kernel=not document.is_partial)
    told = bounded([*remarks, *document.remarks, *upgraded, *mended])
    return _as_node(notebook, told)


def repair(notebook: Any, expected: Notebook) -> tuple[str, ...]:
    """Mend a notebook that ``nbformat`` has read, in place.

    Parameters
    ----------
    notebook
        The submission. What was found when it was prepared before stays in its metadata.
    expected
        The released notebook.

    Returns
    -------
    tuple of str
        All that is told of it: a sentence for each thing that was done.
    """
    earlier = told_before(notebook)
    shaped, upgraded = upgrade("notebook.ipynb", notebook)
    told = (*earlier, *bounded([*upgraded, *mend(shaped, expected)]))
    mended = _as_node(shaped, told)
    notebook.clear()
    notebook.update(mended)
    return told


def told_before(notebook: Any) -> tuple[str, ...]:
    """Return what a notebook's metadata says was mended, as far as it can be that."""
    metadata = notebook.get("metadata")
    told = metadata.get(REMARKS) if isinstance(metadata, Mapping) else ()
    listed = told if isinstance(told, list | tuple) else ()
    return tuple(short(line, 500) for line in listed[: MOST_REMARKS + 1] if isinstance(line, str))


def _as_node(notebook: Notebook, remarks: tuple[str, ...]) -> Any:
    from nbformat import from_dict

    notebook["metadata"][REMARKS] = list(remarks)
    return from_dict(notebook)  # type: ignore[no-untyped-call]


def _files(folder: Path) -> dict[str, Path]:
    """Return what might be a notebook in a submission, by name without endings."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    found = {name[: -len(_SUFFIX)]: folder / name for name in names if _ends(name, _SUFFIX)}
    for ending in (f"{_SUFFIX}.txt", f"{_SUFFIX}.json"):
        for name in names:
            if _ends(name, ending):
                found.setdefault(name[: -len(ending)], folder / name)
    return found


def _ends(name: str, ending: str) -> bool:
    return name.lower().endswith(ending) and len(name) > len(ending)


def _renamed(files: Mapping[str, Path], released: Mapping[str, Path]) -> dict[str, str]:
    """Return for each missing notebook the file that must be it: the only one, or the likest."""
    missing = [name for name in released if name not in files]
    extra = [name for name in files if name not in released]
    if len(missing) == len(extra) == 1:
        return {missing[0]: extra[0]}
    found: dict[str, str] = {}
    for name in missing:
        alike = [other for other in extra if other.casefold().startswith(name.casefold())]
        if len(alike) == 1 and alike[0] not in found.values():
            found[name] = alike[0]
    return found


def _told(name: str, path: Path) -> tuple[str, ...]:
    if path.name == f"{name}{_SUFFIX}":
        return ()
    return (f"'{shown(path.name)}' was graded as '{name}{_SUFFIX}', its released name.",)


def _missing(name: str, files: Mapping[str, Path]) -> str:
    others = [f"'{shown(path.name)}'" for path in files.values()]
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    has = f"{', '.join(others[:5])}{more}" if others else "no notebook at all"
    return f"The submission has no '{name}{_SUFFIX}' (it has {has}), which gets no points."
