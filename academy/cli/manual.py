"""Write the reference pages of settings and commands from what the program itself says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import typer.main

SETTINGS_HEAD = """\
# Settings

The operator's choices stand in `hub_config/hub.yaml`, or in the file that `$ACADEMY_SETTINGS`
names. Every key may be left out; its default then holds. An unknown key, a wrong type or an
impossible combination is refused, all at once and each with its line.

A change counts from the next start, or from `academy hub reload`, which leaves learners' servers
running; an address, port or path counts from the next start only. Editors that know JSON Schema
complete and check the file with `hub_config/hub.schema.json`. What no setting covers goes into
[fragments](../../hub_config/jupyterhub_config.d/README.md).

*This page is made by `python tests/docs/regenerate.py`. Edit the model in
`academy/hub/settings.py`, not this page.*
"""

COMMANDS_HEAD = """\
# Commands

`academy` is installed in `.venv/bin`. In a shell on the server, type `.venv/bin/academy`, or run
`. .venv/bin/activate` first. In the terminal of a learner's or instructor's lab it is at hand.
Every command has `--help`. A command works on the state directory that `$ACADEMY_STATE` names,
else on `state/` in the checkout.

Exit codes: 0, all is well; 1, a sentence says what is wrong; 2, the command was mistyped; 3, it
was done, and some submissions need a look.

*This page is made by `python tests/docs/regenerate.py`. Edit the commands in `academy/cli/`, not
this page.*
"""


def settings_page() -> str:
    """Return the reference page of every setting, as Markdown."""
    from academy.hub.settings import HubSettings

    schema = HubSettings.model_json_schema()
    parts = [SETTINGS_HEAD]
    for section, reference in schema["properties"].items():
        about = schema["$defs"][reference["$ref"].rsplit("/", 1)[1]] | reference
        parts += [f"\n## `{section}`\n\n{about['description']}\n\n"]
        rows = _keys(section, about["properties"])
        parts.append(_table("key | type | default | what it does", rows))
    return "".join(parts)


def _keys(section: str, keys: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, about in keys.items():
        default = _as_yaml(about["default"]) if "default" in about else "none, must be given"
        yield f"`{section}.{name}`", _type(about), default, about["description"]


def _type(about: dict[str, Any]) -> str:
    """Say in words what may stand there."""
    if "enum" in about:
        return " or ".join(f"`{choice}`" for choice in about["enum"])
    if about.get("type") == "integer":
        return f"whole number{_range(about)}"
    if about.get("type") == "array":
        if about["items"].get("format") == "ip":
            return "list of addresses"
        return "list of names" if about["items"].get("type") == "string" else "list"
    if about.get("type") == "object":
        return "for each id, a list of names"
    return {"string": "text", "number": "number", "boolean": "`true` or `false`"}[about["type"]]


def _range(about: dict[str, Any]) -> str:
    return (
        f", {about['minimum']} to {about['maximum']}"
        if {"minimum", "maximum"} <= set(about)
        else ""
    )


def _as_yaml(value: Any) -> str:
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def commands_page() -> str:
    """Return the reference page of every command and option, as Markdown."""
    from academy.cli.main import app

    root = typer.main.get_command(app)
    parts = [COMMANDS_HEAD, "\n", _table("option | what it does", _options(root))]
    for name, group in _commands(root):
        parts += [f"\n## academy {name}\n", f"\n{group.help}\n"]
        for command_name, command in _commands(group):
            parts.append(_command(f"academy {name} {command_name}", command))
    return "".join(parts)


def command_names() -> set[str]:
    """Return every command as a person types it, e.g. ``academy course check``."""
    from academy.cli.main import app

    root = typer.main.get_command(app)
    groups = dict(_commands(root))
    return {
        f"academy {name} {command}"
        for name, group in groups.items()
        for command, _ in _commands(group)
    }


def _commands(group: Any) -> Iterator[tuple[str, Any]]:
    return ((name, one) for name, one in group.commands.items() if not one.hidden)


def _command(name: str, command: Any) -> str:
    help_text = "\n\n".join(" ".join(part.split()) for part in command.help.split("\n\n"))
    usage = " ".join([name, *(_argument(one) for one in _arguments(command)), "[OPTIONS]"])
    rows: list[tuple[str, ...]] = [
        (f"`{_argument(one)}`", one.help or "") for one in _arguments(command)
    ]
    rows += _options(command)
    head = f"\n### {name}\n\n{help_text}\n\n```\n{usage if rows else name}\n```\n"
    return f"{head}\n{_table('argument or option | what it does', rows)}" if rows else head


def _arguments(command: Any) -> list[Any]:
    return [one for one in command.params if one.param_type_name == "argument"]


def _argument(argument: Any) -> str:
    shown = argument.metavar or argument.name.upper()
    return shown if argument.required or shown.startswith("[") else f"[{shown}]"


def _options(command: Any) -> list[tuple[str, ...]]:
    """Tell every option, those that must be given first said to be so."""
    return [
        (f"`{_spelling(one)}`", f"{one.help}{_default(one)}")
        for one in command.params
        if one.param_type_name == "option" and not one.hidden
    ]


def _spelling(option: Any) -> str:
    names = " / ".join([*option.opts, *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.name.upper()}"


def _default(option: Any) -> str:
    if option.required:
        return " Must be given."
    if option.is_flag or option.default in (None, ""):
        return ""
    return f" Default: `{option.default}`."


def _table(head: str, rows: Iterable[tuple[str, ...]]) -> str:
    columns = len(head.split(" | "))
    lines = [f"| {head} |", "|" + "---|" * columns]
    lines += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
