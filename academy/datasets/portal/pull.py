"""Bring a dataset from its portal to a file: all of it or none, and go on after a stop."""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from academy.datasets.descriptor import Portal
from academy.datasets.distinct import Distinct
from academy.datasets.memory import give_back
from academy.datasets.portal.arcgis import ArcgisSource
from academy.datasets.portal.choose import choose_columns
from academy.datasets.portal.journal import Journal, read_journal
from academy.datasets.portal.pages import ahead
from academy.datasets.portal.sink import CsvSink, GeoJsonSink, Sink
from academy.datasets.portal.soda import SodaSource, soda_transport
from academy.datasets.portal.source import KEPT, ChangedError, Mark, Source
from academy.datasets.portal.transport import Transport
from academy.errors import AcademyError

# The portal's own clock: a pull at night belongs to the day that it is there.
PORTAL_ZONE = ZoneInfo("America/Chicago")
_ROUNDS = 3
# The rows, the table made from them and its copies lie on the disk at one time.
_TIMES_THE_ROWS = 3

Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True)
class Pulled:
    """A file of rows from a portal.

    Parameters
    ----------
    path
        CSV, or GeoJSON where the dataset has lines or areas.
    rows
        How many rows it holds: as many as the portal counts.
    taken
        The day, by the portal's clock, on which the portal held exactly these rows.
    columns
        The portal's names of the columns.
    """

    path: Path
    rows: int
    taken: datetime.date
    columns: list[str]


@contextlib.contextmanager
def pulled(
    portal: Portal,
    wanted: Mapping[str, tuple[str, ...]],
    optional: Collection[str],
    folder: Path,
    *,
    address: str | None = None,
    progress: Progress = _silent,
) -> Iterator[Pulled]:
    """Pull a dataset into a folder, and remove the folder when the work on it ended well.

    An error leaves the folder: the next pull goes on after the last page that came, if the
    portal still says the same count and time of change.

    Parameters
    ----------
    portal
        The dataset.
    wanted
        Our names of columns, with the names that the portal may have for each. No other column
        is asked for.
    optional
        Those of ours that the portal need not have.
    folder
        For this dataset only; made where it is not there, readable by nobody else.
    address
        Another address than the dataset's own: of a portal, or of a layer.
    progress
        Called after each page with the rows read and the rows expected.

    Raises
    ------
    AcademyError
        When another pull of this dataset is at work, the portal can't be read, it has lost a
        column, it kept changing, or the disk is full.
    """
    with _alone(folder), contextlib.closing(_transport(portal, address)) as transport:
        source = _source(portal, transport)
        columns = choose_columns(wanted, optional, source.offered(), source.where)
        with _disk_faults(folder):
            result = pull(source, columns, folder, progress, name=_file_name(portal))
        give_back()
        yield result
        shutil.rmtree(folder)


def pull(
    source: Source,
    columns: Sequence[str],
    folder: Path,
    progress: Progress = _silent,
    *,
    name: str = "rows",
) -> Pulled:
    """Pull a source into a file of a folder; see `pulled`, which also locks and tidies up.

    Raises
    ------
    ChangedError
        When the source changed during each of three pulls.
    """
    for rounds_left in reversed(range(_ROUNDS)):
        try:
            return _pull_once(source, columns, folder, progress, name)
        except ChangedError:
            _forget(folder)
            if not rounds_left:
                raise
    raise AssertionError


