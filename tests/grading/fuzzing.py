"""Damaged notebooks, made from real assignments by seed: the same seed gives the same bytes.

``damaged(seed)`` names the kind of damage and gives the file's content. Seeds that follow one
another go through all kinds; ``damaged(seed, "counting")`` damages one assignment only.
"""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import nbformat

from academy import paths
from tests.grading import classroom
from tests.grading.fuzzing_bytes import ON_BYTES, WHOLE

Damage = Callable[[dict[str, Any], random.Random], None]

_REGION = r"[ \t]*### BEGIN {0}\n(.*?)[ \t]*### END {0}\n?"
_SOLUTION = re.compile(_REGION.format("SOLUTION"), re.DOTALL)
_HIDDEN = re.compile(_REGION.format("HIDDEN TESTS"), re.DOTALL)


@cache
def _source(base: str) -> str:
    """Return the instructor's version of an assignment, as JSON."""
    if base == "counting":
        return nbformat.writes(classroom.source_notebook())
    found = next((paths.checkout() / "courses").glob(f"*/source/{base}/*.ipynb"))
    return found.read_text(encoding="utf-8")


BASES = ("counting", "load-and-count")


def _without(base: str, solution: str) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads(_source(base))
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if not text.endswith("\n"):
            text += "\n"
        text = _SOLUTION.sub(solution, _HIDDEN.sub("", text))
        cell["source"] = text.rstrip("\n").splitlines(keepends=True)
    return notebook


def released(base: str) -> dict[str, Any]:
    """Return what learners get: solutions and hidden tests are taken out."""
    return _without(base, "raise NotImplementedError()\n")


def solved(base: str) -> dict[str, Any]:
    """Return what a learner hands in who knows everything."""
    notebook = _without(base, r"\1")
    for number, cell in enumerate(_code(notebook), start=1):
        cell["execution_count"] = number
        cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["some output\n"]}]
    return notebook


