"""``academy hub``: serve, reload, invite people, make tokens for scripts."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from academy.errors import AcademyError

if TYPE_CHECKING:
    from academy.hub.settings import HubSettings

app = typer.Typer(help="Run the hub and let people in.", no_args_is_help=True)
START_SECONDS = 120
RELOAD_SECONDS = 120


@app.command()
def serve(
    port: Annotated[
        int | None,
        typer.Option(help="Listen on this port instead of the one in hub.yaml.", min=1, max=65535),
    ] = None,
) -> None:
    """Run the Academy until it is told to stop (Ctrl-C)."""
    from academy.hub import ports, prepare, walls
    from academy.hub.settings import load_settings
    from academy.hub.supervisor import Supervisor

    # Progress shows at once, also when the output goes to a file.
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    settings = load_settings()
    number = port or settings.network.port
    walls.standing(settings)
    prepare.make_folders()
    held = prepare.only_one()
    prepare.check_port(settings.network.address, number)
    prepare.record_serving(held, number)
    ports.forget_busy_ports()
    for finding in prepare.prepare_state(settings):
        typer.echo(f"  note: {finding}")
    settings = load_settings(course_ids=prepare.course_ids())
    supervisor = Supervisor(_address(settings), number, _public_address(settings))
    try:
        supervisor.start()
        if supervisor.wait_until_open(START_SECONDS):
            _say_open(settings, supervisor.sandboxes.reason)
            supervisor.run()
    finally:
        typer.echo("Stopping ...")
        supervisor.stop()
        held.close()
    typer.echo("The Academy is closed. All work is kept.")


def _address(settings: HubSettings) -> str:
    """Return the address of the Academy that runs, or would run, on this state directory."""
    from academy.hub.prepare import serving_port
    from academy.hub.settings import address

    return address(settings, serving_port() or settings.network.port)


def _public_address(settings: HubSettings) -> str:
    """Return the address that people type for it."""
    from academy.hub.prepare import serving_port
    from academy.hub.settings import public_address

    return public_address(settings, serving_port() or settings.network.port)


def _say_open(settings: HubSettings, no_sandbox: str) -> None:
    address = _public_address(settings)
    typer.echo(f"\nThe {settings.site.name} is open at {address}")
    for line in _how_it_stands(settings):
        typer.echo(line)
    if no_sandbox:
        typer.echo(
            f"No sandbox can be made here ({no_sandbox}), so what learners hand in is not run: "
            "formgrader's Autograde button and 'academy course grade' refuse, and assignments with "
            "'grading: on_submit' wait. 'academy course grade --unsafe' runs it as who types that."
        )
    _invite_administrators(settings, address)
    typer.echo("\nStop it with Ctrl-C.")


def _how_it_stands(settings: HubSettings) -> list[str]:
    from academy.hub import walls
    from academy.isolation.support import limits_in_words

    standing = walls.standing(settings)
    if standing.is_on:
        return ["Each learner is behind a wall of their own.", limits_in_words()]
    return [
        "It listens on this machine only, because learners are not walled off from each other "
        f"({'; '.join(standing.reasons)}): all servers run as the user who started it ({_user()})."
    ]


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"number {os.geteuid()}"


def _invite_administrators(settings: HubSettings, address: str) -> None:
    from academy.hub import invitations
    from academy.hub.tokens import has_password

    for name in settings.accounts.administrators:
        if not has_password(name):
            token = invitations.invite(name, hours=settings.accounts.invitation_hours)
            typer.echo(f"\nOne-time link for the administrator “{name}” to set a password:")
            typer.echo(f"  {address}hub/claim#{token}")


@app.command()
def reload() -> None:
    """Take up changed settings and new courses; learners' servers live on."""
    from academy.hub import prepare
    from academy.hub.settings import load_settings
    from academy.hub.supervisor import reload_answer

    process = prepare.running_process()
    load_settings(course_ids=prepare.course_ids())
    reload_answer().unlink(missing_ok=True)
    os.kill(process, signal.SIGUSR1)
    answer = _wait_for_text(reload_answer())
    if not answer.startswith("The hub was reloaded"):
        raise AcademyError(answer)
    typer.echo(answer)


def _wait_for_text(file: Path) -> str:
    """Wait for the answer to a reload, which is a file."""
    import time

    deadline = time.monotonic() + RELOAD_SECONDS
    while time.monotonic() < deadline:
        if file.exists():
            return file.read_text(encoding="utf-8")
        time.sleep(0.1)
    return "The hub did not say how the reload went. Its log is state/hub/hub.log."


Name = Annotated[str, typer.Argument(help="The user name.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def invite(name: Name, as_json: AsJson = False) -> None:
    """Make a one-time link by which a person sets a password (also a forgotten one)."""
    from academy.hub import invitations, names, prepare
    from academy.hub.settings import load_settings

    settings = load_settings()
    prepare.make_folders()
    if not names.is_well_formed(name) or name in names.reserved_names(prepare.course_ids()):
        raise AcademyError(
            f"'{name}' can't be a user name, which is {names.IN_WORDS}, and not reserved.",
            kept="No link was made.",
        )
    hours = settings.accounts.invitation_hours
    link = f"{_public_address(settings)}hub/claim#{invitations.invite(name, hours=hours)}"
    if as_json:
        typer.echo(json.dumps({"user": name, "link": link}))
    else:
        typer.echo(f"Give this link to {name}. It works once, for {hours} hours:")
        typer.echo(f"  {link}")


@app.command()
def token(
    name: Name,
    scope: Annotated[
        list[str], typer.Option(help="What it may do, e.g. read:users; may be repeated.")
    ],
    days: Annotated[int, typer.Option(help="For how many days it works (1 to 365).")] = 30,
    note: Annotated[str, typer.Option(help="What it is for.")] = "made by academy hub token",
    as_json: AsJson = False,
) -> None:
    """Make a scoped, expiring API token for an administrator's script. It is shown once."""
    from academy.hub.settings import load_settings
    from academy.hub.tokens import new_token

    value = new_token(load_settings(), name, scope, days=days, note=note)
    answer = {"user": name, "scopes": scope, "days": days, "token": value}
    typer.echo(json.dumps(answer) if as_json else value)


@app.command()
def schema() -> None:
    """Print the JSON schema of hub.yaml (it is kept in hub_config/hub.schema.json)."""
    from academy.hub.settings import settings_schema

    typer.echo(settings_schema(), nl=False)
