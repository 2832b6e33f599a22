"""Read a YAML file into a pydantic model and report every mistake at once, with its line."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from academy import paths
from academy.errors import AcademyError, Finding, FindingsError

Model = TypeVar("Model", bound=BaseModel)


def load_yaml(
    path: Path,
    model: type[Model],
    *,
    shown_as: str | None = None,
    context: dict[str, Any] | None = None,
) -> Model:
    """Read a YAML file that must fit a model.

    Parameters
    ----------
    path
        The file.
    model
        The pydantic model; it should forbid unknown keys.
    shown_as
        How messages name the file; the path itself by default.
    context
        Handed to the model's validators as ``info.context``.

    Raises
    ------
    AcademyError
        When the file can't be read or is not YAML.
    FindingsError
        When it does not fit the model: one finding a mistake, each with its line.
    """
    name = shown_as or str(path)
    node = _compose(path, name)
    data = _data(node, name)
    duplicates = [] if node is None else _duplicate_keys(node, name)
    try:
        value = model.model_validate(data, context=context)
    except ValidationError as error:
        findings = [_finding(details, node, name) for details in error.errors()]
        raise FindingsError(_headline(name), duplicates + findings) from None
    if duplicates:
        raise FindingsError(_headline(name), duplicates)
    return value


def _headline(name: str) -> str:
    return f"{name} can't be used; nothing was changed. What to mend:"


def _compose(path: Path, name: str) -> yaml.Node | None:
    try:
        text = paths.read_plain(path).decode("utf-8")
    except FileNotFoundError:
        raise AcademyError(
            "This file is expected and is not there.",
            where=name,
            next_step="Restore it from the Academy's repository.",
        ) from None
    except OSError as error:
        raise AcademyError(
            f"This file can't be read ({error.strerror}); a plain file is expected.",
            where=name,
            next_step="Put a plain file there, and no link or folder.",
        ) from None
    except UnicodeDecodeError as error:
        raise AcademyError(
            f"This file is not UTF-8 text (byte {error.start} can't be read).",
            where=name,
            next_step="Save it as UTF-8.",
        ) from None
    try:
        return _composed(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise AcademyError(
            f"This is not valid YAML: {error.problem}.",
            where=f"{name}, line {line}",
            next_step="Check the indentation and the quotes near that line.",
        ) from None
    except yaml.YAMLError as error:
        raise AcademyError(
            f"This is not valid YAML: {str(error).splitlines()[0]}.",
            where=name,
            next_step="Look for characters that can't be seen, and remove them.",
        ) from None


def _composed(text: str) -> yaml.Node | None:
    """Read with the C library, ten times as fast; Python's own reader says better what is wrong."""
    try:
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)


def _data(node: yaml.Node | None, name: str) -> Any:
    try:
        return {} if node is None else yaml.SafeLoader("").construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise AcademyError(
            f"This YAML can't be used: {error.problem}.",
            where=f"{name}, line {line}",
            next_step="Write plain text, numbers, lists and settings only.",
        ) from None
    except ValueError as error:
        # PyYAML makes dates by itself, and does not say where it could not.
        raise AcademyError(
            f"A value can't be read: {error}. Perhaps a date or a time that does not exist?",
            where=name,
            next_step="Look at the dates in it.",
        ) from None


def _duplicate_keys(node: yaml.Node, name: str) -> list[Finding]:
    """A key that stands twice: YAML would silently keep the last one."""
    findings: list[Finding] = []
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            findings += _duplicate_keys(child, name)
    elif isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, child in node.value:
            if key.value in seen:
                problem = f"The key '{key.value}' stands here a second time."
                findings.append(_at(name, key, problem, "Keep one of the two."))
            seen.add(key.value)
            findings += _duplicate_keys(child, name)
    return findings


def _at(name: str, node: yaml.Node, problem: str, next_step: str = "") -> Finding:
    return Finding(problem, f"{name}, line {node.start_mark.line + 1}", next_step)


def _finding(details: ErrorDetails, node: yaml.Node | None, name: str) -> Finding:
    location = details["loc"]
    found = _node_at(node, location)
    problem = _problem(details, ".".join(str(part) for part in location))
    return Finding(problem, name) if found is None else _at(name, found, problem)


def _problem(details: ErrorDetails, key: str) -> str:
    kind = details["type"]
    if kind == "extra_forbidden":
        return f"There is no setting '{key}'; check its spelling."
    if kind == "missing":
        return f"'{key}' is missing."
    message = details["msg"].removeprefix("Value error, ")
    if not key:
        return message
    shown = "" if kind == "value_error" else f" (found {_short(details['input'])})"
    return f"'{key}': {message}{shown}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _node_at(node: yaml.Node | None, location: tuple[int | str, ...]) -> yaml.Node | None:
    """Return the deepest node on the way to a location: its key's node where it has one."""
    found = node
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                break
            found, node = pair
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if part >= len(node.value):
                break
            found = node = node.value[part]
    return found
