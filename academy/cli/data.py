"""``academy data``: list, show, verify and refresh the tables of the shelf."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from academy.errors import AcademyError, Finding, FindingsError

if TYPE_CHECKING:
    from academy.datasets.compiler import Compiled

app = typer.Typer(help="The data shelf: list, show, verify, refresh.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The dataset, e.g. service-requests.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
EXPORTS_HELP = "A folder of portal exports instead of the live portal."


@app.command("list")
def list_command(as_json: AsJson = False) -> None:
    """Tell which datasets there are, and where each comes from."""
    from academy.datasets.catalogue import dataset_folders

    entries = [_entry(name, folder) for name, folder in dataset_folders().items()]
    if as_json:
        _print_json(entries)
        return
    for entry in entries:
        problem = entry.get("problem")
        about = problem or (
            f"{entry['rows']:,} rows, {entry['period']}, taken on {entry['taken']} "
            f"({entry['kind']}). {entry['title']}"
        )
        typer.echo(f"{entry['name']}: {about}")
    if not entries:
        typer.echo("The shelf is empty.")


@app.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Print a card: what a dataset is, what its columns hold, what is wrong with it."""
    from academy.datasets.card import card, summarise
    from academy.datasets.catalogue import folder_of
    from academy.datasets.descriptor import load_descriptor
    from academy.datasets.load import load_folder

    folder = folder_of(name)
    descriptor, frame = load_descriptor(folder), load_folder(folder)
    if as_json:
        columns = [column.as_dict() for column in summarise(descriptor, frame)]
        _print_json({"descriptor": json.loads(descriptor.to_json()), "columns": columns})
        return
    from rich.console import Console

    Console().print(card(descriptor, frame))


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="One dataset; all of them without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check hash, header, types, constraints and keys; say every fault with its rows.

    Exit code 0 when all is well, 1 when something was found.
    """
    from academy.datasets.catalogue import dataset_folders, folder_of
    from academy.datasets.verify import verify_folder

    folders = {name: folder_of(name)} if name else dataset_folders()
    found = {each: verify_folder(folder) for each, folder in folders.items()}
    if as_json:
        _print_json({each: [finding.as_dict() for finding in found[each]] for each in found})
    else:
        for each, findings in found.items():
            _print_findings(each, findings)
    if any(found.values()):
        raise typer.Exit(1)


@app.command()
def refresh(
    name: Name,
    exports: Annotated[Path | None, typer.Option("--from", help=EXPORTS_HELP)] = None,
    taken: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day on which an export left the portal."),
    ] = None,
    portal: Annotated[
        str | None, typer.Option(help="The portal's address; by default the dataset's own.")
    ] = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="Renew the checkout's own table (for maintainers).")
    ] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="Accept a table with far fewer rows.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make a dataset anew from the portal, or from a folder of its exports.

    The new table takes the place of the old one as a whole, or not at all.
    """
    from academy.datasets.refresh import compile_export, install

    if exports is not None:
        compiled = compile_export(name, exports, taken=taken.date() if taken else None)
    elif taken is not None:
        raise AcademyError(
            "--taken says when an export left the portal, and no export was given.",
            kept="Nothing was changed.",
            next_step="Give its folder with --from, or leave --taken out.",
        )
    else:
        compiled = _compile_live(name, portal, quiet=as_json)
    folder = install(compiled, embed=embed, allow_shrink=allow_shrink)
    _print_refreshed(compiled, folder, as_json)


def _compile_live(name: str, portal: str | None, *, quiet: bool) -> Compiled:
    from rich.console import Console
    from rich.progress import Progress

    from academy.datasets.portal.soda import SodaClient
    from academy.datasets.refresh import compile_live
    from academy.datasets.template import load_template

    address = portal or f"https://{load_template(name).portal.domain}"
    console = Console(stderr=True, quiet=quiet)
    with SodaClient(address) as client, Progress(console=console) as bars:
        bar = bars.add_task(f"Reading {name} from {address}", total=None)
        return compile_live(
            name, client, lambda done, total: bars.update(bar, completed=done, total=total)
        )


def _entry(name: str, folder: Path) -> dict[str, Any]:
    from academy import paths
    from academy.datasets.descriptor import load_descriptor

    kind = "refreshed" if folder.parent == paths.refreshed_datasets() else "embedded"
    entry: dict[str, Any] = {"name": name, "kind": kind, "folder": str(folder)}
    try:
        descriptor = load_descriptor(folder)
    except AcademyError as error:
        return entry | {"problem": str(error)}
    return entry | {
        "title": descriptor.title,
        "rows": descriptor.resource.rows,
        "period": f"{descriptor.period.start} to {descriptor.period.end}",
        "taken": str(descriptor.taken),
        "portal_id": descriptor.portal.id,
    }


def _print_findings(name: str, findings: list[Finding]) -> None:
    if findings:
        typer.echo(str(FindingsError(f"{name}: not as described.", findings)))
    else:
        typer.echo(f"{name}: as described.")


def _print_refreshed(compiled: Compiled, folder: Path, as_json: bool) -> None:
    descriptor = compiled.descriptor
    summary = {
        "name": descriptor.name,
        "folder": str(folder),
        "rows": descriptor.resource.rows,
        "dropped": len(descriptor.dropped_rows),
        "taken": str(descriptor.taken),
        "hash": descriptor.resource.hash,
    }
    if as_json:
        _print_json(summary)
        return
    typer.echo(
        f"{descriptor.name}: {descriptor.resource.rows:,} rows, {len(descriptor.dropped_rows):,} "
        f"left out, taken on {descriptor.taken}; now in {folder}"
    )


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
