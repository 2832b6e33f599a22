"""Make datasets anew from the portal or from a folder of its exports, and put them in place."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from academy import paths
from academy.datasets.compiler import Compiled, tidy_module
from academy.datasets.descriptor import FILE_NAME, MadeFrom
from academy.datasets.drift import Drift, refuse_drift
from academy.datasets.inputs import KEPT, Cut, ExportFolder, Fetched, file_hash
from academy.datasets.memory import give_back
from academy.datasets.plan import in_order, made_from, referred_to, together, with_dependents
from academy.datasets.portal.pull import pulled
from academy.datasets.switch import Switch
from academy.datasets.template import Input, Template
from academy.datasets.workshop import Fetch, Workshop
from academy.errors import AcademyError

# Told for each page of a live pull: the dataset, the rows that came, and those expected.
Progress = Callable[[str, int, int], None]


_WORKSPACE = ".work-"


def _silent(_name: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True)
class Renewed:
    """A dataset that was put in place."""

    compiled: Compiled
    folder: Path
    drift: Drift


@dataclass
class Outcome:
    """What a refresh of several datasets came to."""

    renewed: list[Renewed] = field(default_factory=list)
    failed: dict[str, AcademyError] = field(default_factory=dict)


@dataclass(frozen=True)
class LivePortal:
    """Fetches inputs from the live portal.

    Parameters
    ----------
    root
        Holds one folder a dataset for rows that have come; an interrupted pull goes on there.
    address
        Another address of the portal.
    progress
        Told for each page.
    """

    root: Path
    address: str | None = None
    progress: Progress = _silent

    @contextlib.contextmanager
    def __call__(self, template: Template, wanted: Input) -> Iterator[Fetched]:
        """Pull a dataset's rows into a file that is there while the context is open."""
        portal, live = template.portal, template.cuts.live
        if portal is None or live is None or wanted.export is None:
            raise AcademyError(
                f"{template.name} is on no live portal that the Academy can read.",
                kept=KEPT,
                next_step="Give a folder of exports with --from.",
            )
        module = tidy_module(template.name)
        with pulled(
            portal,
            module.PORTAL_COLUMNS,
            module.OPTIONAL_COLUMNS,
            self.root / f".pull-{template.name}",
            address=self.address,
            progress=lambda done, total: self.progress(template.name, done, total),
        ) as pull:
            title = f"{portal.title}, {portal.domain}"
            source = MadeFrom(title=title, hash=f"sha256:{file_hash(pull.path)}")
            yield Fetched(pull.path, Cut(str(pull.taken), live), source)


def from_folder(exports: ExportFolder) -> Fetch:
    """Return a fetch that finds its files in a folder of exports."""

    @contextlib.contextmanager
    def fetch(template: Template, wanted: Input) -> Iterator[Fetched]:
        yield exports(template, wanted)

    return fetch


def refresh(
    names: list[str],
    fetch: Fetch,
    *,
    embed: bool = False,
    allow_shrink: bool = False,
    told: Callable[[Renewed], None] = lambda _renewed: None,
) -> Outcome:
    """Renew datasets and what is derived from them, those that belong together at one moment.

    Parameters
    ----------
    names
        The datasets; all that people have written about where the list is empty.
    fetch
        Brings the rows: a `LivePortal`, or `from_folder`.
    embed
        Into the checkout's ``datasets/``, as samples where they are long (for maintainers).
    allow_shrink
        Accept tables that a drift check would stop.
    told
        Called for each dataset that is in place.

    Returns
    -------
    Outcome
        What was renewed and what failed; a failure stops only what is made from it.
    """
    groups = together(in_order(with_dependents(names)))
    outcome = Outcome()
    with workshop(fetch, embed=embed) as shop:
        for group in groups:
            with _switch(embed=embed) as switch:
                _renew(group, shop, switch, outcome, told, allow_shrink=allow_shrink)
            for name in group:
                shop.forget(name)
    return outcome


def _renew(
    group: list[str],
    shop: Workshop,
    switch: Switch,
    outcome: Outcome,
    told: Callable[[Renewed], None],
    *,
    allow_shrink: bool,
) -> None:
    """Make datasets that belong together, and then put all in place that could be made."""
    made: list[Renewed] = []
    for place, name in enumerate(group):
        try:
            made.append(_made(name, shop, switch, outcome, allow_shrink=allow_shrink))
        except AcademyError as error:
            outcome.failed[name] = error
        _forget_what_is_done(shop, group, place)
    try:
        with _writing(switch.root):
            switch.commit()
    except AcademyError as error:
        outcome.failed |= {renewed.compiled.descriptor.name: error for renewed in made}
        return
    outcome.renewed += made
    for renewed in made:
        told(renewed)


def _made(
    name: str, shop: Workshop, switch: Switch, outcome: Outcome, *, allow_shrink: bool
) -> Renewed:
    """Compile a dataset and stage its folder."""
    broken = [source for source in made_from(name) if source in outcome.failed]
    if broken:
        raise _not_tried(name, broken)
    with _writing(switch.root):
        compiled = shop.compile(name)
    return _staged(compiled, switch, allow_shrink=allow_shrink)


