"""What a notebook may call besides the data: ``hint``, the next hint for an exercise.

Hints travel in the released notebook, encoded, so that nobody reads the third before the first.
Nothing here needs a network. What is asked for is noted in a file beside the notebook, which is
handed in with it and never scored: it shows an instructor where an exercise is too steep.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: Where a released cell carries its hints, and where it is noted what was asked for.
METADATA = "academy"
ASKED_FILE = "hints-asked.jsonl"

#: Set by nbgrader while it runs a notebook to check or to grade it.
_CHECKING = "NBGRADER_EXECUTION"


def hint(question: str | int = 1) -> None:
    """Print the next hint for an exercise; run it again for the one after.

    Parameters
    ----------
    question
        The exercise's name, or its number among those that have hints.
    """
    found = _all_hints(Path.cwd())
    name = _name(question, list(found))
    if name is None:
        print(_no_such(question, list(found)))
        return
    asked = _asked(Path.cwd() / ASKED_FILE, name)
    # Who checks or hands in runs every box again, and asks for nothing by that.
    step = min(asked, len(found[name])) if os.environ.get(_CHECKING) else asked + 1
    print(_told(found[name], step))
    if step > asked:
        _note(Path.cwd() / ASKED_FILE, name, min(step, len(found[name])))


def encoded(hints: tuple[str, ...]) -> list[str]:
    """Return hints as a released notebook carries them: not to be read by chance."""
    return [base64.b64encode(one.encode()).decode("ascii") for one in hints]


def _told(hints: tuple[str, ...], step: int) -> str:
    """Return what is shown: one hint, or all of them once there is no next one."""
    most = len(hints)
    if step == 0:
        return "Run this box to get a hint."
    if step > most:
        listed = "\n".join(f"Hint {n} of {most}: {one}" for n, one in enumerate(hints, start=1))
        return f"{listed}\nThat is all there is. Ask somebody, or write down what you have tried."
    shown = f"Hint {step} of {most}: {hints[step - 1]}"
    return shown if step == most else f"{shown}\nStill stuck? Run this box again for the next hint."


def _no_such(question: str | int, known: list[str]) -> str:
    if not known:
        return "There are no hints beside this notebook."
    listed = ", ".join(f'hint("{name}")' for name in known)
    return f"There is no hint for {question!r}. These have some: {listed}"


def _name(question: str | int, known: list[str]) -> str | None:
    if isinstance(question, int):
        return known[question - 1] if 0 < question <= len(known) else None
    return question if question in known else None


def _all_hints(folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the hints in the notebooks of a folder, by the name of the exercise."""
    return {
        name: hints
        for path in sorted(folder.glob("*.ipynb"))
        for name, hints in _hints_in(_read(path))
    }


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def _hints_in(notebook: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the hints of a notebook; a learner may have changed anything in it."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else []:
        metadata = cell.get("metadata") if isinstance(cell, dict) else None
        if isinstance(metadata, dict):
            name, hints = (
                _part(metadata, "nbgrader", "grade_id"),
                _part(metadata, METADATA, "hints"),
            )
            if isinstance(name, str) and isinstance(hints, list):
                yield name, tuple(_decoded(hints))


def _part(metadata: Mapping[str, Any], part: str, key: str) -> Any:
    found = metadata.get(part)
    return found.get(key) if isinstance(found, dict) else None


def _decoded(hints: list[Any]) -> Iterator[str]:
    for one in hints:
        try:
            yield base64.b64decode(str(one), validate=True).decode()
        except (binascii.Error, ValueError):
            yield "(This hint was changed and can't be read.)"


def _asked(file: Path, question: str) -> int:
    """Return how many hints for an exercise were asked for."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 0
    return sum(f'"question": {json.dumps(question)}' in line for line in lines)


def _note(file: Path, question: str, step: int) -> None:
    asked_at = datetime.now(UTC).isoformat(timespec="seconds")
    line = json.dumps({"asked_at": asked_at, "question": question, "hint": step})
    try:
        with file.open("a", encoding="utf-8") as opened:
            opened.write(f"{line}\n")
    except OSError as error:
        print(f"(It could not be noted that you asked: {error.strerror}.)")
