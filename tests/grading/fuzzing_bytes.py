"""Damage to a notebook's file: its text, its encoding, its format, or all of it."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import nbformat


def _cut(text: str, chance: random.Random) -> bytes:
    data = text.encode("utf-8", "replace")
    return data[: chance.randint(1, len(data) - 1)]


def _flip(text: str, chance: random.Random) -> bytes:
    data = bytearray(text.encode("utf-8", "replace"))
    for _ in range(chance.choice([1, 10, 200])):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)


def _without_a_piece(text: str, chance: random.Random) -> bytes:
    start = chance.randrange(len(text))
    return (text[:start] + text[start + chance.choice([1, 20, 500]) :]).encode("utf-8", "replace")


def _encoded(text: str, chance: random.Random) -> bytes:
    text = text.replace("Counting", "Contar a\xf1os").replace("Exercise", "\xdcbung")
    encoding = chance.choice(["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
    return text.encode(encoding, "replace")


def _mixed_encodings(text: str, chance: random.Random) -> bytes:
    data = text.encode("utf-8", "replace")
    return data.replace(b"the", chance.choice([b"th\xe9", b"\xe9\xe9", b"th\xc3\xa9 \xff"]))


def _conflict(text: str, chance: random.Random) -> bytes:
    """Leave what git writes where two versions differ."""
    lines = text.splitlines(keepends=True)
    start = chance.randrange(len(lines))
    mine, theirs = lines[start : start + 8], lines[start : start + 6]
    middle = ["<<<<<<< HEAD\n", *mine, "=======\n", *theirs, ">>>>>>> theirs\n"]
    return "".join([*lines[:start], *middle, *lines[start + 8 :]]).encode("utf-8", "replace")


def _followed(text: str, chance: random.Random) -> bytes:
    more = chance.choice([text, text[-300:], "}}}]", "\x00" * 900, "<html>", "\n\n\n"])
    return (text + more).encode("utf-8", "replace")


def _preceded(text: str, chance: random.Random) -> bytes:
    before = chance.choice(["\n \t", "// notebook\n", ")]}',\n", "notebook = "])
    return (before + text).encode("utf-8", "replace")


def _twice(text: str, chance: random.Random) -> bytes:
    key = chance.choice(['"cells": [', '"source": [', '"metadata": {', '"cell_type": "code"'])
    value = {"[": '["x"]', "{": "{}"}.get(key[-1], '"raw"')
    name = key.partition(":")[0]
    return text.replace(key, f"{name}: {value}, {key}", 3).encode("utf-8", "replace")


def _raw_line_breaks(text: str, chance: random.Random) -> bytes:
    return text.replace("\\n", "\n", chance.choice([1, 1000])).encode("utf-8", "replace")


def _numbers(text: str, chance: random.Random) -> bytes:
    number = chance.choice(["NaN", "-Infinity", "1e999", "9" * 5_000, "-" + "1" * 30])
    return text.replace('"metadata": {', f'"metadata": {{"n": {number}, ', 9).encode()


def _old_format(text: str, chance: random.Random) -> bytes:
    """Save as a program of years ago did; a notebook that can't be is left as it is."""
    notebook = json.loads(text)
    with suppress(nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError):
        notebook = in_format(notebook, chance.choice([1, 2, 3, 3]))
    return json.dumps(notebook).encode()


def in_format(notebook: dict[str, Any], number: int) -> dict[str, Any]:
    """Return a notebook of format 4 in format 1, 2 or 3."""
    notebook = json.loads(json.dumps(notebook))
    for cell in notebook["cells"]:
        if isinstance(cell.get("source"), list):
            cell["source"] = "".join(cell["source"])
    old: dict[str, Any] = nbformat.convert(nbformat.from_dict(notebook), 3)
    if number == 1:
        return {"nbformat": 1, "cells": [_first_format(c) for c in old["worksheets"][0]["cells"]]}
    return {**old, "nbformat": number}


def _first_format(cell: dict[str, Any]) -> dict[str, Any]:
    if cell["cell_type"] == "code":
        return {"cell_type": "code", "code": cell["input"]}
    return {"cell_type": "text", "text": cell["source"]}


def _binary(chance: random.Random) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("counting.ipynb", "{}")
    return chance.choice([packed.getvalue(), b"\x89PNG\r\n\x1a\n" * 99, chance.randbytes(5_000)])


def _nothing(chance: random.Random) -> bytes:
    return chance.choice([b"", b" \n\n", b"\x00" * 4_096, b"\xef\xbb\xbf", b"\xff\xfe"])


def _other_text(chance: random.Random) -> bytes:
    script = "import pandas as pd\nprint({'a': 1})\n"
    return chance.choice([script, "<html><body>{x}</body></html>", "id,name\n1,a\n"]).encode()


def _other_json(chance: random.Random) -> bytes:
    values: list[Any] = [[], 3, "text", None, {}, {"cells": 3}, {"cells": {}}, {"worksheets": [3]}]
    values += [{"worksheets": 1}, {"cells": [[]]}, {"cells": None, "nbformat": 4}]
    return json.dumps(chance.choice(values)).encode()


def _nested(chance: random.Random) -> bytes:
    opening = chance.choice([b"[", b'{"a":', b'{"cells":[', b'{"cell_type":', b'[{"source":'])
    return opening * chance.choice([900, 100_000])


def _many_cells(chance: random.Random) -> bytes:
    cell = '{"cell_type":"code","metadata":{},"outputs":[],"execution_count":null,"source":"1"}'
    count = chance.choice([1_500, 2_001, 100_000])
    cells = ",".join([cell] * count)
    return f'{{"cells":[{cells}],"metadata":{{}},"nbformat":4,"nbformat_minor":4}}'.encode()


#: Damage to the text of a notebook.
ON_BYTES: dict[str, Callable[[str, random.Random], bytes]] = {
    "bytes flipped": _flip,
    "conflict": _conflict,
    "cut off": _cut,
    "encoded": _encoded,
    "followed by more": _followed,
    "line breaks in texts": _raw_line_breaks,
    "mixed encodings": _mixed_encodings,
    "numbers": _numbers,
    "old format": _old_format,
    "piece missing": _without_a_piece,
    "preceded by more": _preceded,
    "twice": _twice,
}

#: Files that were never a notebook of the assignment.
WHOLE: dict[str, Callable[[random.Random], bytes]] = {
    "binary": _binary,
    "many cells": _many_cells,
    "nested": _nested,
    "nothing": _nothing,
    "other JSON": _other_json,
    "other text": _other_text,
}