def damaged(seed: int, base: str | None = None) -> tuple[str, bytes]:
    """Return the kind of damage and the content of a damaged notebook.

    Parameters
    ----------
    seed
        Any number; it alone decides what is made.
    base
        The assignment that is damaged, one of ``BASES``; by default the seed's own.
    """
    chance = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    if kind in WHOLE:
        return kind, WHOLE[kind](chance)
    notebook = solved(base or BASES[seed // len(KINDS) % len(BASES)])
    if kind in ON_CELLS:
        for _ in range(chance.choice((1, 1, 2, 5))):
            ON_CELLS[kind](notebook, chance)
        return kind, json.dumps(notebook, indent=1).encode()
    for name in chance.sample(sorted(ON_CELLS), chance.choice((0, 0, 2))):
        ON_CELLS[name](notebook, chance)
    return kind, ON_BYTES[kind](json.dumps(notebook, indent=1, ensure_ascii=False), chance)


def _code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in _cells(notebook) if cell.get("cell_type") == "code"]


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the cells that still are cells."""
    return [cell for cell in notebook.get("cells") or [] if isinstance(cell, dict)]


def _any(notebook: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    return chance.choice(_cells(notebook) or [{}])


def _marked(notebook: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a cell that nbgrader knows, or any if there is none any more."""
    found = [cell for cell in _cells(notebook) if isinstance(_marks(cell), dict)]
    return chance.choice(found) if found else _any(notebook, chance)


def _marks(cell: dict[str, Any]) -> Any:
    metadata = cell.get("metadata")
    return metadata.get("nbgrader") if isinstance(metadata, dict) else None


def _drop(notebook: dict[str, Any], chance: random.Random) -> None:
    if notebook["cells"]:
        notebook["cells"].remove(_marked(notebook, chance))


def _duplicate(notebook: dict[str, Any], chance: random.Random) -> None:
    cell = copy.deepcopy(_marked(notebook, chance))
    notebook["cells"].insert(chance.randint(0, len(notebook["cells"])), cell)


def _blank_again(notebook: dict[str, Any], chance: random.Random) -> None:
    """Paste the empty answer once more below the written one."""
    cell = _marked(notebook, chance)
    blank = copy.deepcopy(cell)
    blank["source"] = "raise NotImplementedError()"
    notebook["cells"].insert(notebook["cells"].index(cell) + 1, blank)


def _move(notebook: dict[str, Any], chance: random.Random) -> None:
    cell = _marked(notebook, chance)
    notebook["cells"].remove(cell)
    notebook["cells"].insert(chance.randint(0, len(notebook["cells"])), cell)


def _shuffle(notebook: dict[str, Any], chance: random.Random) -> None:
    chance.shuffle(notebook["cells"])


def _retype(notebook: dict[str, Any], chance: random.Random) -> None:
    cell = _marked(notebook, chance)
    cell["cell_type"] = chance.choice(["code", "markdown", "raw", "heading", "html"])


def _rename(notebook: dict[str, Any], chance: random.Random) -> None:
    marks = _marks(_marked(notebook, chance))
    if marks is not None:
        marks["grade_id"] = chance.choice(["mine", "add", "", "a b", "x" * 500, None, 7, ["add"]])


def _swap_names(notebook: dict[str, Any], chance: random.Random) -> None:
    one, other = _marks(_marked(notebook, chance)), _marks(_marked(notebook, chance))
    if one and other:
        one["grade_id"], other["grade_id"] = other.get("grade_id"), one.get("grade_id")


def _unmark(notebook: dict[str, Any], chance: random.Random) -> None:
    for cell in _cells(notebook) if chance.random() < 0.5 else [_marked(notebook, chance)]:
        if isinstance(cell.get("metadata"), dict):
            cell["metadata"].pop("nbgrader", None)


def _unmark_and_rewrite(notebook: dict[str, Any], chance: random.Random) -> None:
    cell = _marked(notebook, chance)
    cell.pop("id", None)
    cell["metadata"] = {}
    cell["source"] = ["# nothing of this was there before\n", f"print({chance.random()})"]


def _ids(notebook: dict[str, Any], chance: random.Random) -> None:
    bad = chance.choice([None, "same", "", "not good!", 5, "x" * 100])
    for cell in _cells(notebook):
        cell["id"] = bad
        if chance.random() < 0.2:
            del cell["id"]


def _marks_of_a_wrong_type(notebook: dict[str, Any], chance: random.Random) -> None:
    cell = _marked(notebook, chance)
    if isinstance(cell.get("metadata"), dict):
        cell["metadata"]["nbgrader"] = chance.choice([[], "yes", None, 3, [{"grade_id": "add"}]])


def _marks_changed(notebook: dict[str, Any], chance: random.Random) -> None:
    marks = _marks(_marked(notebook, chance))
    if marks is not None:
        key = chance.choice(["points", "grade", "solution", "locked", "schema_version", "task"])
        marks[key] = chance.choice([-1, "4", None, [], 1e308, float("nan"), 10**30, True, {}])


def _metadata(notebook: dict[str, Any], chance: random.Random) -> None:
    wrong: list[Any] = [None, [], "text", 3, {"tags": "skip-execution"}, {"name": ""}]
    wrong += [{"tags": ["a", "a", 3]}, {"jupyter": 1}, {"collapsed": "no"}, {"scrolled": 9}]
    wrong += [{"execution": {"iopub.execute_input": 3}}, {"format": 1}, {"x": "y" * 200_000}]
    _any(notebook, chance)["metadata"] = chance.choice(wrong)


def _skip(notebook: dict[str, Any], chance: random.Random) -> None:
    cell = _marked(notebook, chance)
    if isinstance(cell.get("metadata"), dict):
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception"]


def _deep(notebook: dict[str, Any], chance: random.Random) -> None:
    value: Any = {}
    for _ in range(chance.choice([30, 150, 400])):
        value = chance.choice([[value], {"deeper": value}])
    place = chance.choice([notebook, _any(notebook, chance)])
    if isinstance(place.get("metadata"), dict):
        place["metadata"]["deep"] = value


def _sources(notebook: dict[str, Any], chance: random.Random) -> None:
    wrong: list[Any] = [None, 3, {"a": 1}, [1, "2\n"], ["a", None], [["x"]], True, ""]
    wrong += ["half a letter \ud83d", "a\x00zero", "two\r\nlines\r\n", "\u2028\u0085"]
    cell = _any(notebook, chance)
    cell["source"] = chance.choice(wrong)
    if chance.random() < 0.2:
        del cell["source"]


def _no_cells(notebook: dict[str, Any], chance: random.Random) -> None:
    place = chance.randint(0, len(notebook["cells"]))
    notebook["cells"].insert(place, chance.choice([None, 3, "text", [], {}, {"cell_type": 4}]))


def _unknown_kind(notebook: dict[str, Any], chance: random.Random) -> None:
    _any(notebook, chance)["cell_type"] = chance.choice(["sql", None, 3, ["code"], "Code"])


def _edit_locked(notebook: dict[str, Any], chance: random.Random) -> None:
    locked = [c for c in _cells(notebook) if isinstance(m := _marks(c), dict) and m.get("locked")]
    for cell in locked[:1]:
        cell["source"] = chance.choice(["assert True", "", "print('mine')\n" * 5])


def _split(notebook: dict[str, Any], chance: random.Random) -> None:
    """Split a cell as JupyterLab does: both halves have the marks."""
    cell = _marked(notebook, chance)
    lines = "".join(str(line) for line in cell.get("source") or []).splitlines(keepends=True)
    second = {**copy.deepcopy(cell), "id": f"split-{chance.random()}"[:20].replace(".", "")}
    cut = chance.randint(0, len(lines))
    cell["source"], second["source"] = lines[:cut], lines[cut:]
    if cell in notebook["cells"]:
        notebook["cells"].insert(notebook["cells"].index(cell) + 1, second)


def _merge(notebook: dict[str, Any], chance: random.Random) -> None:
    place = chance.randint(0, max(0, len(notebook["cells"]) - 2))
    pair = notebook["cells"][place : place + 2]
    if len(pair) == 2 and all(isinstance(cell, dict) for cell in pair):
        texts = ["".join(map(str, cell.get("source") or "")) for cell in pair]
        pair[0]["source"] = "\n".join(texts)
        del notebook["cells"][place + 1]


def _own_cells(notebook: dict[str, Any], chance: random.Random) -> None:
    for number in range(chance.choice([1, 3, 30])):
        place = chance.randint(0, len(notebook["cells"]))
        cell = {"cell_type": "markdown", "metadata": {}, "source": f"My note {number}."}
        notebook["cells"].insert(place, cell)


def _outputs(notebook: dict[str, Any], chance: random.Random) -> None:
    big = {"output_type": "stream", "name": "stdout", "text": "x" * 2_000_000}
    wrong: list[Any] = [None, {}, "text", [None], [{}], [{"output_type": "pyout"}], [big]]
    for cell in _code(notebook)[:2]:
        cell["outputs"] = chance.choice(wrong)
        cell["execution_count"] = chance.choice([None, "1", -3, 1.5, 10**40])


def _attachments(notebook: dict[str, Any], chance: random.Random) -> None:
    wrong: list[Any] = [None, [], "a", {"a.png": None}, {"a.png": {"image/png": 3}}, {"": {}}]
    wrong += [{"a.png": {"image/png": "eA=="}}, {"a.png": {"image/png": ["eA", "=="]}}]
    wrong += [{"a.png": {"image/png": "A" * 11_000_000}}]
    _any(notebook, chance)["attachments"] = chance.choice(wrong)


def _language(notebook: dict[str, Any], chance: random.Random) -> None:
    name = chance.choice(["ir", "julia-1.10", "bash", "xpython", 3, None, ["python3"]])
    spec = {"name": name, "display_name": str(name), "language": "R"}
    wrong: list[Any] = [{"kernelspec": spec}, {"kernelspec": []}, {}, {"kernelspec": {}}, [], 3]
    notebook["metadata"] = chance.choice(wrong)
    if isinstance(notebook["metadata"], dict):
        notebook["metadata"]["language_info"] = chance.choice([{}, 3, {"name": "R"}, []])


def _notebook_metadata(notebook: dict[str, Any], chance: random.Random) -> None:
    wrong: list[Any] = [None, 3, {"title": 3}, {"authors": "me"}, {"orig_nbformat": "x"}]
    wrong += [{"widgets": {"state": "x" * 10_000}}, {"academy_remarks": "forged"}]
    notebook["metadata"] = chance.choice(wrong)


def _format_number(notebook: dict[str, Any], chance: random.Random) -> None:
    notebook["nbformat"] = chance.choice([None, "4", 0, 5, 99, 4.0, -1, [], 3, 2])
    notebook["nbformat_minor"] = chance.choice([None, "5", 0, 99, -4, []])


def _older_minor(notebook: dict[str, Any], chance: random.Random) -> None:
    notebook["nbformat_minor"] = chance.randint(0, 4)
    for cell in _cells(notebook):
        cell.pop("id", None)


def _more_keys(notebook: dict[str, Any], chance: random.Random) -> None:
    _any(notebook, chance)["more"] = {"a": [1, 2]}
    notebook["more"] = "x"


def _emptied(notebook: dict[str, Any], chance: random.Random) -> None:
    if chance.random() < 0.5:
        notebook["cells"] = []
        return
    for cell in _cells(notebook):
        cell["source"] = ""


#: Damage to a notebook's cells and metadata; what comes out is JSON.
ON_CELLS: dict[str, Damage] = {
    "attachments": _attachments,
    "blank again": _blank_again,
    "cells that are none": _no_cells,
    "deep metadata": _deep,
    "dropped": _drop,
    "duplicated": _duplicate,
    "edited locked cell": _edit_locked,
    "emptied": _emptied,
    "format number": _format_number,
    "ids": _ids,
    "marks changed": _marks_changed,
    "marks of a wrong type": _marks_of_a_wrong_type,
    "merged": _merge,
    "metadata": _metadata,
    "more keys": _more_keys,
    "moved": _move,
    "notebook metadata": _notebook_metadata,
    "older minor format": _older_minor,
    "other language": _language,
    "outputs": _outputs,
    "own cells": _own_cells,
    "renamed": _rename,
    "retyped": _retype,
    "shuffled": _shuffle,
    "skipped": _skip,
    "sources": _sources,
    "split": _split,
    "swapped names": _swap_names,
    "unknown kind": _unknown_kind,
    "unmarked": _unmark,
    "unmarked and rewritten": _unmark_and_rewrite,
}

KINDS = sorted({*ON_CELLS, *ON_BYTES, *WHOLE})
