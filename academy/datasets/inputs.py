"""What a dataset is made from: files that left the portal, found, dated and read in pieces."""

from __future__ import annotations

import datetime
import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from academy.datasets.descriptor import MadeFrom
from academy.datasets.portal.exports import read_pieces, read_whole
from academy.datasets.taken import Taken
from academy.errors import AcademyError

if TYPE_CHECKING:
    import pandas as pd

    from academy.datasets.template import Input, Template

KEPT = "The table that is there stays as it is."
ENDINGS = (".csv", ".csv.gz", ".geojson")


@dataclass(frozen=True)
class Cut:
    """When the rows left the portal, and which of its rows they are.

    ``taken`` is as exact as is known; ``is_earliest`` where it is only the earliest it can be.
    """

    taken: str
    how_it_was_cut: str
    is_earliest: bool = False

    @property
    def when(self) -> Taken:
        """When the rows left the portal."""
        return Taken(self.taken, self.is_earliest)


@dataclass(frozen=True)
class Fetched:
    """A file that left the portal."""

    path: Path
    cut: Cut
    made_from: MadeFrom


def find_export(folder: Path, pattern: str) -> Path:
    """Return the one file in a folder that a pattern or the beginning of a name fits.

    Parameters
    ----------
    folder
        Holds portal exports: ``.csv``, ``.csv.gz`` or ``.geojson``.
    pattern
        ``2jru-byiu_*``, or a whole name.

    Raises
    ------
    AcademyError
        When there is none, or more than one.
    """
    files = [path for path in folder.glob("*") if path.name.endswith(ENDINGS)]
    found = sorted(path for path in files if fnmatchcase(path.name, pattern))
    if len(found) == 1:
        return found[0]
    names = ", ".join(path.name for path in found) or "none"
    raise AcademyError(
        f"One file ({', '.join(ENDINGS)}) whose name is like {pattern} is expected; "
        f"found: {names}.",
        where=str(folder),
        kept=KEPT,
        next_step="Put the portal's export there, or give another folder with --from.",
    )


@dataclass(frozen=True)
class ExportFolder:
    """Fetches inputs from a folder of exports.

    Parameters
    ----------
    folder
        The folder.
    taken
        The day on which exports left the portal that ``package.yaml`` does not know.
    """

    folder: Path
    taken: datetime.date | None = None

    def __call__(self, template: Template, wanted: Input) -> Fetched:
        """Find the file of an input; how it was cut is known by its hash."""
        path = find_export(self.folder, str(wanted.export))
        digest = file_hash(path)
        source = MadeFrom(title=path.name, hash=f"sha256:{digest}")
        return Fetched(path, self._cut(path, digest, template), source)

    def _cut(self, path: Path, digest: str, template: Template) -> Cut:
        known = next((cut for cut in template.cuts.exports if cut.sha256 == digest), None)
        if known:
            return Cut(known.when.known, known.how_it_was_cut, known.when.is_earliest)
        if self.taken:
            words = f"An export file ({path.name}); how it was cut is not known."
            return Cut(str(self.taken), words)
        raise AcademyError(
            "This export is not one that package.yaml knows, so its day is not known.",
            where=str(path),
            kept=KEPT,
            next_step="Say on which day it left the portal, e.g. --taken 2026-08-29.",
        )


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_more_lines(path: Path, number: int) -> bool:
    """Tell whether a text file, packed or not, has more lines than a number of rows needs."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        return sum(1 for _ in islice(file, number + 2)) > number + 1


def read_export(path: Path, piece_rows: int | None = None) -> Iterator[pd.DataFrame]:
    """Yield an export's rows as text, in pieces; GeoJSON as one GeoDataFrame.

    Parameters
    ----------
    path
        A ``.csv``, ``.csv.gz`` or ``.geojson`` file.
    piece_rows
        Rows a piece; the whole file is one piece without it.

    Raises
    ------
    AcademyError
        When the file can't be read.
    """
    if path.name.endswith(".geojson"):
        from academy.datasets.geo import read_geojson_export

        yield read_geojson_export(path.read_bytes(), str(path))
        return
    if piece_rows is None:
        yield read_whole(path)
    else:
        yield from read_pieces(path, piece_rows=piece_rows)