def _pull_once(
    source: Source, columns: Sequence[str], folder: Path, progress: Progress, name: str
) -> Pulled:
    taken = datetime.datetime.now(tz=PORTAL_ZONE).date()
    before = source.mark()
    shape = source.shape_column()
    names = [each for each in columns if each != shape]
    path = folder / (f"{name}.geojson" if shape else f"{name}.csv")
    journal = _begin(folder, path, Journal.of(source.where, columns, shape, before))
    sink: Sink = (
        GeoJsonSink(path, names, journal.size, shape)
        if shape
        else CsvSink(path, names, journal.size)
    )
    distinct = Distinct(folder / "row-numbers", keep=journal.rows)
    asked = [*names, shape] if shape else names
    for page in ahead(source.pages(asked, journal.rows, journal.last_id)):
        sink.write(page.rows, first=journal.rows == 0)
        distinct.add(page.ids)
        journal = journal.after(len(page.rows), sink.size, page.ids[-1])
        journal.save(folder)
        progress(journal.rows, before.rows)
        _check_space(folder, journal)
    sink.finish()
    _check_complete(source, before, journal.rows, distinct)
    return Pulled(path, journal.rows, taken, asked)


def _begin(folder: Path, path: Path, fresh: Journal) -> Journal:
    """What of an earlier pull can be gone on with, or else an empty folder."""
    earlier = read_journal(folder)
    if earlier is not None and earlier.goes_on_as(fresh, path, folder / "row-numbers"):
        return earlier
    _forget(folder)
    return fresh


def _check_complete(source: Source, before: Mark, rows: int, distinct: Distinct) -> None:
    after = source.mark()
    repeats = distinct.repeats()
    if rows == before.rows == after.rows and not repeats and before.version == after.version:
        return
    changed = "" if before.version == after.version else " It says that its rows changed meanwhile."
    raise ChangedError(
        f"The pull is not whole: the portal counted {before.rows:,} rows before and "
        f"{after.rows:,} after, {rows:,} came, and {rows - repeats:,} of them are different rows."
        + changed,
        source.where,
    )


def _check_space(folder: Path, journal: Journal) -> None:
    """Stop before the disk is full, as other people's work lies on it too."""
    expected = journal.size / max(journal.rows, 1) * journal.expected
    needed = expected * _TIMES_THE_ROWS - journal.size
    free = shutil.disk_usage(folder).free
    if needed <= free:
        return
    _forget(folder)
    raise AcademyError(
        f"The disk has {free / 1e6:,.0f} MB free, and about {needed / 1e6:,.0f} MB are needed "
        f"for {journal.expected:,} rows.",
        where=str(folder),
        kept=KEPT,
        next_step="Make room on the disk, then run it again.",
    )


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the hold ends with it, however it ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AcademyError(
                "Another refresh of this dataset is at work.",
                where=str(folder),
                kept=KEPT,
                next_step="Wait until it is done.",
            ) from None
        folder.mkdir(mode=0o700, exist_ok=True)
        yield


@contextlib.contextmanager
def _disk_faults(folder: Path) -> Iterator[None]:
    """A disk that can't take the rows is told in a sentence, and gets its room back."""
    try:
        yield
    except OSError as error:
        with contextlib.suppress(OSError):
            _forget(folder)
        raise AcademyError(
            f"The portal's rows could not be written: {error.strerror or error}.",
            where=str(folder),
            kept=f"{KEPT} What had come was removed.",
            next_step="Check the free space and who may write there.",
        ) from None


def _forget(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def _transport(portal: Portal, address: str | None) -> Transport:
    if portal.service == "soda":
        return soda_transport(address or f"https://{portal.domain}")
    layer = address or portal.layer
    if layer is None:
        raise AcademyError(
            "The dataset's words name no layer of a map service.",
            kept=KEPT,
            next_step="Give its address with --portal, or a folder of exports with --from.",
        )
    return Transport(layer.rstrip("/"))


def _source(portal: Portal, transport: Transport) -> Source:
    if portal.service == "arcgis":
        return ArcgisSource(transport)
    if portal.id is None:
        raise AcademyError(
            "The dataset has no number on a portal, so it can't be pulled.",
            kept=KEPT,
            next_step="Give a folder of its exports with --from.",
        )
    return SodaSource(transport, portal.id)


def _file_name(portal: Portal) -> str:
    return portal.id or re.sub(r"[^a-z0-9]+", "-", portal.title.lower()).strip("-") or "rows"
