"""Make a dataset anew from the portal or from a folder of its exports, and put it in place."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from academy import paths
from academy.datasets.compiler import Compiled, Cut, TidyModule, compile_dataset, tidy_module
from academy.datasets.descriptor import FILE_NAME
from academy.datasets.swap import replace_folder
from academy.datasets.template import Template, load_template
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.portal.soda import SodaClient

# The portal's own clock: a pull at night belongs to the day that it is there.
PORTAL_ZONE = ZoneInfo("America/Chicago")
# A new table with fewer rows than this share of the old one is refused unless it is asked for.
SMALLEST_SHARE = 0.9

Progress = Callable[[int, int], None]


def compile_export(name: str, folder: Path, *, taken: datetime.date | None = None) -> Compiled:
    """Compile a dataset from a folder of portal exports; nothing is written.

    Parameters
    ----------
    name
        The dataset.
    folder
        Holds the export: one CSV file whose name begins with the portal's id.
    taken
        The day on which the export left the portal; needed unless ``package.yaml`` knows the file.
    """
    import pandas as pd

    template = load_template(name)
    path = find_export(folder, template.portal.id)
    cut = _cut_of(path, template, taken)
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, pd.errors.ParserError) as error:
        raise AcademyError(
            f"The export can't be read as CSV in UTF-8: {error}.",
            where=str(path),
            kept="The table that is there stays as it is.",
            next_step="Export the dataset from the portal again.",
        ) from None
    return compile_dataset(template, raw, cut)


def compile_live(name: str, client: SodaClient, progress: Progress | None = None) -> Compiled:
    """Compile a dataset from the live portal; nothing is written."""
    template = load_template(name)
    columns = _columns_to_ask(tidy_module(name), client.columns(template.portal.id))
    taken = datetime.datetime.now(tz=PORTAL_ZONE).date()
    rows = client.rows(template.portal.id, columns, progress or (lambda _done, _total: None))
    return compile_dataset(template, _raw_frame(rows, columns), Cut(taken, template.cuts.live))


def find_export(folder: Path, portal_id: str) -> Path:
    """Return the one CSV file in a folder whose name begins with a portal id.

    Raises
    ------
    AcademyError
        When there is none, or more than one.
    """
    found = sorted(path for path in folder.glob("*.csv") if path.name.startswith(portal_id))
    if len(found) == 1:
        return found[0]
    names = ", ".join(path.name for path in found) or "none"
    raise AcademyError(
        f"One CSV file whose name begins with {portal_id} is expected; found: {names}.",
        where=str(folder),
        kept="The table that is there stays as it is.",
        next_step="Put the portal's export there, or give another folder with --from.",
    )


def install(compiled: Compiled, *, embed: bool = False, allow_shrink: bool = False) -> Path:
    """Put a compiled dataset in its place, the whole folder at once or not at all.

    Parameters
    ----------
    compiled
        What `compile_export` or `compile_live` made.
    embed
        Into the checkout's ``datasets/`` (for maintainers) instead of the state directory.
    allow_shrink
        Take the new table even where it has far fewer rows than the old one.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    AcademyError
        When the new table has shrunk, or the folder can't be written.
    """
    name = compiled.descriptor.name
    root = paths.embedded_datasets() if embed else paths.refreshed_datasets()
    folder = root / name
    if not allow_shrink:
        _refuse_shrinking(folder, compiled)
    kept = _kept_files(folder, compiled) if embed else {}
    try:
        replace_folder(folder, kept | compiled.files)
    except OSError as error:
        raise AcademyError(
            f"The new table could not be written: {error.strerror}.",
            where=str(folder),
            kept="The table that is there stays as it is.",
            next_step="Check the free space and who may write there.",
        ) from None
    return folder


def _cut_of(path: Path, template: Template, taken: datetime.date | None) -> Cut:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    known = next((cut for cut in template.cuts.exports if cut.sha256 == digest), None)
    if known:
        return Cut(known.taken, known.how_it_was_cut)
    if taken:
        return Cut(taken, f"An export file ({path.name}); how it was cut is not known.")
    raise AcademyError(
        "This export is not one that package.yaml knows, so its day is not known.",
        where=str(path),
        kept="The table that is there stays as it is.",
        next_step="Say on which day it left the portal, e.g. --taken 2026-08-29.",
    )


def _columns_to_ask(module: TidyModule, offered: list[str]) -> list[str]:
    """The portal's names of our columns: only these are asked for, so no comment ever comes."""
    chosen = []
    for ours, theirs in module.PORTAL_COLUMNS.items():
        name = next((candidate for candidate in theirs if candidate in offered), None)
        if name is None and ours not in module.OPTIONAL_COLUMNS:
            raise AcademyError(
                f"The portal has no column {' or '.join(theirs)} any more "
                f"(it has: {', '.join(offered)}).",
                kept="The table that is there stays as it is.",
                next_step="If it was renamed, add its new name to PORTAL_COLUMNS.",
            )
        if name is not None:
            chosen.append(name)
    return chosen


def _raw_frame(rows: list[dict[str, Any]], columns: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=columns, dtype=object)


def _refuse_shrinking(folder: Path, compiled: Compiled) -> None:
    before, after = _rows_there(folder), compiled.descriptor.resource.rows
    if after >= before * SMALLEST_SHARE:
        return
    raise AcademyError(
        f"The new table has {after:,} rows, and the one that is there has {before:,}.",
        where=str(folder),
        kept="The table that is there stays as it is.",
        next_step="Look at the source; if it is right, run again with --allow-shrink.",
    )


def _rows_there(folder: Path) -> int:
    """The rows that the present descriptor speaks of; none where it can't be read any more."""
    try:
        data = json.loads((folder / FILE_NAME).read_bytes())
        return int(data["resources"][0]["rows"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return 0


def _kept_files(folder: Path, compiled: Compiled) -> dict[str, bytes]:
    """What people put into the folder, such as package.yaml, moves into the new one."""
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    folders = [path.name for path in there if path.is_dir()]
    if folders:
        raise AcademyError(
            f"A dataset's folder holds files only, and this one has folders: {', '.join(folders)}.",
            where=str(folder),
            kept="Nothing was changed.",
            next_step="Move them elsewhere, so that they are not lost.",
        )
    return {path.name: path.read_bytes() for path in there if path.name not in compiled.files}
