"""Run one of a learner's notebooks as grading will run it, on the files that would be handed in.

It runs in the learner's own Jupyter server. What grading adds is left out: hidden tests, which
are never here, and the course's gradebook.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, IgnorePattern, LimitOutput
from nbgrader.utils import find_all_files, ignore_patterns
from traitlets.config import Config

from academy.datasets.catalogue import dataset_folders
from academy.errors import AcademyError
from academy.forkserver.bundle import MOST_BYTES
from academy.grading import sandbox
from academy.grading.admission import NAME, course_folder
from academy.grading.config import nbgrader_config
from academy.grading.execution import BoundedExecute
from academy.grading.own_kernel import OwnKernelManager
from academy.grading.parcel import Parcel, pack
from academy.grading.repair import prepare

_KEPT = "Your work is in your folder as you left it."
_SUFFIX = ".ipynb"
#: What grading does to a notebook, but for what needs the course's gradebook.
_STEPS = (ClearOutput, CheckCellMetadata, BoundedExecute, IgnorePattern, LimitOutput)


@dataclass(frozen=True)
class Validated:
    """A notebook that was run.

    Parameters
    ----------
    notebook
        It, as ``nbformat`` has it, with the outputs of this run.
    remarks
        What was mended before, in sentences.
    has_release
        Whether it was compared with what the course released.
    """

    notebook: Any
    remarks: tuple[str, ...] = ()
    has_release: bool = True


def validate(path: Path) -> Validated:
    """Run a notebook as grading will.

    Parameters
    ----------
    path
        The notebook, in the folder of an assignment that was fetched, or anywhere.

    Returns
    -------
    Validated
        What came of it. The learner's own files stay as they are.

    Raises
    ------
    AcademyError
        When it can't be read or run, or would not be graded.
    """
    config = _config()
    parcel = _parcel(path.parent, config)
    release = _release_of(path)
    with tempfile.TemporaryDirectory(prefix="validate-", ignore_cleanup_errors=True) as place:
        work = Path(place) / "work"
        _lay_out(parcel, release, work)
        name, notebook, remarks = _prepared(path, parcel, release, Path(place) / "notebooks")
        resources = {
            "unique_key": name,
            "metadata": {"name": name, "path": str(work)},
            "nbgrader": {"notebook": name},
        }
        for step in _STEPS:
            notebook, resources = step(config=config).preprocess(notebook, resources)
        return Validated(notebook, remarks, has_release=release is not None)


def _config() -> Config:
    config = nbgrader_config(None)
    config.Execute.shutdown_kernel = "immediate"
    # In a sandbox where one can be asked for, else beside this process.
    has_maker = bool(os.environ.get(sandbox.VARIABLE))
    config.Execute.kernel_manager_class = sandbox.SandboxManager if has_maker else OwnKernelManager
    return config


def _parcel(folder: Path, config: Config) -> Parcel:
    """Return what would be handed in."""
    course = CourseDirectory(config=config)
    quiet = logging.getLogger(__name__)
    ignored = ignore_patterns(course.ignore, course.include, course.max_file_size, quiet)
    parcel = pack(folder, ignored)
    if parcel.size > MOST_BYTES:
        raise AcademyError(
            f"The folder has {parcel.size / 1e6:,.0f} MB, and at most {MOST_BYTES / 1e6:,.0f} MB "
            "can be run.",
            kept=_KEPT,
            next_step="Clear the outputs of its notebooks, take out large files, validate again.",
        )
    return parcel


def _release_of(path: Path) -> Path | None:
    """Return the released assignment in whose fetched folder a notebook lies."""
    assignment, course = path.parent.name, path.parent.parent.name
    if not (NAME.fullmatch(course) and NAME.fullmatch(assignment)):
        return None
    folder = course_folder(course) / "outbound" / assignment
    return folder if folder.is_dir() else None


def _lay_out(parcel: Parcel, release: Path | None, work: Path) -> None:
    """Lay out the files that stand beside the notebook when it is graded."""
    work.mkdir()
    for name, source, _ in parcel.entries:
        if not name.lower().endswith(_SUFFIX):
            _copy(source, work / name)
    if release is not None:
        # What the course gave is graded as the course has it.
        for file in find_all_files(str(release), [".ipynb_checkpoints", f"*{_SUFFIX}"]):
            _copy(Path(file), work / Path(file).relative_to(release))
    with suppress(OSError):
        _link_data(work.parent / "data")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    shutil.copyfile(source, target)


def _link_data(folder: Path) -> None:
    """Show the datasets' files in the home that the kernel has, as a sandbox does."""
    folder.mkdir()
    for name, target in dataset_folders().items():
        (folder / name).symlink_to(target)


def _prepared(
    path: Path, parcel: Parcel, release: Path | None, place: Path
) -> tuple[str, Any, tuple[str, ...]]:
    """Return a notebook's name in the release, and the notebook, mended as it is for grading."""
    place.mkdir()
    for name, source, _ in parcel.entries:
        if "/" not in name and _SUFFIX in name.lower():
            _copy(source, place / name)
    released = {} if release is None else {one.stem: one for one in release.glob(f"*{_SUFFIX}")}
    # A notebook that belongs to nothing is its own release.
    expected = released or {path.stem: path}
    prepared = prepare(place, _readable(expected, path))
    names = dict(prepared.renamed_files)
    mine = [one for one in expected if names.get(one, one) == path.stem]
    if not mine:
        raise _other(path, list(expected))
    name = mine[0]
    notebook, remarks = prepared.notebooks[name], prepared.remarks[name]
    if notebook is None:
        raise AcademyError(
            " ".join(remarks), kept=_KEPT, next_step="Fetch the assignment again to start anew."
        )
    return name, notebook, remarks


def _readable(expected: Mapping[str, Path], path: Path) -> Mapping[str, Path]:
    if expected.get(path.stem) == path:
        try:
            nbformat.validate(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
        except Exception as error:
            raise AcademyError(
                f"'{path.name}' can't be read as a notebook.",
                kept=_KEPT,
                next_step="Save it once more and validate again.",
            ) from error
    return expected


def _other(path: Path, expected: list[str]) -> AcademyError:
    listed = ", ".join(f"'{name}{_SUFFIX}'" for name in expected)
    return AcademyError(
        f"'{path.name}' is not a notebook of this assignment and would not be graded; {listed} is.",
        kept=_KEPT,
        next_step=f"Open {listed}, put your answers there, and validate that.",
    )
