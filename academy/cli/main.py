"""The ``academy`` command and its groups; errors become sentences, never tracebacks."""

from __future__ import annotations

import sys

import typer

from academy import __version__
from academy.cli import course, data, grade, grading, hub
from academy.errors import AcademyError
from academy.lean import put_off_iri_grammar

app = typer.Typer(
    name="academy",
    help="Run the Citizen Data Academy: its hub, its courses and its data shelf.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(hub.app, name="hub")
app.add_typer(course.app, name="course")
app.add_typer(grade.app, name="grade")
app.add_typer(data.app, name="data")
grading.register(course.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"academy {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    """Run the Citizen Data Academy: its hub, its courses and its data shelf."""


def main() -> None:
    """Run the command line; exit 1 with a sentence on an error that a person can mend."""
    put_off_iri_grammar()
    try:
        app()
    except AcademyError as error:
        print(f"academy: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
