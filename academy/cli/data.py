"""``academy data``: list, show, verify, refresh and score the tables of the shelf."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from academy.cli.quality import export_dcat, quality
from academy.errors import AcademyError, Finding, FindingsError

if TYPE_CHECKING:
    from academy.datasets.refresh import Outcome, Renewed
    from academy.datasets.workshop import Fetch

app = typer.Typer(
    help="The data shelf: list, show, verify, refresh, quality, export-dcat.", no_args_is_help=True
)

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
        typer.echo(f"{entry['name']}: {problem or _entry_in_words(entry)}")
    if not entries:
        typer.echo("The shelf is empty.")


@app.command()
def show(
    name: Name,
    table: Annotated[
        str | None, typer.Option(help="One of its tables; the first without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print a card: what a dataset is, what its columns hold, what is wrong with it."""
    from academy.datasets.card import card_of

    card = card_of(name, table)
    if as_json:
        columns = [column.as_dict() for column in card.columns()]
        _print_json({"descriptor": json.loads(card.descriptor.to_json()), "columns": columns})
        return
    from rich.console import Console

    Console().print(card)


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(help="One dataset; all of them without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check hash, header, types, constraints and keys; say every fault with its rows.

    Exit code 0 when all is well, 1 when something was found.
    """
    from academy.datasets.catalogue import at_one_moment, list_datasets
    from academy.datasets.verify import verify_folder

    names = [name] if name else list_datasets()
    found = {each: at_one_moment(each, verify_folder) for each in names}
    if as_json:
        _print_json({each: [finding.as_dict() for finding in found[each]] for each in found})
    else:
        for each, findings in found.items():
            _print_findings(each, findings)
    if any(found.values()):
        raise typer.Exit(1)


@app.command()
def refresh(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Datasets; without any, all that there are (of a live portal, all that it has)."
        ),
    ] = None,
    exports: Annotated[Path | None, typer.Option("--from", help=EXPORTS_HELP)] = None,
    taken: Annotated[
        datetime.datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day on which an export left the portal."),
    ] = None,
    portal: Annotated[
        str | None, typer.Option(help="The portal's address; by default the dataset's own.")
    ] = None,
    embed: Annotated[
        bool, typer.Option("--embed", help="Renew the checkout's own tables (for maintainers).")
    ] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="Accept tables that have lost rows or columns.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make datasets anew from the portal, or from a folder of its exports.

    What is derived from a dataset is made anew with it. A new table takes the place of the old one
    as a whole, or not at all. Exit code 1 when one could not be made.
    """
    from academy.datasets.inputs import ExportFolder
    from academy.datasets.refresh import from_folder
    from academy.datasets.refresh import refresh as renew

    def run(chosen: list[str], fetch: Fetch) -> Outcome:
        return renew(
            chosen,
            fetch,
            embed=embed,
            allow_shrink=allow_shrink,
            told=lambda renewed: None if as_json else _print_renewed(renewed),
        )

    if exports is not None:
        day = taken.date() if taken else None
        outcome = run(names or [], from_folder(ExportFolder(exports, day)))
    elif taken is not None:
        raise AcademyError(
            "--taken says when an export left the portal, and no export was given.",
            kept="Nothing was changed.",
            next_step="Give its folder with --from, or leave --taken out.",
        )
    else:
        chosen = names or _on_live_portals(quiet=as_json)
        outcome = _refresh_live(lambda fetch: run(chosen, fetch), portal, quiet=as_json)
    _finish(outcome, as_json)


# Here, so that the manual tells them in this order.
app.command()(quality)
app.command("export-dcat")(export_dcat)


def _on_live_portals(*, quiet: bool) -> list[str]:
    """Everything that a live portal has; what is made from it is made anew with it."""
    from academy.datasets.plan import on_live_portals, with_dependents
    from academy.datasets.template import template_names

    live = on_live_portals()
    kept = sorted(set(template_names()) - with_dependents(live))
    if kept and not quiet:
        typer.echo(f"On no live portal, so they stay as they are: {', '.join(kept)}.")
    return live


def _refresh_live(run: Callable[[Fetch], Outcome], address: str | None, *, quiet: bool) -> Outcome:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from academy import paths
    from academy.datasets.refresh import LivePortal

    tasks: dict[str, TaskID] = {}
    with Progress(console=Console(stderr=True, quiet=quiet)) as bars:

        def progress(name: str, done: int, total: int) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(f"Reading {name}")
            bars.update(tasks[name], completed=done, total=total)

        return run(LivePortal(paths.refreshed_datasets(), address, progress))


def _finish(outcome: Outcome, as_json: bool) -> None:
    """Say what failed, after everything else was done."""
    failed = outcome.failed
    if as_json:
        problems = [
            {"name": name, "problems": [finding.as_dict() for finding in error.findings]}
            for name, error in failed.items()
        ]
        done = [_renewed_entry(renewed) for renewed in outcome.renewed]
        _print_json({"renewed": done, "failed": problems})
    elif len(failed) == 1 and not outcome.renewed:
        raise next(iter(failed.values()))
    for name, error in {} if as_json else failed.items():
        typer.echo(f"{name}: not renewed. {error}", err=True)
    if failed:
        raise typer.Exit(1)


def _entry(name: str, folder: Path) -> dict[str, Any]:
    from academy import paths
    from academy.datasets.descriptor import load_descriptor

    kind = "refreshed" if folder.parent == paths.refreshed_datasets() else "embedded"
    entry: dict[str, Any] = {"name": name, "kind": kind, "folder": str(folder)}
    try:
        descriptor = load_descriptor(folder)
    except AcademyError as error:
        return entry | {"problem": str(error)}
    period = descriptor.period
    return entry | {
        "title": descriptor.title,
        "rows": sum(resource.rows for resource in descriptor.resources),
        "tables": [resource.name for resource in descriptor.resources],
        "period": f"{period.start} to {period.end}" if period else None,
        "taken": descriptor.taken,
        "taken_not_before": descriptor.taken_not_before,
        "portal_id": descriptor.portal.id if descriptor.portal else None,
    }


def _entry_in_words(entry: dict[str, Any]) -> str:
    period = f", {entry['period']}" if entry["period"] else ""
    return (
        f"{entry['rows']:,} rows{period}, taken {_taken_in_words(entry)} "
        f"({entry['kind']}). {entry['title']}"
    )


def _print_findings(name: str, findings: list[Finding]) -> None:
    if findings:
        typer.echo(str(FindingsError(f"{name}: not as described.", findings)))
    else:
        typer.echo(f"{name}: as described.")


def _renewed_entry(renewed: Renewed) -> dict[str, Any]:
    descriptor = renewed.compiled.descriptor
    return {
        "name": descriptor.name,
        "folder": str(renewed.folder),
        "rows": sum(resource.rows for resource in descriptor.resources),
        "dropped": descriptor.rows_left_out,
        "taken": descriptor.taken,
        "taken_not_before": descriptor.taken_not_before,
        "hash": descriptor.resource.hash,
        "drift": renewed.drift.report(),
    }


def _print_renewed(renewed: Renewed) -> None:
    entry = _renewed_entry(renewed)
    taken = _taken_in_words(entry)
    typer.echo(
        f"{entry['name']}: {entry['rows']:,} rows, {entry['dropped']:,} "
        f"left out, taken {taken}; now in {entry['folder']}"
    )
    if entry["drift"]:
        typer.echo(entry["drift"])


def _taken_in_words(entry: dict[str, Any]) -> str:
    from academy.datasets.taken import Taken

    return Taken.of(entry["taken"], entry["taken_not_before"]).in_words()


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
