"""``academy data quality`` and ``academy data export-dcat``: how good the shelf is, told to all."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from academy.datasets.quality import Quality, Shelf

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
_COLUMN = 14


def quality(
    name: Annotated[str | None, typer.Argument(help="One dataset; all of them without it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Score datasets from 0 to 1 in six dimensions; of one dataset, say the reasons too.

    What each score counts is told in docs/explanation/data-quality.md.
    """
    from academy.datasets.quality import judge, shelf

    on, today = shelf(), datetime.date.today()
    names = [name] if name else [*on.descriptors]
    judged = [judge(each, on, today) for each in _watched(names)]
    problems = [] if name else on.problems
    if as_json:
        entries: list[dict[str, Any]] = [each.as_dict() for each in judged]
        _print_json(entries + [{"problem": problem.as_dict()} for problem in problems])
    elif name:
        _print_reasons(judged[0])
    else:
        _print_scores(judged)
    for problem in problems:
        typer.echo(str(problem), err=True)
    if problems:
        raise typer.Exit(1)


def _watched(names: list[str]) -> Iterator[str]:
    """Show a bar on the screen, not in a file: the whole shelf takes a while."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    quiet = len(names) < 2 or not console.is_terminal
    yield from track(names, "Looking at the tables", console=console, disable=quiet)


def _print_scores(judged: list[Quality]) -> None:
    """One line a dataset: plain columns, as they may go into a file."""
    if not judged:
        typer.echo("The shelf is empty.")
        return
    width = max(len(each.dataset) for each in judged) + 2
    heads = [each.name for each in judged[0].dimensions] + ["overall"]
    typer.echo(" " * width + "".join(f"{head:>{_COLUMN}}" for head in heads))
    for each in judged:
        scores = [dimension.score for dimension in each.dimensions] + [each.overall]
        line = "".join(f"{score:>{_COLUMN}.2f}" for score in scores)
        typer.echo(f"{each.dataset:<{width}}{line}")


def _print_reasons(judged: Quality) -> None:
    typer.echo(f"{judged.dataset}: {judged.overall:.2f} on {judged.measured_on}")
    for dimension in judged.dimensions:
        typer.echo(f"\n{dimension.name}: {dimension.score:.2f}")
        for reason in dimension.reasons:
            typer.echo(f"  - {reason}")


def export_dcat(
    contact_email: Annotated[
        str, typer.Option("--contact-email", help="An address that somebody reads.")
    ],
    publisher: Annotated[
        str, typer.Option("--publisher", help="Who makes the tables available.")
    ] = "Citizen Data Academy",
    base_url: Annotated[
        str | None, typer.Option("--base-url", help="Where the folder datasets/ is served.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="A file; without it, the screen.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the whole catalogue as DCAT-US 3 JSON, for a data portal to harvest.

    The catalogue is JSON in any case; with --output, --json makes the closing line JSON too.
    """
    from rich.console import Console

    from academy.datasets.dcat import Publisher, export
    from academy.datasets.quality import shelf

    stands_behind = Publisher(publisher, contact_email, base_url)
    on = shelf()
    with Console(stderr=True).status("Looking at the tables"):
        catalogue = export(on, stands_behind, datetime.date.today())
    if output is None:
        _print_json(catalogue)
        return
    _write(output, catalogue)
    _print_written(output, on, as_json)


def _write(output: Path, catalogue: dict[str, Any]) -> None:
    from academy import paths
    from academy.errors import AcademyError

    text = json.dumps(catalogue, indent=2, ensure_ascii=False) + "\n"
    try:
        paths.write_atomically(output, text)
    except OSError as error:
        raise AcademyError(
            f"The catalogue can't be written: {error.strerror}.",
            where=str(output),
            kept="A file that was there is as it was.",
            next_step="Give a folder that is there and that you may write to.",
        ) from None


def _print_written(output: Path, on: Shelf, as_json: bool) -> None:
    if as_json:
        _print_json({"file": str(output), "datasets": [*on.descriptors]})
    else:
        typer.echo(f"{len(on.descriptors)} datasets, now in {output}")


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