@contextlib.contextmanager
def workshop(fetch: Fetch, *, embed: bool = False) -> Iterator[Workshop]:
    """Make a place to compile in, and clear it away afterwards."""
    root = paths.refreshed_datasets()
    shelf = [paths.embedded_datasets()] if embed else [root, paths.embedded_datasets()]
    with _workspace(root) as folder:
        yield Workshop(fetch, folder, shelf, sample=embed)


@contextlib.contextmanager
def _workspace(root: Path) -> Iterator[Path]:
    """A private folder beside the tables, where a dot keeps it out of the catalogue.

    It is locked while it is in use, so that the next run can clear away what a killed one left.
    """
    with _writing(root):
        root.mkdir(parents=True, exist_ok=True)
        with (root / f"{_WORKSPACE}lock").open("w") as door:
            # Else another run could clear the folder away before it is locked.
            fcntl.flock(door, fcntl.LOCK_EX)
            _clear_left_workspaces(root)
            folder = Path(tempfile.mkdtemp(dir=root, prefix=_WORKSPACE))
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _clear_left_workspaces(root: Path) -> None:
    for left in (path for path in root.glob(f"{_WORKSPACE}*") if path.is_dir()):
        lock = os.open(left, os.O_RDONLY)
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        os.close(lock)


@contextlib.contextmanager
def _writing(where: Path) -> Iterator[None]:
    """A disk that can't take the tables is told in a sentence."""
    try:
        yield
    except OSError as error:
        raise AcademyError(
            f"The new tables could not be written: {error.strerror or error}.",
            where=str(where),
            kept=KEPT,
            next_step="Check the free space and who may write there.",
        ) from None


def install(compiled: Compiled, *, embed: bool = False, allow_shrink: bool = False) -> Renewed:
    """Put a compiled dataset in its place, the whole folder at once or not at all.

    Parameters
    ----------
    compiled
        What a `Workshop` made.
    embed
        Into the checkout's ``datasets/`` (for maintainers) instead of the state directory.
    allow_shrink
        Take the new tables even where they have lost rows, columns or types.

    Raises
    ------
    AcademyError
        When the new tables have lost something, or the folder can't be written.
    """
    with _switch(embed=embed) as switch:
        renewed = _staged(compiled, switch, allow_shrink=allow_shrink)
        with _writing(renewed.folder):
            switch.commit()
    return renewed


@contextlib.contextmanager
def _switch(*, embed: bool) -> Iterator[Switch]:
    root = paths.embedded_datasets() if embed else paths.refreshed_datasets()
    with contextlib.ExitStack() as stack:
        with _writing(root):
            switch = stack.enter_context(Switch(root))
        yield switch


def _staged(compiled: Compiled, switch: Switch, *, allow_shrink: bool) -> Renewed:
    """Write a compiled dataset beside the one that is there, if it has lost nothing."""
    name = compiled.descriptor.name
    folder = switch.root / name
    if any(isinstance(file, Path) for file in compiled.files.values()):
        # A long table was made; comparing it needs memory of its own.
        give_back()
    drift = refuse_drift(_to_compare_with(folder), compiled, allow=allow_shrink)
    is_embedded = switch.root == paths.embedded_datasets()
    kept = _kept_files(folder, compiled) if is_embedded else {}
    with _writing(folder):
        switch.stage(name, kept | compiled.files)
    return Renewed(compiled, folder, drift)


def _to_compare_with(folder: Path) -> Path:
    """A first refresh has no older one: what learners have had until now is the embedded table."""
    embedded = paths.embedded_datasets() / folder.name
    is_first = not folder.is_dir() and (embedded / FILE_NAME).is_file()
    return embedded if is_first else folder


def _not_tried(name: str, broken: list[str]) -> AcademyError:
    return AcademyError(
        f"{name} is made from {', '.join(broken)}, which could not be made.", kept=KEPT
    )


def _forget_what_is_done(shop: Workshop, wanted: list[str], place: int) -> None:
    needed = {each for name in wanted[place + 1 :] for each in made_from(name) | referred_to(name)}
    for name in wanted[: place + 1]:
        if name not in needed:
            shop.forget(name)


def _kept_files(folder: Path, compiled: Compiled) -> dict[str, bytes | Path]:
    """What people put into the folder, such as package.yaml, moves into the new one.

    A table that the old descriptor names and the new one does not is not kept.
    """
    there = sorted(folder.iterdir()) if folder.is_dir() else []
    folders = [path.name for path in there if path.is_dir()]
    if folders:
        raise AcademyError(
            f"A dataset's folder holds files only, and this one has folders: {', '.join(folders)}.",
            where=str(folder),
            kept="Nothing was changed.",
            next_step="Move them elsewhere, so that they are not lost.",
        )
    made = (".csv", ".parquet", ".geojson")
    return {
        path.name: path.read_bytes()
        for path in there
        if path.name not in compiled.files and not path.name.endswith(made)
    }
