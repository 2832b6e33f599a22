"""``academy grade``: where a class stands, the proof of receipts, scores for a spreadsheet."""

from __future__ import annotations

import contextlib
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from academy.grading.audit import Watch
    from academy.grading.items import Item
    from academy.grading.status import AssignmentStatus

app = typer.Typer(help="Look over a class's work: where it stands, its receipts, its scores.")

Course = Annotated[str, typer.Argument(help="The course's id.", show_default=False)]
Assignment = Annotated[str, typer.Argument(help="The assignment's id.", show_default=False)]
OneOrAll = Annotated[
    str, typer.Argument(help="One assignment; all of them without it.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

#: Exit code when something needs a look.
NEEDS_LOOK = 3


@app.command()
def status(course: Course, assignment: OneOrAll = "", as_json: Json = False) -> None:
    """Say who handed in, whose work is graded, whose waits and whose failed, and why.

    With an assignment, one line for each learner who handed in.
    """
    _as_course("status", course, assignment, "--json" if as_json else "")
    from academy.grading.policies import load_policies
    from academy.grading.status import status as read_status

    policies, found = load_policies(), read_status(course, assignment)
    if as_json:
        return _print_json([one.as_dict(policies) for one in found])
    for one in found:
        typer.echo(one.sentence)
        if one.note:
            typer.echo(f"  {one.note}")
        _print_learners(one, policies, every=bool(assignment))
    return None


def _print_learners(one: AssignmentStatus, policies: Any, *, every: bool) -> None:
    from academy.grading.standing import WORDS

    for learner in one.learners if every else one.stuck:
        standing = learner.standing
        if standing is None:
            continue
        told = f"  {learner.learner}: {WORDS[standing.state]}."
        if standing.score:
            score = standing.score
            told += f" {policies.rounded(score.total):g} of {score.most:g} points."
        typer.echo(f"{told} {standing.why}".rstrip())


@app.command()
def audit(course: Course, as_json: Json = False) -> None:
    """Prove that every receipt has its submission, unchanged, and a score or a reason.

    Every file that was handed in is read. Exit 3 when something needs a look.
    """
    _as_course("audit", course, "--json" if as_json else "")
    from academy.grading.audit import audit as do_audit

    with _watching(as_json) as watch:
        found = do_audit(course, watch=watch)
    if as_json:
        _print_json(found.as_dict())
    else:
        for finding in found.findings:
            typer.echo(str(finding))
        typer.echo(found.sentence)
    if found.findings:
        raise typer.Exit(NEEDS_LOOK)


@contextlib.contextmanager
def _watching(as_json: bool) -> Iterator[Watch]:
    """Show a bar on the screen, not in a file."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, disable=as_json or not console.is_terminal) as bar:
        task = bar.add_task("Reading submissions", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command()
def export(
    course: Course,
    assignment: OneOrAll = "",
    out: Annotated[
        Path | None, typer.Option("--out", help="A file; without it, the screen.")
    ] = None,
) -> None:
    """Write the scores as CSV that a spreadsheet opens: a row for each learner and assignment."""
    from academy.grading.export import BYTE_ORDER_MARK

    text = _said_as_course("export", course, assignment)
    if text is None:
        from academy.grading.export import scores_csv

        text = scores_csv(course, assignment)
    if out is None:
        typer.echo(text, nl=False)
        return
    _write(out, f"{BYTE_ORDER_MARK}{text}")
    count = sum(1 for _ in csv.reader(io.StringIO(text))) - 1
    typer.echo(f"{count} row{'' if count == 1 else 's'}, now in {out}")


def _write(out: Path, text: str) -> None:
    from academy import paths
    from academy.errors import AcademyError

    try:
        # Scores are nobody else's business.
        paths.write_atomically(out, text, mode=0o600)
    except OSError as error:
        raise AcademyError(
            f"The scores can't be written: {error.strerror}.",
            where=str(out),
            kept="A file that was there is as it was.",
            next_step="Give a folder that is there and that you may write to.",
        ) from None


@app.command()
def items(course: Course, assignment: Assignment, as_json: Json = False) -> None:
    """Tell how each question did: the share that got it right, and common wrong results.

    Nobody is named. Under 10 learners nothing is said about how well a question tells
    strong from weak.
    """
    _as_course("items", course, assignment, "--json" if as_json else "")
    from academy.grading.items import analyse

    found = analyse(course, assignment)
    if as_json:
        return _print_json([one.as_dict() for one in found])
    for one in found:
        _print_item(one)
    if not found:
        typer.echo("Nothing was graded yet.")
    return None


def _print_item(one: Item) -> None:
    typer.echo(one.sentence)
    for wrong in one.wrong:
        typer.echo(f"  {wrong.count} of {one.learners}: {wrong.text}")


@app.command()
def notebook(
    course: Course,
    out: Annotated[
        Path, typer.Option("--out", help="Where it goes; it must not be there yet.")
    ] = Path("scores.ipynb"),
) -> None:
    """Put a notebook here that plots the scores of a course, for its instructor to run and edit."""
    from academy.grading.export import plots_notebook

    _write_new(out, plots_notebook(course))
    typer.echo(f"Open {out} in JupyterLab and run it.")


@app.command()
def policies(
    as_json: Json = False,
    schema: Annotated[
        bool,
        typer.Option(
            "--schema", help="Print the file's JSON schema, kept in grading/policies.schema.json."
        ),
    ] = False,
) -> None:
    """Check grading/policies.yaml, and say what it says about late work, points and passing."""
    from academy.grading.policies import load_policies, policies_schema

    if schema:
        return typer.echo(policies_schema(), nl=False)
    found = load_policies()
    if as_json:
        return _print_json(found.model_dump())
    for sentence in found.sentences:
        typer.echo(sentence)
    return None


def _write_new(out: Path, text: str) -> None:
    from academy.errors import AcademyError

    if out.exists():
        raise AcademyError(
            "There is a file of this name already.",
            where=str(out),
            kept="It is as it was.",
            next_step="Give another name with --out, or move the file away.",
        )
    _write(out, text)


def _as_course(command: str, *arguments: str) -> None:
    """Go on as the course where that is an identity of its own; only then is all in reach."""
    from academy.cli.as_course import as_course

    course_id = arguments[0]
    as_course(course_id, "grade", command, *(one for one in arguments if one))


def _said_as_course(command: str, *arguments: str) -> str | None:
    """Return what the command says as the course; ``None`` where this process may do the work."""
    from academy.cli.as_course import is_another

    if not is_another(arguments[0]):
        return None
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        try:
            _as_course(command, *arguments)
        except typer.Exit as end:
            if end.exit_code:
                raise
    return said.getvalue()


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
